/** What a comparison finds: places where a value of the source may not fit the target. */

/** Why a value may not fit. */
export type FindingKind =
  | 'type'
  | 'value'
  | 'missing-property'
  | 'unexpected-property'
  | 'bound'
  | 'length'
  | 'pattern'
  | 'item-count'
  | 'repeated-items'
  | 'not-allowed'
  | 'alternatives'
  | 'unknown-keyword'
  | 'too-complex';

/** A place, relative to where a part of the comparison began. */
export interface Found {
  readonly kind: FindingKind;
  /** JSON pointer (RFC 6901); a part `*` is any item, or any property that has no name of its own. */
  readonly pointer: string;
  readonly message: string;
  /** For `type`: what may be there, so that several cases can be told in one sentence. */
  readonly types?: { readonly found: readonly string[]; readonly expected: string };
  /** A value that the source most likely accepts and the target refuses. */
  readonly witness?: { readonly value: unknown };
}

/** Findings of one comparison: what comes after as many is not looked for. */
export const findingsMax = 64;

/** The work on a comparison has an end. */
export const tooComplex: Found = {
  kind: 'too-complex',
  pointer: '',
  message: 'cannot be compared: one of the schemas is too large, too deep or too complex',
};

/** Moves findings about a part to the whole. `embed` puts the part's value into a value of the whole. */
export function below(
  part: string,
  findings: readonly Found[],
  embed: (value: unknown) => { readonly value: unknown } | undefined,
): readonly Found[] {
  return findings.map(({ witness, ...finding }) => {
    const whole = witness === undefined ? undefined : embed(witness.value);
    return { ...finding, pointer: `${part}${finding.pointer}`, ...(whole === undefined ? {} : { witness: whole }) };
  });
}

/** Tells of the same place and the same expectation only once, with everything that may be there. */
export function merged(findings: readonly Found[]): readonly Found[] {
  const byText = new Map<string, Found>();
  for (const finding of findings) {
    const { kind, pointer, message, types } = finding;
    const key = JSON.stringify([kind, pointer, types?.expected ?? message]);
    const before = byText.get(key);
    byText.set(key, before === undefined ? finding : both(before, finding));
  }
  return [...byText.values()];
}

function both(left: Found, right: Found): Found {
  const witness = left.witness ?? right.witness;
  const types =
    left.types === undefined || right.types === undefined
      ? undefined
      : { ...left.types, found: [...new Set([...left.types.found, ...right.types.found])] };
  return {
    ...left,
    ...(types === undefined ? {} : { types, message: typeMessage(types) }),
    ...(witness === undefined ? {} : { witness }),
  };
}

/** A finding about the type at a place. */
export function wrongType(found: string, expected: string, witness: Found['witness']): Found {
  const types = { found: [found], expected };
  return {
    kind: 'type',
    pointer: '',
    message: typeMessage(types),
    types,
    ...(witness === undefined ? {} : { witness }),
  };
}

function typeMessage({ found, expected }: NonNullable<Found['types']>): string {
  const list = found.length < 2 ? found.join('') : `${found.slice(0, -1).join(', ')} or ${found.at(-1) ?? ''}`;
  return `may be ${list}, but has to be ${expected}`;
}
