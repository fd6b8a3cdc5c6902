/** `arc check --explain CODE`: what a diagnostic code says, why it matters, and an example of the wrong and of the right. */
import { type ExitCode, exitCodes } from '#wit/errors';
import { nearestName } from '#wit/tokens';
import { type DiagnosticCode, diagnosticCodes } from '../check/codes.ts';
import type { Example } from '../check/explanation.ts';
import { explanations } from '../check/explanations.ts';
import type { CommandContext } from './context.ts';
import { codeUnknown } from './errors.ts';

export interface ExplainOptions {
  /** As the user wrote it. */
  readonly code: string;
  readonly json?: boolean;
}

/** TypeScript's own codes, as arc shows them. */
const typescriptCode = /^TS[1-9]\d{3,4}$/;
const typescriptSentence =
  "This one is TypeScript's own: arc has the project checked by the TypeScript 6 that it brings, and repeats its words.";
const typescriptWhy =
  'A schema is derived from types, so types that contradict each other have no right one. The words are in diagnosticMessages.json of the TypeScript repository; the number without "TS" is their key, and what an editor and tsc show for the same line. The strictness is that of the tsconfig.json of the project, or "strict" without one.';

/** Explains a code. @throws {CodedError} `USAGE` for one that does not exist. */
export async function explainCode(
  { code: given, json }: ExplainOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const code = given.trim().toUpperCase();
  const text = typescriptCode.test(code)
    ? typescriptText(code, json)
    : ownText(knownCode(code, given), { json, terminal });
  await terminal.write(`${text}\n`);
  return exitCodes.done;
}

function knownCode(code: string, given: string): DiagnosticCode {
  const known = Object.keys(diagnosticCodes) as readonly DiagnosticCode[];
  const found = known.find((name) => name === code);
  if (found === undefined) throw codeUnknown(given, nearestName(code, known));
  return found;
}

function typescriptText(code: string, json: boolean | undefined): string {
  if (json) return JSON.stringify({ kind: 'done', code, sentence: typescriptSentence, why: typescriptWhy });
  return [code, typescriptSentence, '', typescriptWhy].join('\n');
}

function ownText(
  code: DiagnosticCode,
  { json, terminal }: { readonly json: boolean | undefined } & Pick<CommandContext, 'terminal'>,
): string {
  const sentence = diagnosticCodes[code];
  const { why, wrong, right } = explanations[code];
  if (json) return JSON.stringify({ kind: 'done', code, sentence, why, wrong, right });
  return [
    terminal.paint('bold', code),
    sentence,
    '',
    why,
    '',
    terminal.paint(['red', 'bold'], 'Wrong'),
    ...exampleLines(wrong),
    '',
    terminal.paint(['green', 'bold'], 'Right'),
    ...exampleLines(right),
  ].join('\n');
}

function exampleLines(example: Example): readonly string[] {
  if ('sketch' in example) return [`  ${example.sketch}`];
  const files = Object.entries(example.files);
  return files.flatMap(([path, text]) => [
    `  ${path}`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
  ]);
}
