/** How calls in containers end that did not end by themselves, and what the engine raises. */
import { CodedError, type ErrorCode } from '#wit/errors';
import type { EngineLimits, TurnOutcome } from '#wit/interfaces';
import type { ContainerExit } from '../containers/backend.ts';
import { causeCharactersMax } from './limits.ts';

/** The engine ended the call. */
export type Ended = Extract<TurnOutcome, { kind: 'ended' }>;

function ended(code: ErrorCode, message: string, cause: string): Ended {
  return { kind: 'ended', code, message, cause: cause.slice(0, causeCharactersMax) };
}

/** Nobody wants the call any more. */
export const callDropped = ended('CANCELLED', 'Cannot finish the turn: the call was dropped', 'dropped');

/** The engine is closed while the call runs. */
export const engineClosed = ended('CANCELLED', 'Cannot finish the turn: the engine was closed', 'closed');

/** The call computed longer than it may. */
export function overrun({ computeMsMax }: EngineLimits): Ended {
  const message = `Cannot finish the call: it computed for more than ${computeMsMax} ms`;
  return ended('DEADLINE_EXCEEDED', message, 'compute');
}

/** More memory than it may have, seen by us where no control group sees it. */
export function memoryExceeded(cause: string): Ended {
  return ended('MEMORY_EXCEEDED', 'Cannot finish the turn: its container needs more memory than it may have', cause);
}

/** A turn that brings out more than it may. */
export function turnTooLarge(message: string): Ended {
  return ended('VALUE_TOO_LARGE', message, 'bytes');
}

/** More operations open than there may be. */
export function tooManyOperations(operationsOpenMax: number): Ended {
  const message = `Cannot start another operation: ${operationsOpenMax} are open`;
  return ended('OPERATIONS_EXCEEDED', message, 'operations');
}

/** A limit that the agent kept to. */
export function agentEnded(code: 'OPERATIONS_EXCEEDED' | 'VALUE_TOO_LARGE', message: string, cause: string): Ended {
  return ended(code, message.slice(0, causeCharactersMax), cause);
}

/** What came over the socket is no turn: an agent of ours never says so. */
export function agentMalformed(cause: string): Ended {
  return ended('TOOL_TRAPPED', 'Cannot finish the turn: what the container says is no turn', cause);
}

/** The container has ended the connection and goes on otherwise. */
export const connectionLost = ended(
  'TOOL_TRAPPED',
  'Cannot finish the turn: the container ended its connection',
  'connection',
);

/** The container could not be had, for a reason that has a code; anything else is a bug. */
export function unstarted(error: unknown): Ended | undefined {
  if (!(error instanceof CodedError) || error.code === 'INTERNAL') return undefined;
  return ended(error.code, error.message, causeOf(error));
}

function causeOf({ wire, message }: CodedError): string {
  const { cause } = wire.details;
  return typeof cause === 'string' ? cause : message;
}

/** Exit codes by which Bun ends itself when the machine refuses: SIGILL, SIGTRAP, SIGABRT, SIGBUS and SIGSEGV as a shell counts them. */
const crashCodes: ReadonlySet<number> = new Set([132, 133, 134, 135, 139]);

/** Why the call is over, by how its container ended. */
export function deathOf({ kind, exitCode, signal, cause }: ContainerExit): Ended {
  switch (kind) {
    case 'memory':
      return memoryExceeded(cause);
    case 'processes':
      return ended(
        'PROCESSES_EXCEEDED',
        'Cannot finish the turn: its container needs more processes than it may have',
        cause,
      );
    case 'signal':
      return ended('TOOL_KILLED', `Cannot finish the turn: its process was ended by ${signal ?? 'a signal'}`, cause);
    case 'killed':
      return ended('TOOL_KILLED', 'Cannot finish the turn: its container was ended', cause);
    case 'exited':
      return exitCode !== undefined && crashCodes.has(exitCode)
        ? ended('TOOL_KILLED', `Cannot finish the turn: its process crashed with the exit code ${exitCode}`, cause)
        : ended(
            'TOOL_TRAPPED',
            `Cannot finish the turn: its process ended with the exit code ${exitCode ?? -1}`,
            cause,
          );
    case 'failed-to-start':
      return ended('CONTAINER_START_FAILED', 'Cannot begin the call: its container did not start', cause);
  }
}

/** As many calls are open as there may be. */
export function tooManyCalls(callsOpenMax: number): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot open a call: ${callsOpenMax} calls are open`,
    remedy: 'Call again when others have ended',
  });
}

/** As many calls run as may, and this one is made by one of them, which would wait for ever. */
export function noPlaceForNested(callsOpenMax: number): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot open a call: ${callsOpenMax} calls run in containers, of which one waits for this one`,
    remedy: 'Call again when others have ended, or let more run at the same time',
  });
}

/** Sockets in this directory would have paths that no kernel takes. */
export function runDirectoryTooLong(directory: string, bytesTooMany: number): CodedError {
  return new CodedError('CONTAINERS_UNAVAILABLE', {
    message: `Cannot run containers with sockets in "${directory}": their paths are ${bytesTooMany} bytes too long`,
    remedy: 'Name a run directory with a shorter path and start the host again',
  });
}

/** The engine has been closed. */
export function engineIsClosed(): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: 'Cannot open a call: the container engine is closed',
    remedy: 'Start the host again',
    retryable: false,
  });
}

/** A bug of whoever drives a call. */
export function callMisused(state: string): CodedError {
  return new CodedError('INTERNAL', { message: `Cannot go on with the call: ${state}` });
}

/** The agent said nothing in time, or something else than that it is ready. */
export function agentNotReady(id: string, cause: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'CONTAINER_START_FAILED',
    {
      message: `Cannot start the container "${id}": its agent did not get ready`,
      details: { container: id, cause: cause.slice(0, causeCharactersMax) },
    },
    options,
  );
}
