/** What can be wrong with a command line and with what it names, in any command. */
import { CodedError, systemState } from '#wit/errors';
import type { JsonFault } from './json-fault.ts';

/** How much of a broken text a message repeats. */
const excerptCharacters = 60;

/** The command line cannot be understood. */
export function usageWrong(action: string, state: string, remedy: string): CodedError {
  return new CodedError('USAGE', { message: `Cannot run "${action}": ${state}`, remedy });
}

/** The command was interrupted; what it had begun is put away. */
export function interrupted(action: string): CodedError {
  return new CodedError('CANCELLED', {
    message: `Cannot finish "${action}": it was interrupted`,
    remedy: 'Run it again; nothing half-written was left',
  });
}

/** The input is longer than a tool takes. */
export function inputTooLarge(source: string, bytesMax: number): CodedError {
  return new CodedError('INPUT_INVALID', {
    message: `Cannot read the input from ${source}: it has more than ${bytesMax} bytes`,
    remedy: 'Give the tool less, or split the call',
    details: { bytesMax },
  });
}

/** The input's file cannot be read. */
export function inputUnreadable(path: string, cause: unknown): CodedError {
  const why =
    cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : String(cause);
  return new CodedError(
    'INPUT_INVALID',
    {
      message: `Cannot read the input from "${path}": ${why}`,
      remedy: 'Check the path after the @',
      details: { path },
    },
    { cause },
  );
}

/** The input is not UTF-8. */
export function inputNotText(source: string, cause: unknown): CodedError {
  return new CodedError(
    'INPUT_INVALID',
    {
      message: `Cannot read the input from ${source}: it is not UTF-8`,
      remedy: 'Give JSON; bytes stand in it as {"$base64": "…"}',
    },
    { cause },
  );
}

/** The input is not JSON. */
export function inputNotJson(source: string, text: string, { offset, line, column, problem }: JsonFault): CodedError {
  const start = Math.max(text.lastIndexOf('\n', offset - 1) + 1, offset - excerptCharacters / 2);
  const excerpt = text.slice(start, start + excerptCharacters).split('\n', 1)[0] ?? '';
  return new CodedError('INPUT_INVALID', {
    message: `Cannot read the input from ${source}: ${problem} at line ${line}, column ${column}`,
    remedy: 'Correct the JSON there',
    details: { line, column, excerpt, excerptColumn: offset - start + 1 },
  });
}

/** What stdout is redirected to does not take the data. */
export function outputUnwritable(cause: unknown): CodedError {
  return new CodedError(
    'USAGE',
    {
      message: `Cannot write the result to stdout: ${systemState(cause)}`,
      remedy: 'Make room there, or redirect stdout to another place',
    },
    { cause },
  );
}
