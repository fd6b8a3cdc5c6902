/** Why a project cannot be made. */
import { CodedError, systemState } from '#wit/errors';
import { nearestName } from '#wit/tokens';

/** No bundle can be called that. */
export function projectNameInvalid(name: string, suggestion: string): CodedError {
  return new CodedError('USAGE', {
    message: `Cannot make a project "${name}": a name is lower-case words joined by dashes, at most 64 characters`,
    remedy: `Run "arc new ${suggestion}"`,
    details: { name, suggestion },
  });
}

/** There is no such template. */
export function templateUnknown(template: string, known: readonly string[]): CodedError {
  const nearest = nearestName(template, known);
  const list = known.map((name) => `"${name}"`).join(', ');
  return new CodedError('USAGE', {
    message: `Cannot make a project of the template "${template}": there is no such template`,
    remedy: nearest === undefined ? `Use one of ${list}` : `Did you mean "${nearest}"? There are ${list}`,
    details: { template, templates: [...known] },
  });
}

/** Something is at the place of the project already. */
export function projectDirectoryTaken(path: string, what: 'is not empty' | 'is not a directory'): CodedError {
  return new CodedError('USAGE', {
    message: `Cannot make a project in "${path}": it exists and ${what}`,
    remedy: 'Choose another name, or empty it yourself',
    details: { path },
  });
}

/** The system does not let the project be written. */
export function projectUnwritable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'USAGE',
    {
      message: `Cannot make a project in "${path}": ${systemState(cause)}`,
      remedy: 'Run it in a directory that you may write to',
      details: { path },
    },
    { cause },
  );
}

/** The caller has given up. */
export function projectCancelled(): CodedError {
  return new CodedError('CANCELLED', {
    message: 'Cannot make the project: it was cancelled',
    remedy: 'Run it again; nothing was written',
  });
}
