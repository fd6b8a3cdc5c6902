/** The judgement of the derived schemas: one tool per type, in a project on disk, as the compiler reads it and a host checks it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type JsonSchema, openProject } from '#compiler';
import { TemporaryProject } from '../sample-project.ts';
import { printType } from './print-type.ts';
import { jsonOf } from './random-value.ts';
import type { Subject } from './subject.ts';

/** What the schemas say about one value. */
export interface SchemaJudgement {
  readonly input: boolean;
  readonly output: boolean;
}

/** What came of a type: its schemas and what they say about its values in order, or why there are none. */
export interface DerivedJudgement {
  readonly error?: string;
  readonly input?: JsonSchema;
  readonly output?: JsonSchema;
  readonly values: readonly SchemaJudgement[];
}

/** Tools of one project. */
const toolsMax = 200;

/** Derives the schemas of every subject and checks its values. */
export function judgeSchemas(subjects: readonly Subject[]): readonly DerivedJudgement[] {
  const judgements: DerivedJudgement[] = [];
  for (let start = 0; start < subjects.length; start += toolsMax)
    judgements.push(...judgeProject(subjects.slice(start, start + toolsMax)));
  return judgements;
}

function judgeProject(subjects: readonly Subject[]): readonly DerivedJudgement[] {
  const files = subjects.map(({ type }, index) => [`src/t${index}.ts`, printTool(type, index)]);
  using project = new TemporaryProject({
    'package.json': '{ "name": "sample", "version": "1.0.0", "description": "A sample" }',
    ...Object.fromEntries(files),
  });
  const { tools, diagnostics } = openProject(project.directory).read();
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return subjects.map((subject, index) => {
    const wrong = diagnostics.find(({ file, severity }) => file === `src/t${index}.ts` && severity === 'error');
    const tool = byName.get(`t${index}`);
    if (wrong !== undefined || tool === undefined)
      return { error: wrong === undefined ? 'there is no tool' : `${wrong.code}: ${wrong.message}`, values: [] };
    return judged(subject, tool.inputSchema, tool.outputSchema);
  });
}

function printTool(type: Subject['type'], index: number): string {
  const { declarations, expression } = printType(type);
  return [
    "import { tool } from '@aria/sdk';",
    ...declarations,
    `export type T = ${expression};`,
    `export const t${index} = tool({ name: 't${index}', description: 'x' }, (input: { value: T }): T => input.value);`,
    '',
  ].join('\n');
}

function judged({ values }: Subject, input: JsonSchema, output: JsonSchema): DerivedJudgement {
  try {
    const [accepts, gives] = [compiled(input), compiled(output)];
    const judge = (json: unknown): SchemaJudgement => ({ input: accepts({ value: json }), output: gives(json) });
    return { input, output, values: values.map((value) => judge(jsonOf(value))) };
  } catch (error) {
    return { error: `the schema does not compile: ${String(error)}`, input, output, values: [] };
  }
}

/** As the host compiles it. */
function compiled(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false, logger: false });
  ajv.addKeyword({
    keyword: 'aria:blob',
    validate: (expected: unknown, value: unknown) => expected !== true || value instanceof Uint8Array,
  });
  ajv.addKeyword({ keyword: 'aria:type' });
  return ajv.compile(schema);
}
