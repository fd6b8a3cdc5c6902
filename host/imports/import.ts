/** How the host serves an operation: from WIT values to what the host has, and back. */
import type { ErrorCode } from '#wit/errors';
import { type HostOperations, type OperationName, interfaceErrors } from '#wit/host-types';
import type { Caller, Completion, EffectClass } from '#wit/interfaces';
import type { Token } from '#wit/tokens';

/** Serves one operation. */
export interface Import {
  readonly effect: EffectClass;
  /**
   * Reads the arguments. What a guest sends may have any form: whatever does not fit is refused here, before the tokens are looked at.
   * @throws {Refusal}
   */
  prepare(args: readonly unknown[], blobs: readonly Uint8Array[]): PreparedImport;
}

/** An operation whose arguments are read. */
export interface PreparedImport {
  /** Tokens of which one is needed; the first that the caller has decides. Empty: none is needed. */
  readonly wanted: readonly Token[];
  /** Any token of this kind will do; `wanted` is empty then. */
  readonly wantedKind?: Token['kind'] | undefined;
  /**
   * @param granted One of `wanted`; none where none is needed.
   * @throws {Refusal} a case of the interface's error variant.
   */
  run(granted: Token | undefined, signal: AbortSignal, caller: Caller): unknown;
}

/** The value of an operation's completion. */
export type ValueOf<Name extends OperationName> = HostOperations[Name]['value'];

/** Why an operation is refused; the code decides the case of the error variant. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  /** What the case carries: text, a number, a record, or nothing. */
  readonly val: string | number | object | undefined;

  constructor(code: ErrorCode, val?: string | number | object) {
    super(val === undefined || typeof val === 'object' ? code : `${code}: ${val}`);
    this.code = code;
    this.val = val;
  }
}

/** The arguments are refused; `state` says why. */
export function invalidArgument(state: string): Refusal {
  return new Refusal('INPUT_INVALID', state);
}

type InterfaceWithErrors = keyof typeof interfaceErrors;

/** The completion of a refusal: the case of the interface's variant that has the code. An interface without it answers `unavailable`. */
export function refusedCompletion(name: OperationName, refusal: Refusal): Completion {
  const cases: Readonly<Record<string, ErrorCode>> = interfaceErrors[interfaceOf(name)];
  const found = Object.entries(cases).find(([, code]) => code === refusal.code);
  if (!found) return { kind: 'failed', error: { tag: 'unavailable', val: refusal.message } };
  const [tag] = found;
  return { kind: 'failed', error: refusal.val === undefined ? { tag } : { tag, val: refusal.val } };
}

function interfaceOf(name: OperationName): InterfaceWithErrors {
  const [found = ''] = name.split('.');
  return found as InterfaceWithErrors;
}
