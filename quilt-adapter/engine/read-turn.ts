/**
 * Reads what the agent says a turn came to. The tool runs in the agent's process and may speak for it, so nothing is believed: what is not of the form ends the
 * call, and a lie of the right form is one that the tool could have made true.
 */
import type { GuestError, LogLine, StartedOperation } from '#wit/interfaces';
import { type Frame, type LineBudget, readValue } from '#wit/turns';
import { operationsByNumber } from './host-functions.ts';

/** A turn as the agent says. */
export interface SaidTurn {
  readonly turn: number;
  readonly outcome: SaidOutcome;
  readonly blobs: readonly Uint8Array[];
  readonly operations: readonly StartedOperation[];
  readonly abandoned: readonly number[];
  readonly logs: readonly LogLine[];
  readonly logBytesDropped: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  /** Texts and vectors beside the arguments. */
  readonly argumentBytes: number;
}

/** How it ended. */
export type SaidOutcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly error: GuestError }
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'limit';
      readonly code: 'OPERATIONS_EXCEEDED' | 'VALUE_TOO_LARGE';
      readonly message: string;
      readonly cause: string;
    };

/** What the agent says. */
export type Said =
  | { readonly kind: 'turn'; readonly turn: SaidTurn }
  | { readonly kind: 'stir'; readonly turn: number };

/** What is no message. `message` is its cause. */
export class Misspoken extends Error {}

/** What the reader has to know of the call. */
export interface Expected {
  readonly budget: LineBudget;
  /** Interfaces that the tool has. */
  readonly granted: ReadonlySet<string>;
  /** Of the operations so far: the next ones have higher ids. */
  readonly lastId: number;
  readonly operationsMax: number;
}

type Fields = Readonly<Record<string, unknown>>;
const levels: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies LogLine['level'][];
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** `types.operation` is a number of 32 bits. */
const idMax = 0x7f_ff_ff_ff;

/** Reads a message. @throws {Misspoken} */
export function readSaid({ message, blobs }: Frame, expected: Expected): Said {
  const found = record(message, 'the message');
  if (found['kind'] === 'stir') return { kind: 'stir', turn: whole(found['turn'], 'the turn', idMax) };
  if (found['kind'] !== 'turn') throw new Misspoken(`the message is of the kind ${shown(found['kind'])}`);
  const own = whole(found['blobs'], 'the number of blobs', blobs.length);
  const turnBlobs = blobs.slice(0, own);
  const isDone = Array.isArray(found['outcome']) && found['outcome'][0] === 'done';
  const asides = blobs.slice(own, isDone ? -1 : undefined);
  if (isDone && blobs.length === own) throw new Misspoken('the output is not there');
  const { logs, bytesDropped } = readLogs(list(found['logs'], 'the lines'), expected.budget);
  return {
    kind: 'turn',
    turn: {
      turn: whole(found['turn'], 'the turn', idMax),
      outcome: readOutcome(list(found['outcome'], 'the outcome'), blobs.at(-1)),
      blobs: turnBlobs,
      operations: readOperations(list(found['started'], 'the operations'), { blobs: turnBlobs, asides }, expected),
      abandoned: list(found['abandoned'], 'the abandoned').map((id) => whole(id, 'an id', idMax)),
      logs,
      logBytesDropped: bytesDropped + whole(found['logBytesDropped'], 'the dropped bytes', Number.MAX_SAFE_INTEGER),
      cpuMs: amount(found['cpuMs'], 'the compute'),
      memoryBytes: amount(found['memoryBytes'], 'the memory'),
      argumentBytes: asides.reduce((sum, { length }) => sum + length, 0),
    },
  };
}

function readOutcome(outcome: readonly unknown[], last: Uint8Array | undefined): SaidOutcome {
  const [kind, code, message, third, fourth, fifth] = outcome;
  switch (kind) {
    case 'waiting':
      return { kind };
    case 'done':
      try {
        return { kind, output: text.decode(last) };
      } catch {
        throw new Misspoken('the output is no text');
      }
    case 'failed':
      return {
        kind,
        error: {
          code: string(code, 'the code'),
          message: string(message, 'the message'),
          retryable: third === true,
          details: optionalString(fourth, 'the details'),
          stack: optionalString(fifth, 'the stack'),
        },
      };
    case 'ended':
      if (code !== 'OPERATIONS_EXCEEDED' && code !== 'VALUE_TOO_LARGE') throw new Misspoken('the limit is none');
      return { kind: 'limit', code, message: string(message, 'the message'), cause: string(third, 'the cause') };
    default:
      throw new Misspoken(`the outcome is ${shown(kind)}`);
  }
}

function readOperations(
  started: readonly unknown[],
  { blobs, asides }: { readonly blobs: readonly Uint8Array[]; readonly asides: readonly Uint8Array[] },
  { granted, lastId, operationsMax }: Expected,
): readonly StartedOperation[] {
  // One beyond is what a turn has that goes over its maximum; more are not even read.
  if (started.length > operationsMax + 1) throw new Misspoken(`it starts ${started.length} operations`);
  let last = lastId;
  const source = {
    blob: (index: number): number => {
      if (index >= blobs.length) throw new RangeError(`it names blob ${index} of ${blobs.length}`);
      return index;
    },
    aside: (index: number): Uint8Array => {
      const found = asides[index];
      if (!found) throw new RangeError(`it names text ${index} of ${asides.length}`);
      return found;
    },
    vector: (numbers: Float64Array): Float64Array => numbers,
  };
  return started.map((each) => {
    const [id, number, args] = list(each, 'an operation');
    const signature = operationsByNumber()[whole(number, 'an operation', idMax)];
    if (!signature) throw new Misspoken('there is no such operation');
    const { name, parameters } = signature;
    if (!granted.has(name.slice(0, name.indexOf('.')))) throw new Misspoken(`the tool has no token for ${name}`);
    const found = whole(id, 'an id', idMax);
    if (found <= last) throw new Misspoken('an id is used twice');
    last = found;
    const values = list(args, 'the arguments');
    if (values.length !== parameters.length) throw new Misspoken(`${name} has ${values.length} arguments`);
    try {
      return { id: found, name, args: parameters.map((type, place) => readValue(type, values[place], source)) };
    } catch (error) {
      throw new Misspoken(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function readLogs(
  lines: readonly unknown[],
  budget: LineBudget,
): { readonly logs: readonly LogLine[]; readonly bytesDropped: number } {
  const logs: LogLine[] = [];
  let bytesDropped = 0;
  for (const line of lines) {
    const [level, message, fields] = list(line, 'a line');
    if (!levels.includes(level)) throw new Misspoken('a line has no level');
    const found = {
      level: level as LogLine['level'],
      message: string(message, 'a line').toWellFormed(),
      fields: optionalString(fields, 'the fields of a line'),
    };
    const bytes = Buffer.byteLength(found.message) + Buffer.byteLength(found.fields ?? '');
    if (budget.spend(bytes)) logs.push(found);
    else bytesDropped += bytes;
  }
  return { logs, bytesDropped };
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misspoken(`${what} is no record`);
  return value as Fields;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misspoken(`${what} are no list`);
  return value as readonly unknown[];
}

function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Misspoken(`${what} is no text`);
  return value;
}

function optionalString(value: unknown, what: string): string | undefined {
  return value === null ? undefined : string(value, what);
}

function whole(value: unknown, what: string, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    throw new Misspoken(`${what} is no number up to ${max}`);
  return value;
}

function amount(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Misspoken(`${what} is no amount`);
  return value;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
}
