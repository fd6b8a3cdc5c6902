/** A client of a served scheduler, for other processes in Node. */
import { randomBytes } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { type PackageDefinition, type ServiceDefinition, fromJSON } from '@grpc/proto-loader';
import { type CodedError, fromWire } from '#wit/errors';
import { channelOptions } from '#wit/grpc';
import {
  type StatusMessages,
  codeOfStatus,
  decodeStatus,
  grpcStatuses,
  loadOptions,
  statusDetailsKey,
  syncDescriptor,
} from '#wit/proto';
import { connectionFailed, requestRefused, waitCancelled } from './errors.ts';
import { syncServerLimits } from './limits.ts';

/** How long after its own timeout a request is given up, in milliseconds: the host ends the wait, and says whom it was for. */
const graceMs = 5_000;
/** Longest answer: a state of the host, and room. */
const answerBytesMax = 4 * syncServerLimits.stateBytesMax;

/** What a client asks for. Names and limits as in `sync.proto`. */
export interface SyncAcquire {
  readonly holder: string;
  readonly parent?: string;
  readonly label?: string;
  readonly path?: readonly string[];
  /** As `kv:orders:rw`. */
  readonly tokens: readonly string[];
  readonly amount?: number;
  readonly priority?: number;
  readonly leaseMs?: number;
  readonly timeoutMs?: number;
}

/** What it got. */
export interface SyncGrant {
  readonly id: string;
  readonly epoch: number;
  /** What was left of the lease when the host answered. */
  readonly remainingMs: number;
}

interface SyncWaitsFor {
  readonly holder: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly held: string;
  readonly wanted: string;
}

/** Who holds and who waits, at one moment; at most 1,000 of each. */
export interface SyncState {
  readonly holds: readonly {
    readonly holder: string;
    readonly label: string;
    readonly path: readonly string[];
    readonly tokens: readonly string[];
    readonly epoch: number;
    readonly sinceMs: number;
    readonly remainingMs?: number;
  }[];
  readonly waits: readonly {
    readonly holder: string;
    readonly label: string;
    readonly path: readonly string[];
    readonly tokens: readonly string[];
    readonly priority: number;
    readonly waitingMs: number;
    readonly position: number;
    readonly waitsFor: readonly SyncWaitsFor[];
    readonly reasons: readonly string[];
  }[];
  readonly quotas: readonly {
    readonly name: string;
    readonly covers: string;
    readonly kind: string;
    readonly used: number;
    readonly max: number;
    readonly perMs?: number;
    readonly waiting: number;
  }[];
}

/** What happened; one of the members is there. */
export interface SyncEvent {
  readonly granted?: { readonly holder: string; readonly label: string; readonly waitedMs: number };
  readonly waiting?: { readonly holder: string; readonly label: string; readonly reasons: readonly string[] };
  readonly released?: { readonly holder: string; readonly label: string };
  readonly expired?: { readonly holder: string; readonly label: string; readonly tokens: readonly string[] };
  readonly deadlock?: { readonly victim: string; readonly cycle: readonly SyncWaitsFor[] };
}

/** The methods of the service. All throw the host's `CodedError`, or `CONNECTION_FAILED`. */
export interface SyncClient extends Disposable {
  /** Who this client is; another process that has it is the same client. */
  readonly key: string;
  /** Waits. Whether a wait that ended with `CONNECTION_FAILED` was granted is not known: its lease or `releaseHolder` ends it. */
  acquire(wanted: SyncAcquire, signal?: AbortSignal): Promise<SyncGrant>;
  tryAcquire(wanted: SyncAcquire): Promise<SyncGrant | undefined>;
  renew(grant: string, leaseMs?: number): Promise<SyncGrant>;
  release(grant: string): Promise<void>;
  releaseHolder(holder: string): Promise<void>;
  /** Whether a write under a grant may still happen. */
  isCurrent(grant: { readonly id: string; readonly epoch: number }): Promise<boolean>;
  state(): Promise<SyncState>;
  /** Why a holder of this client's has not begun. */
  reasons(holder: string): Promise<readonly string[]>;
  /** Events from now on: `started` is called when the subscription stands. Leaving the loop ends it. */
  watch(started?: () => void): AsyncIterable<SyncEvent>;
}

