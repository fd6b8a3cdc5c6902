/** What went wrong with a request to the daemon, as a coded error, and whether the daemon may have done what was asked. */
import { CodedError, type ErrorCode } from '#wit/errors';
import { codeOfStatus, grpcStatuses } from '#wit/proto';
import { cancelled, connectionClosed, wordsOf } from './errors.ts';

/** A failed request. */
export class ChannelFailure extends Error {
  readonly coded: CodedError;
  /** `no`: the request never left. `refused`: the daemon answered. `maybe`: nobody knows. */
  readonly reached: 'no' | 'refused' | 'maybe';
  /** Name of the status of gRPC. */
  readonly status: string;

  constructor(coded: CodedError, status: string, reached: ChannelFailure['reached']) {
    super(coded.message, { cause: coded });
    this.coded = coded;
    this.status = status;
    this.reached = reached;
  }
}

/** Of which request. */
interface FailureContext {
  readonly address: string;
  readonly rpc: string;
  readonly aborted: boolean;
  readonly timeoutMs: number;
}

/** The library's own words for a connection that never stood. */
const neverConnected = /^(?:No connection established|Name resolution failed|Failed to connect|Resolution)/;
/** For one that broke: the status is then INTERNAL at times. */
const broken = /triggered by internal client error|Connection dropped|stream closed without|Received RST_STREAM/i;
/** For an answer that is no message. */
const unreadable = /deseriali[sz]|parsing|index out of range|invalid wire type|illegal/i;

/** A request after the connection was closed here. */
export function closedFailure(address: string, rpc: string): ChannelFailure {
  const { code, wire } = connectionClosed(address);
  return new ChannelFailure(new CodedError(code, { ...wire, details: { address, rpc } }), 'CANCELLED', 'no');
}

/** The failure of what the library threw. */
export function readFailure(thrown: unknown, context: FailureContext): ChannelFailure {
  const { address, rpc, aborted, timeoutMs } = context;
  const code = statusOf(thrown);
  const said = thrown instanceof Error && 'details' in thrown ? String(thrown.details) : String(thrown);
  const status = Object.entries(grpcStatuses).find(([, number]) => number === code)?.[0] ?? 'UNKNOWN';
  const details = { address, rpc, status, said: wordsOf(said) };
  const failure = (
    errorCode: ErrorCode,
    facts: Omit<Facts, 'details'>,
    reached: ChannelFailure['reached'],
  ): ChannelFailure =>
    new ChannelFailure(new CodedError(errorCode, { ...facts, details }, { cause: thrown }), status, reached);

  if (aborted) return new ChannelFailure(withDetails(cancelled(`wait for ${rpc}`), details), 'CANCELLED', 'maybe');
  if (code === grpcStatuses.DEADLINE_EXCEEDED) {
    const message = `Cannot wait for the Quilt daemon's answer to ${rpc}: ${timeoutMs} ms have passed`;
    return failure(
      'DEADLINE_EXCEEDED',
      { message, remedy: 'Wait until its starts and commands are over, which block it, or restart it' },
      'maybe',
    );
  }
  if (code === grpcStatuses.UNAVAILABLE && neverConnected.test(said)) {
    const state = /Last error: (?:Error: )?(.*?)\.?(?: Resolution note:.*)?$/s.exec(said)?.[1] ?? said;
    const message = `Cannot reach the Quilt daemon at "${address}": ${wordsOf(state)}`;
    return failure('HOST_UNREACHABLE', { message, remedy: 'Start the daemon, or correct its address' }, 'no');
  }
  // Nobody here cancelled it: a daemon that goes down does.
  if (code === grpcStatuses.UNAVAILABLE || code === grpcStatuses.CANCELLED || broken.test(said)) {
    const message = `Cannot wait for the Quilt daemon's answer to ${rpc}: the connection was cut`;
    return failure('CONNECTION_FAILED', { message, remedy: 'Look whether it happened, then try again' }, 'maybe');
  }
  if (code === grpcStatuses.RESOURCE_EXHAUSTED && /larger than|too large/i.test(said)) {
    const message = `Cannot read the Quilt daemon's answer to ${rpc}: it is larger than a message may be`;
    return failure(
      'MESSAGE_TOO_LARGE',
      { message, remedy: 'Let the command write its output into a mounted file' },
      'maybe',
    );
  }
  if (code === grpcStatuses.UNIMPLEMENTED) {
    const message = `Cannot use ${rpc}: the daemon at "${address}" does not serve it`;
    return failure('UNAVAILABLE', { message, remedy: 'Use a daemon that does', retryable: false }, 'refused');
  }
  if (code === undefined || (code === grpcStatuses.INTERNAL && unreadable.test(said))) {
    const message = `Cannot read the Quilt daemon's answer to ${rpc}: it is no message of quilt.proto`;
    return failure(
      'CONNECTION_FAILED',
      { message, remedy: 'Use a daemon that speaks quilt.proto', retryable: false },
      'maybe',
    );
  }
  const message = `Cannot finish ${rpc}: the Quilt daemon says: ${wordsOf(said)}`;
  // What a daemon calls internal is no bug of ours.
  const known = codeOfStatus(code);
  if (known !== 'INTERNAL') return failure(known, { message }, 'refused');
  return failure('UNAVAILABLE', { message, remedy: 'Read the log of the daemon' }, 'refused');
}

type Facts = ConstructorParameters<typeof CodedError>[1];

function withDetails({ code, wire }: CodedError, details: Readonly<Record<string, unknown>>): CodedError {
  return new CodedError(code, { ...wire, details });
}

function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : undefined;
}
