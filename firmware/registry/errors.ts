/** What the registry and the running of active versions raise. */
import type { ComponentKind } from '#wit/api';
import { CodedError } from '#wit/errors';

/** No active bundle has the component. `nearest`: what may have been meant. */
export function componentNotFound(
  name: string,
  kind: ComponentKind | undefined,
  nearest: string | undefined,
): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the ${kind ?? 'component'} "${shown(name)}": no active bundle has it`,
    remedy: `${nearest === undefined ? 'Name' : `Use "${nearest}", or name`} one that "aria tools" lists`,
    details: nearest === undefined ? {} : { nearest },
  });
}

/** Several bundles, or several kinds, have the name. */
export function nameAmbiguous(
  name: string,
  choices: readonly { readonly kind: ComponentKind; readonly qualifiedName: string }[],
): CodedError {
  const kinds = new Set(choices.map(({ kind }) => kind));
  const texts = choices.map(({ kind, qualifiedName }) => (kinds.size > 1 ? `${kind} ` : '') + `"${qualifiedName}"`);
  const listed = texts.slice(0, listedMax).join(', ');
  const rest = texts.length > listedMax ? ` and ${texts.length - listedMax} more` : '';
  return new CodedError('NAME_AMBIGUOUS', {
    message: `Cannot tell which "${shown(name)}" is meant: there are ${listed}${rest}`,
    remedy: kinds.size > 1 ? 'Name the kind and use the qualified name' : 'Use one of the qualified names',
    details: { choices: choices.slice(0, listedMax).map(({ kind, qualifiedName }) => ({ kind, qualifiedName })) },
  });
}

/** A query is out of its bounds, or its page token is none of this registry's. */
export function queryInvalid(state: string, remedy: string): CodedError {
  return new CodedError('REQUEST_INVALID', { message: `Cannot list components: ${state}`, remedy });
}

/** A schema of an active version is no JSON: its bundle was never prepared. */
export function schemaUnreadable(qualifiedName: string, path: string, cause: unknown): CodedError {
  return new CodedError(
    'BUNDLE_MANIFEST_INVALID',
    { message: `Cannot read the schema "${path}" of "${qualifiedName}": it is not JSON` },
    { cause },
  );
}

/** The version has no such tool. */
export function noSuchTool(tool: string, bundle: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot call the tool "${shown(tool)}": "${bundle}" has none of this name`,
    remedy: 'Name one that "aria tools" lists',
  });
}

/** Nothing more runs here. */
export function programsClosed(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot run the call: the host is stopping',
    remedy: 'Call again when the host is up',
  });
}

/** The caller gave the call up while its tool was loaded. */
export function cancelledWhileLoading(tool: string): CodedError {
  return new CodedError('CANCELLED', { message: `Cannot finish the call of "${shown(tool)}": it was cancelled` });
}

/** The time of the call was over before its tool was loaded. */
export function lateWhileLoading(tool: string, timeoutMs: number): CodedError {
  return new CodedError('DEADLINE_EXCEEDED', {
    message: `Cannot finish the call of "${shown(tool)}": its ${timeoutMs} ms were over before it was loaded`,
    remedy: 'Call again with more time: the tool goes on being loaded',
    details: { timeoutMs },
  });
}

/** Nobody waits for the version any more, or the host stops. */
export function prepareCancelled(bundle: string): CodedError {
  return new CodedError('CANCELLED', {
    message: `Cannot prepare "${bundle}": it was cancelled`,
    remedy: 'Upload the bundle again',
  });
}

/** Names in a list of a message. */
const listedMax = 16;
/** Characters of a name that came from outside. */
const shownMax = 160;

function shown(name: string): string {
  return name.length <= shownMax ? name : `${name.slice(0, shownMax)}…`;
}
