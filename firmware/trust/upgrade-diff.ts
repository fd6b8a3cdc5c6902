/** The difference that a person looks at before an approval, in a form that SQLite keeps. */
import { type BundleDiff, type Change, diffBundles, diffedBundle } from '#wit/diff';
import { CodedError } from '#wit/errors';
import type { Manifest } from '#wit/manifest';
import { decodeValue, encodeValue, parseJson, textForm } from '#wit/values';
import type { BundleContents } from '../service/ports.ts';
import { tokensOf } from './tokens-of.ts';

/** Characters of a kept difference: more nobody reads, and each list of upgrades carries it. */
const textCharactersMax = 512 * 1024;

/** Pairs of tokens that a difference compares: more take the host seconds. */
const tokenPairsMax = 4_000_000;

/** A manifest with what stands beside it. */
export interface ComparedBundle extends BundleContents {
  readonly manifest: Manifest;
}

/** The text of the difference; of a hostile one what fits, or nothing. */
export function diffText(before: ComparedBundle, after: ComparedBundle): string | undefined {
  if (tokensOf(before.manifest).length * tokensOf(after.manifest).length > tokenPairsMax) return undefined;
  const diff = diffBundles(diffedBundle(before), diffedBundle(after));
  for (const form of [diff, mapped(diff, withoutFindings), mapped(diff, withoutValues)]) {
    const text = textOf(form);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Reads it back. The text is one of `diffText`. */
export function parseDiff(text: string): BundleDiff {
  return decodeValue(parseJson(text), textForm) as BundleDiff;
}

/** Examples in findings may hold bytes, which JSON has no form for, and be nested deeper than any value that a host takes. */
function textOf(diff: BundleDiff): string | undefined {
  try {
    const text = JSON.stringify(encodeValue(diff, textForm));
    if (text.length > textCharactersMax) return undefined;
    parseDiff(text);
    return text;
  } catch (thrown) {
    if (thrown instanceof CodedError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function mapped(diff: BundleDiff, change: (one: Change) => Change): BundleDiff {
  return {
    ...diff,
    bundle: diff.bundle.map(change),
    tools: diff.tools.map(change),
    orchestration: diff.orchestration.map(change),
  };
}

function withoutFindings({ findings: _findings, ...change }: Change): Change {
  return change;
}

function withoutValues({ findings: _findings, before: _before, after: _after, ...change }: Change): Change {
  return change;
}
