/**
 * What the imports of an instance do: they record. Nothing leaves while the guest runs.
 *
 * Invariants:
 * - ids count from 1 and are never used twice in a call;
 * - an operation is open from its start until it is delivered or given up;
 * - a fault stays: every later import of the instance throws, so that a guest cannot catch it and go on.
 */
import { LogBudget } from '../../imports/log.ts';
import type { EndCode, LogMessage, OperationMessage, ReadyMessage, WorkerLimits } from './messages.ts';
import type { HostFunction } from '../host-functions.ts';

/** Ends the call with a code of its own. Thrown through the guest. */
export class GuestFault extends Error {
  readonly code: EndCode;
  /** For `details.cause`. */
  readonly reason: string;

  constructor(code: EndCode, message: string, reason: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** What a copy costs beside its bytes. */
const copyBytes = 64;

/** An open operation. */
interface Recorded {
  readonly function: number;
  /** What `read-stream` waits for; the other arguments are not kept once they have left. */
  readonly stream: number | undefined;
}

/** What jco's glue takes for a `result`. */
type Result = { readonly tag: 'ok' | 'err'; readonly val: unknown };

/** The state of one instance between its imports and its turns. */
export class Recorder {
  fault: GuestFault | undefined;
  readonly #functions: readonly HostFunction[];
  #operationsOpenMax = 0;
  #nextId = 1;
  /** Open operations by id. */
  readonly #open = new Map<number, Recorded>();
  #started = new Map<number, OperationMessage>();
  #argumentBytesMax = 0;
  #argumentBytes = 0;
  #copyBytesMax = 0;
  #copyBytes = 0;
  #abandoned: number[] = [];
  readonly #ready = new Map<number, { readonly function: number; readonly result: Result }>();
  #logs: LogMessage[] = [];
  #logBudget = new LogBudget(0);
  #logBytesDropped = 0;

  constructor(functions: readonly HostFunction[]) {
    this.#functions = functions;
  }

  /** Sets the limits of the call, before its first turn. */
  limit([outputBytesMax, logBytesMax, operationsOpenMax, blobsMax, argumentBytesMax]: WorkerLimits): void {
    this.#copyBytesMax = outputBytesMax + argumentBytesMax + blobsMax * copyBytes;
    this.#argumentBytesMax = argumentBytesMax;
    this.#operationsOpenMax = operationsOpenMax;
    this.#logBudget = new LogBudget(logBytesMax);
  }

  /** Announces completions: their `complete-…` may be called once. */
  deliver(ready: readonly ReadyMessage[]): void {
    for (const [id, ok, value] of ready) {
      const operation = this.#open.get(id);
      if (!operation) continue;
      this.#open.delete(id);
      this.#ready.set(id, { function: operation.function, result: { tag: ok ? 'ok' : 'err', val: value } });
    }
  }

  /** What the turn recorded; the next one starts empty. */
  takeTurn(): {
    operations: OperationMessage[];
    abandoned: readonly number[];
    logs: readonly LogMessage[];
    logBytesDropped: number;
  } {
    const turn = {
      operations: [...this.#started.values()],
      abandoned: this.#abandoned,
      logs: this.#logs,
      logBytesDropped: this.#logBytesDropped,
    };
    this.#started = new Map();
    this.#argumentBytes = 0;
    this.#copyBytes = 0;
    this.#abandoned = [];
    this.#logs = [];
    this.#logBytesDropped = 0;
    return turn;
  }

  /**
   * Copies bytes out of the guest's memory for jco. Whatever it lifts, a turn copies no more than its output and its arguments may have: a list may
   * name the same bytes many times.
   */
  readonly takeBytes = (buffer: ArrayBuffer, start: number, end: number): ArrayBuffer => {
    this.#copyBytes += copyBytes + end - start;
    if (this.#copyBytes > this.#copyBytesMax) {
      const message = `Cannot take the turn: it brings out more than ${this.#copyBytesMax} bytes`;
      throw this.fail(new GuestFault('VALUE_TOO_LARGE', message, 'bytes'));
    }
    return buffer.slice(start, end);
  };

  /** Ends the call; a fault that is there already stays. */
  fail(fault: GuestFault): GuestFault {
    return (this.fault ??= fault);
  }

  /** The import object of jco's glue, by interface. */
  imports(): Record<string, Record<string, unknown>> {
    const imports: Record<string, Record<string, unknown>> = {};
    for (const [index, found] of this.#functions.entries()) {
      const members = (imports[`aria:host/${found.interface}`] ??= {});
      members[camelCase(found.name)] = this.#import(index, found);
      if (found.kind === 'start')
        members[camelCase(`complete-${found.name}`)] = (id: number) => this.#complete(index, found, id);
    }
    return imports;
  }

  #import(index: number, { kind, interface: interfaceName }: HostFunction): (...args: never[]) => unknown {
    switch (kind) {
      case 'start':
        return (...args: unknown[]) => this.#start(index, args);
      case 'log':
        return (level: string, message: string, fields: string | undefined) => this.#log([level, message, fields]);
      case 'abandon': {
        // `timer.clear` gives up `timer.sleep`, `net.abort` gives up `net.fetch`: the operations of the same interface.
        return (id: number) => this.#abandon(id, (recorded) => this.#interfaceOf(recorded) === interfaceName);
      }
      case 'abandon-stream':
        return (stream: number) => this.#abandonReads(stream, interfaceName);
    }
  }

  #interfaceOf(recorded: Recorded): string | undefined {
    return this.#functions[recorded.function]?.interface;
  }

  #start(index: number, args: readonly unknown[]): number {
    this.#checkFault();
    if (this.#open.size >= this.#operationsOpenMax) {
      const message = `Cannot start another operation: ${this.#operationsOpenMax} are open`;
      throw this.fail(new GuestFault('OPERATIONS_EXCEEDED', message, 'operations'));
    }
    this.#argumentBytes += weightOf(args);
    if (this.#argumentBytes > this.#argumentBytesMax) {
      const message = `Cannot start another operation: the arguments of this turn have more than ${this.#argumentBytesMax} bytes`;
      throw this.fail(new GuestFault('VALUE_TOO_LARGE', message, 'arguments'));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#open.set(id, { function: index, stream: typeof args[0] === 'number' ? args[0] : undefined });
    this.#started.set(id, [id, index, args]);
    return id;
  }

  #complete(index: number, { interface: interfaceName, name }: HostFunction, id: number): Result {
    this.#checkFault();
    const ready = this.#ready.get(id);
    if (ready?.function !== index) {
      const reason = `complete-${name} of ${interfaceName} takes the operation ${id}, which has no completion of this kind`;
      throw this.fail(
        new GuestFault('TOOL_TRAPPED', 'Cannot go on: the guest takes a completion that it was not given', reason),
      );
    }
    this.#ready.delete(id);
    return ready.result;
  }

