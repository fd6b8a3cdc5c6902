/** `arc new`: makes a project of a template. Its path goes to stdout, what comes next to stderr. */
import { join } from 'node:path';
import { canAsk, usageWrong } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import { templateUnknown } from '../scaffold/errors.ts';
import { createProject, projectNameProblem } from '../scaffold/new-project.ts';
import { type TemplateName, isTemplateName, templateNames, templates } from '../scaffold/templates.ts';
import type { CommandContext } from './context.ts';

export interface NewOptions {
  readonly name?: string | undefined;
  readonly template?: string;
  readonly json?: boolean;
}

/** A name and a template that are known to be good. */
interface Wanted {
  readonly name: string;
  readonly template: TemplateName;
}

/** Makes a project below the current directory. @throws {CodedError} `USAGE`, `CANCELLED`; then nothing is written. */
export async function newCommand(options: NewOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, currentDirectory, signal } = context;
  const { name, template } = await wanted(options, context);
  const directory = join(currentDirectory, name);
  const files = await createProject({ name, template, directory, signal });
  const next = nextSteps(name, template);
  if (options.json)
    await terminal.write(`${JSON.stringify({ kind: 'done', name, template, path: directory, files, next })}\n`);
  else await terminal.write(`${name}\n`);
  terminal.say(`${terminal.tint('green', 'made')} ${name}: ${templates[template].description}, ${files.length} files`);
  for (const [index, line] of next.entries())
    terminal.say(`${index === 0 ? terminal.tint('cyan', 'next:') : '     '} ${line}`);
  return exitCodes.done;
}

/** What was given is judged before anything is asked. */
async function wanted({ name, template, json }: NewOptions, { signal }: CommandContext): Promise<Wanted> {
  const problem = name === undefined ? undefined : projectNameProblem(name);
  if (problem !== undefined) throw problem;
  if (template !== undefined && !isTemplateName(template)) throw templateUnknown(template, templateNames);
  if (name !== undefined && template !== undefined) return { name, template };
  // Loaded only here: who gives everything does not wait for what asks.
  const { askForProject } = await import('./new-questions.ts');
  // Whoever wants JSON is a program, on a terminal or not.
  if (canAsk() && json !== true) return askForProject({ name, template }, signal);
  if (name === undefined) throw usageWrong('arc new', 'the name of the project is missing', 'Run "arc new NAME"');
  return { name, template: template ?? 'basic' };
}

function nextSteps(name: string, template: TemplateName): readonly string[] {
  const { tool, input } = templates[template].call;
  return [`cd ${name}`, `arc run . ${tool} --input '${input}'`, 'npm test', 'arc build .'];
}
