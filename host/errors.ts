/** What the host raises: one factory for each failure. What a guest sees instead is a case of a WIT variant (`imports/`). */
import { CodedError } from '#wit/errors';

/** The bytes are no component of the tool ABI. */
export function componentInvalid(state: string, options?: ErrorOptions): CodedError {
  return new CodedError('COMPONENT_INVALID', { message: `Cannot load the component: ${state}` }, options);
}

/** The component imports what the tool's tokens do not give. */
export function componentImportsExceeded({
  tool,
  imports,
}: {
  readonly tool: string;
  readonly imports: readonly string[];
}): CodedError {
  return new CodedError('COMPONENT_IMPORTS_EXCEEDED', {
    message: `Cannot load the tool "${tool}": its component imports ${imports.map((name) => `"${name}"`).join(', ')} without a token`,
    details: { imports },
  });
}

/** The component is not the one that the manifest names. */
export function componentMismatch({
  tool,
  expected,
  actual,
}: {
  readonly tool: string;
  readonly expected: string;
  readonly actual: string;
}): CodedError {
  return new CodedError('COMPONENT_MISMATCH', {
    message: `Cannot load the tool "${tool}": its component is not the one that the manifest names`,
    details: { expected, actual },
  });
}

/** The tool has no component: it runs in Bun, in a container. */
export function containerNeeded(tool: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot load the tool "${tool}": it runs in a container, and this host runs WebAssembly only`,
    remedy: 'Start a host that has containers with "aria up", and call the tool there with "aria call"',
    retryable: false,
    details: { tool },
  });
}

/** A component or a runner is used after it was closed. */
export function closed(what: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot use the ${what}: it is closed`,
    remedy: 'Open it again',
    retryable: false,
  });
}

/** The engine runs as many calls as it may. */
export function tooManyCalls(callsOpenMax: number): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot open a call: ${callsOpenMax} calls are open`,
    remedy: 'Wait until a call has ended',
  });
}

/** Someone entered a call while a turn runs, or after its end: a bug of the caller. */
export function callMisused(state: string): CodedError {
  return new CodedError('INTERNAL', { message: `Cannot run a turn: ${state}` });
}

/** The runner has no tool of this name. */
export function toolNotFound(tool: string, known: readonly string[]): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot call the tool "${tool}": the bundle has ${known.map((name) => `"${name}"`).join(', ')}`,
    details: { tools: known },
  });
}

/** A schema of the bundle is no JSON Schema that the host can use. */
export function schemaInvalid(tool: string, state: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'BUNDLE_MANIFEST_INVALID',
    { message: `Cannot use the schema of the tool "${tool}": ${state}` },
    options,
  );
}