  #log(line: LogMessage): void {
    this.#checkFault();
    const [, message, fields] = line;
    const dropped = this.#logBudget.spend(message, fields);
    if (dropped === undefined) this.#logs.push(line);
    else this.#logBytesDropped += dropped;
  }

  #abandon(id: number, matches: (recorded: Recorded) => boolean): void {
    this.#checkFault();
    const recorded = this.#open.get(id);
    if (!recorded || !matches(recorded)) return;
    this.#open.delete(id);
    // What has not left yet never leaves.
    if (!this.#started.delete(id)) this.#abandoned.push(id);
  }

  /** A stream is closed: the reads that wait for it are given up. */
  #abandonReads(stream: number, interfaceName: string): void {
    const isRead = (recorded: Recorded): boolean => {
      const found = this.#functions[recorded.function];
      return found?.interface === interfaceName && found.name === 'read-stream' && recorded.stream === stream;
    };
    for (const id of [...this.#open.keys()]) this.#abandon(id, isRead);
  }

  #checkFault(): void {
    if (this.fault) throw this.fault;
  }
}

/** About how many bytes a value takes here. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return 16 + value.byteLength;
  let weight = 16;
  for (const item of Object.values(value)) weight += weightOf(item);
  return weight;
}

/** jco's name of a WIT name. */
function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
