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

/** The system gives no more watchers of directories. */
export function watchersExhausted(directory: string, watched: number, cause: unknown): CodedError {
  return new CodedError(
    'UNAVAILABLE',
    {
      message: `Cannot watch "${directory}": the system allows no more than the ${watched} directories that are watched already`,
      remedy:
        'Raise fs.inotify.max_user_watches (Linux) or the limit of open files, end other watchers, or build without --watch',
      retryable: false,
      details: { directory, watched },
    },
    { cause },
  );
}

/** A project has more folders than can sensibly be watched. */
export function watchTooLarge(directory: string, foldersMax: number): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot watch "${directory}": it has more than ${foldersMax} folders`,
    remedy: 'Keep the sources in a src folder, or build without --watch',
    retryable: false,
    details: { directory, foldersMax },
  });
}
