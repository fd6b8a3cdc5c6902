/** Asks a person at a terminal what `arc new` was not told. Questions stand on stderr, since stdout is for data. */
import process from 'node:process';
import { isCancel, select, text } from '@clack/prompts';
import { projectCancelled } from '../scaffold/errors.ts';
import { projectNameProblem } from '../scaffold/new-project.ts';
import { type TemplateName, templateNames, templates } from '../scaffold/templates.ts';

/** What is known of a project. */
interface Given {
  readonly name: string | undefined;
  readonly template: TemplateName | undefined;
}

/** Asks for what is missing. @throws {CodedError} `CANCELLED` where the person gives up. */
export async function askForProject(
  { name, template }: Given,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly template: TemplateName }> {
  const streams = { input: process.stdin, output: process.stderr, signal };
  return { name: name ?? (await askName(streams)), template: template ?? (await askTemplate(streams)) };
}

/** Where questions stand and answers come from. */
interface QuestionStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

async function askName(streams: QuestionStreams): Promise<string> {
  const answer = await text({
    ...streams,
    message: 'What is the project called?',
    placeholder: 'my-tools',
    validate: (value) => {
      const problem = projectNameProblem(value ?? '');
      return problem === undefined ? undefined : 'Lower-case words joined by dashes, at most 64 characters';
    },
  });
  if (isCancel(answer)) throw projectCancelled();
  return answer;
}

async function askTemplate(streams: QuestionStreams): Promise<TemplateName> {
  const answer = await select<TemplateName>({
    ...streams,
    message: 'What is to be in it?',
    options: templateNames.map((value) => ({ value, label: value, hint: templates[value].description })),
  });
  if (isCancel(answer)) throw projectCancelled();
  return answer;
}