/** Connects to a path; nothing is sent before the first request. The caller closes it. `key`: drawn at random where absent. */
export function connectSync(path: string, { key }: { readonly key?: string } = {}): SyncClient {
  return new GrpcSyncClient(path, key ?? randomBytes(24).toString('base64url'));
}

class GrpcSyncClient implements SyncClient {
  readonly key: string;
  readonly #path: string;
  readonly #definition: PackageDefinition;
  readonly #client: grpc.Client;
  #closed = false;

  constructor(path: string, key: string) {
    this.key = key;
    this.#path = path;
    // A library does not print.
    grpc.setLogVerbosity(grpc.logVerbosity.NONE);
    this.#definition = fromJSON(syncDescriptor() as Parameters<typeof fromJSON>[0], loadOptions);
    this.#client = new grpc.Client(`unix:${path}`, grpc.credentials.createInsecure(), {
      ...channelOptions,
      'grpc.max_receive_message_length': answerBytesMax,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
  }

  acquire(wanted: SyncAcquire, signal?: AbortSignal): Promise<SyncGrant> {
    return this.#unary('Acquire', { ...wanted, clientKey: this.key }, { timeoutMs: wanted.timeoutMs, signal });
  }

  async tryAcquire(wanted: SyncAcquire): Promise<SyncGrant | undefined> {
    const { grant } = await this.#unary<{ grant?: SyncGrant }>('TryAcquire', { ...wanted, clientKey: this.key });
    return grant;
  }

  renew(grant: string, leaseMs?: number): Promise<SyncGrant> {
    return this.#unary('Renew', { grant, leaseMs });
  }

  async release(grant: string): Promise<void> {
    await this.#unary('Release', { grant });
  }

  async releaseHolder(holder: string): Promise<void> {
    await this.#unary('ReleaseHolder', { clientKey: this.key, holder });
  }

  async isCurrent({ id, epoch }: { readonly id: string; readonly epoch: number }): Promise<boolean> {
    const { current } = await this.#unary<{ current: boolean }>('Check', { grant: id, epoch });
    return current;
  }

  state(): Promise<SyncState> {
    return this.#unary('GetState', {});
  }

  async reasons(holder: string): Promise<readonly string[]> {
    const { reasons } = await this.#unary<{ reasons: string[] }>('Explain', { clientKey: this.key, holder });
    return reasons;
  }

  async *watch(started?: () => void): AsyncGenerator<SyncEvent> {
    const { path, requestSerialize, responseDeserialize } = this.#method('Watch');
    const call = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    // A status that comes after the reader has left is nobody's.
    call.on('error', () => {});
    if (started !== undefined) call.once('metadata', started);
    try {
      for await (const event of call) yield event as SyncEvent;
    } catch (error) {
      throw this.#failure(error);
    } finally {
      call.cancel();
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#client.close();
  }

  async #unary<Answer>(
    name: string,
    message: object,
    { timeoutMs, signal }: { readonly timeoutMs?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> {
    if (this.#closed) throw connectionFailed(this.#path, 'the client is closed');
    if (signal?.aborted === true) throw waitCancelled();
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs + graceMs };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const answered: grpc.requestCallback<object> = (error, answer) => {
      if (error === null) resolve(answer as Answer);
      else reject(this.#failure(error, signal));
    };
    const call = this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, options, answered);
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #method(name: string): grpc.MethodDefinition<object, object> {
    const service = this.#definition['quilt.sync.v1.SyncService'] as ServiceDefinition;
    return service[name] as grpc.MethodDefinition<object, object>;
  }

  /** The host's own error; of a bare status what it means here. */
  #failure(thrown: unknown, signal?: AbortSignal): CodedError {
    const { code, details, metadata } = thrown as grpc.ServiceError;
    const packed = metadata?.get(statusDetailsKey)[0];
    const wire =
      packed instanceof Buffer ? decodeStatus(packed, this.#definition as unknown as StatusMessages) : undefined;
    if (wire !== undefined) return fromWire(wire);
    if (code === grpcStatuses.CANCELLED && signal?.aborted === true) return waitCancelled();
    // The library calls a connection that broke in the middle `INTERNAL`; the host's own faults have a wire error.
    const broken = code === grpcStatuses.UNAVAILABLE || code === grpcStatuses.INTERNAL || code === undefined;
    if (broken) return connectionFailed(this.#path, details ?? String(thrown), thrown);
    return requestRefused(codeOfStatus(code), details, thrown);
  }
}
