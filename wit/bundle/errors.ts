/** Why a bundle is refused. */
import { CodedError, type ErrorCode } from '#wit/errors';

function refused(code: ErrorCode, state: string, details: Readonly<Record<string, unknown>> = {}): CodedError {
  return new CodedError(code, { message: `Cannot read the bundle: ${state}`, details });
}

/** The archive is not what arc writes: damaged, truncated, or made by another program. */
export function bundleCorrupt(state: string): CodedError {
  return refused('BUNDLE_CORRUPT', state);
}

/** Something is over its maximum; `bytes` or a count, as `unit` says. */
export function bundleTooLarge(subject: string, size: { value: number; max: number; unit: string }): CodedError {
  const { value, max, unit } = size;
  return refused('BUNDLE_TOO_LARGE', `${subject} has ${value} ${unit}, at most ${max} are allowed`, {
    value,
    max,
    unit,
  });
}

/** An entry that no bundle may have: its name, its attributes, or that nothing names it. */
export function entryRefused(entry: string, state: string): CodedError {
  return refused('BUNDLE_ENTRY_REFUSED', `the entry ${JSON.stringify(entry)} ${state}`, { entry });
}

/** The bytes of the manifest are not the canonical text of a manifest. */
export function manifestRefused(state: string, cause?: unknown): CodedError {
  const message = `Cannot read the manifest: ${state}`;
  return new CodedError('BUNDLE_MANIFEST_INVALID', { message }, cause === undefined ? undefined : { cause });
}

/** An entry is not what the manifest says. */
export function hashMismatch(
  entry: string,
  fact: { name: 'hash' | 'size'; expected: string | number; found: string | number },
): CodedError {
  const { name, expected, found } = fact;
  const state = `the ${name} of ${JSON.stringify(entry)} is ${found}, its manifest says ${expected}`;
  return refused('BUNDLE_HASH_MISMATCH', state, { entry, expected, found });
}
