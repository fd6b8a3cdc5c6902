/**
 * The one list of error codes: what a caller, a log and a test match on. WIT variants name their code in their doc comment.
 * Categories are those of the systems that Aria replaces, so that their clients keep their tables.
 */

/** Where an error belongs. */
export const errorCategories = [
  'System',
  'Configuration',
  'Execution',
  'Tool',
  'LLM',
  'Context',
  'Container',
  'Bundle',
  'Network',
  'Planning',
  'Reflection',
  'Security',
  'Engine',
] as const;
export type ErrorCategory = (typeof errorCategories)[number];

/** What the command line exits with. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  denied: 4,
  unreachable: 5,
  exceeded: 6,
  bug: 70,
  cancelled: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface CodeFacts {
  readonly category: ErrorCategory;
  readonly exit: ExitCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** What the reader can do now, where the place that raises it has nothing better to say. */
  readonly remedy: string;
}

function facts(category: ErrorCategory, exit: ExitCode, retryable: boolean, remedy: string): CodeFacts {
  return { category, exit, retryable, remedy };
}

/** Every code with its category, its exit code, whether it is retryable, and its general remedy. */
export const errorCodes = {
  INPUT_INVALID: facts('Tool', exitCodes.refused, false, 'Correct the input at the places listed'),
  OUTPUT_INVALID: facts(
    'Tool',
    exitCodes.failed,
    false,
    'Correct the tool: its output does not fit the type that it declares',
  ),
  CAPABILITY_DENIED: facts(
    'Security',
    exitCodes.denied,
    false,
    'Add a token that covers it to the tool, build again, and approve the upgrade',
  ),
  DEADLINE_EXCEEDED: facts(
    'Execution',
    exitCodes.exceeded,
    true,
    'Raise the timeout or computeMs of the tool, or give it less to do',
  ),
  MEMORY_EXCEEDED: facts(
    'Execution',
    exitCodes.exceeded,
    false,
    'Raise memoryMiB of the tool, or give it less to hold',
  ),
  PROCESSES_EXCEEDED: facts('Container', exitCodes.exceeded, false, 'Start fewer processes'),
  OPERATIONS_EXCEEDED: facts('Execution', exitCodes.exceeded, false, 'Await operations in smaller groups'),
  VALUE_TOO_LARGE: facts('Execution', exitCodes.exceeded, false, 'Split the value'),
  STORE_FULL: facts(
    'Execution',
    exitCodes.exceeded,
    false,
    'Delete what is not needed, or raise the maximum of the store',
  ),
  BUDGET_EXCEEDED: facts('LLM', exitCodes.exceeded, false, 'Raise the budget'),
  RATE_LIMITED: facts('LLM', exitCodes.failed, true, 'Wait and try again'),
  PROVIDER_FAILED: facts('LLM', exitCodes.failed, true, "Read the provider's words in the message"),
  CONNECTION_FAILED: facts('Network', exitCodes.failed, true, 'Check the address and try again'),
  NOT_FOUND: facts('Tool', exitCodes.refused, false, 'Name one that exists'),
  UNAVAILABLE: facts('System', exitCodes.unreachable, true, 'Use a host that offers it'),
  TOOL_FAILED: facts('Tool', exitCodes.failed, false, "Read the tool's message and stack"),
  TOOL_STALLED: facts('Tool', exitCodes.failed, false, 'Correct the tool: it awaits a promise that nothing can settle'),
  TOOL_TRAPPED: facts('Engine', exitCodes.failed, false, 'Report the trap in details.cause to the author of the tool'),
  TOOL_KILLED: facts('Container', exitCodes.failed, true, 'Read details.cause'),
  TOOL_LEFT_OPERATIONS: facts(
    'Tool',
    exitCodes.failed,
    false,
    'Correct the tool: await every operation before it returns',
  ),
  AGENT_FAILED: facts('Execution', exitCodes.failed, false, "Read the agent's message"),
  CANCELLED: facts('Execution', exitCodes.cancelled, true, 'Call again'),
  BUILD_FAILED: facts('Tool', exitCodes.failed, false, 'Correct the places that the diagnostics name'),
  COMPONENT_INVALID: facts('Engine', exitCodes.refused, false, 'Build the component again with arc'),
  COMPONENT_IMPORTS_EXCEEDED: facts(
    'Security',
    exitCodes.denied,
    false,
    'Declare the tokens of what it imports, or import less',
  ),
  COMPONENT_MISMATCH: facts('Security', exitCodes.refused, false, 'Build the bundle again from its source'),
  BUNDLE_CORRUPT: facts('Bundle', exitCodes.refused, false, 'Fetch or build the bundle again'),
  BUNDLE_TOO_LARGE: facts('Bundle', exitCodes.refused, false, 'Make the bundle smaller'),
  BUNDLE_ENTRY_REFUSED: facts(
    'Bundle',
    exitCodes.refused,
    false,
    'Do not trust this bundle: arc never writes such an entry',
  ),
  BUNDLE_MANIFEST_INVALID: facts('Bundle', exitCodes.refused, false, 'Build the bundle again with arc'),
  BUNDLE_HASH_MISMATCH: facts('Bundle', exitCodes.refused, false, 'Fetch or build the bundle again'),
  BUNDLE_ABI_UNSUPPORTED: facts('Bundle', exitCodes.refused, false, 'Build the bundle again with the arc of this host'),
  BUNDLE_NOT_FOUND: facts('Bundle', exitCodes.refused, false, 'Check the path'),
  SIGNATURE_MISSING: facts(
    'Security',
    exitCodes.denied,
    false,
    'Sign the bundle, or pass --allow-unsigned for one that you built yourself',
  ),
  SIGNATURE_MALFORMED: facts('Security', exitCodes.refused, false, 'Sign the file again with "arc sign" or minisign'),
  SIGNATURE_LEGACY: facts(
    'Security',
    exitCodes.refused,
    false,
    'Sign the file again without "-l": only prehashed signatures count',
  ),
  SIGNATURE_INVALID: facts(
    'Security',
    exitCodes.refused,
    false,
    'Do not use this file: fetch it and its signature again',
  ),
  SIGNATURE_MISMATCH: facts(
    'Security',
    exitCodes.refused,
    false,
    'Sign this very bundle: the signature is of another one',
  ),
  SIGNATURE_UNTRUSTED: facts(
    'Security',
    exitCodes.denied,
    false,
    'Trust the key that signed it, or get the bundle signed by one that is trusted',
  ),
  SIGNATURE_REVOKED: facts('Security', exitCodes.denied, false, 'Get the bundle signed by a key that is not revoked'),
  KEY_INVALID: facts('Security', exitCodes.refused, false, 'Use a key that "arc keygen" or minisign wrote'),
  KEY_PASSWORD_WRONG: facts('Security', exitCodes.denied, false, 'Give the password that the key was made with'),
  KEY_EXISTS: facts('Security', exitCodes.refused, false, 'Choose another name: a key is never overwritten'),
  BUNDLE_DOWNGRADE: facts(
    'Bundle',
    exitCodes.denied,
    false,
    'Sign a newer version, or let an administrator allow the downgrade',
  ),
  BUNDLE_VERSION_TAKEN: facts(
    'Bundle',
    exitCodes.refused,
    false,
    'Raise the version: another bundle has this name and version',
  ),
  BUNDLE_IN_USE: facts('Bundle', exitCodes.refused, false, 'Activate another version first'),
  BUNDLE_QUARANTINED: facts('Bundle', exitCodes.refused, false, 'Upload the bundle again'),
  BUNDLE_DEPENDENCY_MISSING: facts('Bundle', exitCodes.refused, false, 'Upload the dependencies first'),
  BUNDLE_DEPENDENCY_CONFLICT: facts(
    'Bundle',
    exitCodes.refused,
    false,
    'Change the ranges so that one version fits all of them',
  ),
  BUNDLE_DEPENDENCY_CYCLE: facts('Bundle', exitCodes.refused, false, 'Move what both need into a bundle of its own'),
  UPLOAD_INVALID: facts('Bundle', exitCodes.refused, false, 'Upload the file again'),
  NAME_AMBIGUOUS: facts('Tool', exitCodes.refused, false, 'Use one of the qualified names'),
  APPROVAL_REQUIRED: facts('Security', exitCodes.denied, false, 'Look at the difference and run "aria approve"'),
  UNAUTHENTICATED: facts(
    'Security',
    exitCodes.denied,
    false,
    'Send the token of the host as "authorization: Bearer …"',
  ),
  PERMISSION_DENIED: facts('Security', exitCodes.denied, false, 'Use a token with the role that the request needs'),
  ORIGIN_REFUSED: facts(
    'Security',
    exitCodes.denied,
    false,
    'Add the origin to web.origins in aria.toml if it is yours',
  ),
  REQUEST_INVALID: facts('Network', exitCodes.refused, false, 'Correct the request at the place named'),
  MESSAGE_TOO_LARGE: facts('Network', exitCodes.exceeded, false, 'Send less at a time'),
  CONNECTIONS_EXCEEDED: facts(
    'Network',
    exitCodes.failed,
    true,
    'Close connections that are not used, or raise the maximum',
  ),
  OVERLOADED: facts('Execution', exitCodes.failed, true, 'Wait and try again'),
  SLOW_READER: facts(
    'Network',
    exitCodes.failed,
    true,
    'Read faster, or ask for fewer events; resume behind the last one',
  ),
  IDEMPOTENCY_CONFLICT: facts('Execution', exitCodes.refused, false, 'Use a new key for a different request'),
  OUTCOME_UNKNOWN: facts(
    'Execution',
    exitCodes.failed,
    false,
    'Look whether it happened; then use a new idempotency key',
  ),
  HOST_UNREACHABLE: facts(
    'Network',
    exitCodes.unreachable,
    true,
    'Start the host with "aria up", or name it with --home or --to',
  ),
  HOME_LOCKED: facts(
    'System',
    exitCodes.refused,
    true,
    'Stop the host that uses the directory, or choose another with --home',
  ),
  STORE_CORRUPT: facts(
    'System',
    exitCodes.refused,
    false,
    'Run "aria doctor", then restore the data directory from a backup',
  ),
  IO_FAILED: facts('System', exitCodes.failed, true, 'Free space or repair the disk, then try again'),
  CONFIG_INVALID: facts('Configuration', exitCodes.usage, false, 'Correct the place named in aria.toml'),
  LISTEN_REFUSED: facts('Configuration', exitCodes.usage, false, 'Listen on loopback, or configure TLS'),
  BOOT_FAILED: facts('System', exitCodes.unreachable, true, 'Read what the phase says'),
  TOKEN_INVALID: facts('Configuration', exitCodes.refused, false, 'Write a token as kind:scope:mode'),
  DEADLOCK: facts('Execution', exitCodes.failed, true, 'Call again: the others of the cycle have gone on'),
  DEADLOCK_POSSIBLE: facts(
    'Planning',
    exitCodes.refused,
    false,
    'Take the tokens in the same order everywhere, or let one step hold them together',
  ),
  LEASE_EXPIRED: facts('Execution', exitCodes.failed, true, 'Acquire the tokens again, and renew in time'),
  CALL_DEPTH_EXCEEDED: facts(
    'Execution',
    exitCodes.exceeded,
    false,
    'Call tools less deeply: the path is in the message',
  ),
  CONTAINER_START_FAILED: facts('Container', exitCodes.failed, true, 'Run "aria doctor" and read details.cause'),
  CONTAINER_SPEC_INVALID: facts('Container', exitCodes.refused, false, 'Correct the place named'),
  CONTAINER_STATE_INVALID: facts('Container', exitCodes.refused, false, 'Look at its state first'),
  CONTAINER_NAME_TAKEN: facts('Container', exitCodes.refused, false, 'Choose another name, or remove that container'),
  CONTAINERS_UNAVAILABLE: facts(
    'Container',
    exitCodes.unreachable,
    false,
    'Install crun, runc or bubblewrap; "aria doctor" says what is missing',
  ),
  CALL_TOKEN_INVALID: facts(
    'Security',
    exitCodes.denied,
    false,
    'Use the token that this call was given, while it runs',
  ),
  USAGE: facts('Configuration', exitCodes.usage, false, 'Run the command with --help'),
  INTERNAL: facts('System', exitCodes.bug, false, 'Report this as a bug, with the message'),
} as const satisfies Record<string, CodeFacts>;
export type ErrorCode = keyof typeof errorCodes;
