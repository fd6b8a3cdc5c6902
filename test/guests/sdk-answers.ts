/** Answers that a test's host gives to the SDK, and what the host was asked. */
import type { Completion } from '#wit/interfaces';
import type { GuestOutcome, SeenOperation } from './guest-runner.ts';

/** A token of every interface. */
export const everyToken = [
  'kv:a:rw',
  'fs:a:rw',
  'vector:a:rw',
  'net:a.example:443',
  'llm:p:m',
  'gpu:any:compute',
  'tool:a:call',
  'agent:a:call',
  'context:session:append',
];
/** UTF-8. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
/** An operation that came to a value. */
export function ok(value?: unknown): Completion {
  return { kind: 'ok', value };
}
/** An operation that came to a case of its error variant. */
export function refused(tag: string, val?: unknown): Completion {
  return { kind: 'failed', error: { tag, val } };
}

/** Answers each operation by its name. */
export function answers(
  table: Readonly<Record<string, Completion | ((operation: SeenOperation) => Completion)>>,
): (operation: SeenOperation) => Completion | undefined {
  return (operation) => {
    const found = table[operation.name];
    return typeof found === 'function' ? found(operation) : found;
  };
}
/** What was asked; lists of numbers, which engines may bring as typed arrays, as plain ones. */
export function asked({ operations }: GuestOutcome): readonly unknown[] {
  return operations.map(({ name, args }) => [name, ...args.map(plain)]);
}
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
/** The bytes of a blob of an operation's turn. */
export function blobOf({ operations }: GuestOutcome, operation: number, index: number): number[] {
  return [...(operations[operation]?.blobs[index] ?? [])];
}
/** What a failed call failed with. @throws {Error} where it did not. */
export function failureOf({ outcome }: GuestOutcome): {
  code: string;
  message: string;
  retryable: boolean;
  details: unknown;
} {
  if (outcome.kind !== 'failed') throw new Error(`The call ended as ${JSON.stringify(outcome)}`);
  const { code, message, retryable, details } = outcome.error;
  return { code, message, retryable, details: details === undefined ? undefined : JSON.parse(details) };
}
