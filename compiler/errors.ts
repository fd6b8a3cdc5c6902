/** The failures that the compiler throws. What is wrong with the user's source is a `Diagnostic` instead. */
import { CodedError } from '#wit/errors';

/** There is nothing to read at a path. */
export function projectNotFound(path: string, cause?: unknown): CodedError {
  return new CodedError(
    'NOT_FOUND',
    {
      message: `Cannot read the project "${path}": there is no such directory or TypeScript file`,
      remedy: 'Name a directory with a src folder, or a .ts file',
      details: { path },
    },
    { cause },
  );
}

/** A compiler was asked for something after it had been disposed of. */
export function compilerClosed(): CodedError {
  return new CodedError('INTERNAL', { message: 'Cannot use the compiler: it is closed' });
}
