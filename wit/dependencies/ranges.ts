/** Versions and ranges of bundles, as npm's `semver` understands them, within bounds that a stranger's manifest cannot pass. */
import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import compareBuild from 'semver/functions/compare-build.js';
import parse from 'semver/functions/parse.js';
import minVersion from 'semver/ranges/min-version.js';

/** The longest range, in characters: some ten alternatives. */
export const rangeCharactersMax = 128;
/** Ranges that are kept parsed; a resolution asks for few, and for each of them often. */
const keptMax = 1_024;

const allowed = /^[0-9A-Za-z.*^~<>=|+ -]+$/;
const kept = new Map<string, Range | string>();

/** Why a text is no range, as the rest of a sentence; `undefined` where it is one. */
export function rangeProblem(text: string): string | undefined {
  const read = readRange(text);
  return typeof read === 'string' ? read : undefined;
}

/** Whether a version lies in a range. What is no range, or no version, fits nothing. */
export function rangeFits(range: string, version: string): boolean {
  const read = readRange(range);
  const parsed = parse(version);
  return typeof read !== 'string' && parsed !== null && read.test(parsed);
}

/** Whether a text is a semantic version that can be compared. */
export function isVersion(text: string): boolean {
  return parse(text) !== null;
}

/** Whether a version is one to try out, before its release. */
export function isPrerelease(text: string): boolean {
  return (parse(text)?.prerelease.length ?? 0) > 0;
}

/** Orders versions, the older first; those that differ only in their build by its text. What is no version comes first. */
export function compareVersions(left: string, right: string): number {
  const one: SemVer | null = parse(left);
  const other: SemVer | null = parse(right);
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  return compareBuild(one, other);
}

function readRange(text: string): Range | string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const read = parseRange(text);
  if (text.length <= rangeCharactersMax) {
    if (kept.size >= keptMax) kept.clear();
    kept.set(text, read);
  }
  return read;
}

function parseRange(text: string): Range | string {
  if (text.length > rangeCharactersMax)
    return `it has ${text.length} characters, at most ${rangeCharactersMax} are allowed`;
  if (text === '') return 'it is empty';
  if (!allowed.test(text) || text.trim() !== text) return 'it is no range of semantic versions';
  // An empty alternative would stand for every version.
  if (text.split('||').some((part) => part.trim() === '')) return 'one of its alternatives is empty';
  try {
    const range = new Range(text);
    return minVersion(range) === null ? 'no version can lie in it' : range;
  } catch {
    return 'it is no range of semantic versions';
  }
}
