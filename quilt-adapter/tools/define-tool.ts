/** A tool with its schemas, made of one description: what it takes is checked before it runs, what it gives afterwards. */
import { z } from 'zod';
import { violationsOf } from '../runtime/container-definition.ts';
import type { ContainerTool, ContainerToolName, ToolContext } from './container-tool.ts';
import { inputInvalid } from './errors.ts';

/** What a tool is made of. */
export interface ToolDescription<Input extends z.ZodType, Output extends z.ZodType> {
  readonly name: ContainerToolName;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly tokens: readonly string[];
  readonly effect: ContainerTool['effect'];
  readonly timeoutMs: number;
  run(input: z.output<Input>, context: ToolContext): Promise<z.input<Output>>;
}

/** A tool that can be run with whatever somebody sends. */
export interface RunnableTool {
  readonly tool: ContainerTool;
  /** @throws {CodedError} `INPUT_INVALID`, and what the tool itself raises. */
  run(input: unknown, context: ToolContext): Promise<unknown>;
}

const target = { target: 'draft-2020-12' } as const;

/** Makes a tool. */
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>({
  input: inputType,
  output: outputType,
  run,
  ...tool
}: ToolDescription<Input, Output>): RunnableTool {
  return {
    tool: {
      ...tool,
      inputSchema: z.toJSONSchema(inputType, { ...target, io: 'input' }),
      outputSchema: z.toJSONSchema(outputType, { ...target, io: 'output' }),
    },
    async run(input, context) {
      const read = inputType.safeParse(input);
      if (!read.success) throw inputInvalid(tool.name, violationsOf(read.error));
      return outputType.parse(await run(read.data, context));
    },
  };
}
