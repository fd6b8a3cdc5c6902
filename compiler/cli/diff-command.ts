/** `arc inspect --diff`: what differs between two bundles, after the hashes of both archives have been verified. */
import { resolve } from 'node:path';
import { diffText, usageWrong } from '#terminal';
import type { Bundle } from '#wit/bundle';
import { type BundleDiff, type Change, diffBundles, diffedBundle } from '#wit/diff';
import { CodedError, type ExitCode, exitCodes } from '#wit/errors';
import { encodeValue, textForm } from '#wit/values';
import type { CommandContext } from './context.ts';
import { openBundle } from './open-bundle.ts';

export interface DiffOptions {
  /** The bundle before. */
  readonly bundle: string;
  /** The bundle after; the command line may lack it. */
  readonly other: string | undefined;
  readonly diff?: boolean;
  readonly json?: boolean;
}

/**
 * Shows the differences; there being some is no failure. No component is made: both bundles may be somebody else's.
 * @throws {CodedError} `BUNDLE_…` for one that does not verify, `USAGE`.
 */
export async function diffCommand(
  { bundle, other, diff, json }: DiffOptions,
  { terminal, progress, currentDirectory, signal }: CommandContext,
): Promise<ExitCode> {
  if (diff !== true) throw tooManyBundles();
  if (other === undefined) throw otherBundleMissing();
  progress.step('Verifying the bundles');
  const open = (shown: string): Promise<Bundle> =>
    openBundle({ path: resolve(currentDirectory, shown), shown, signal });
  const [before, after] = [await open(bundle), await open(other)];
  progress.step('Comparing the bundles');
  const found = diffBundles(diffedBundle(before), diffedBundle(after));
  progress.clear();
  const facts = { before, after, diff: found };
  await terminal.write(
    json
      ? `${JSON.stringify(diffJson(facts))}\n`
      : diffText({ before: facts.before.manifest, after: facts.after.manifest, diff: facts.diff }, terminal),
  );
  return exitCodes.done;
}

function tooManyBundles(): CodedError {
  return usageWrong(
    'arc inspect',
    'too many arguments: one bundle is inspected at a time',
    'To compare two, pass --diff',
  );
}

function otherBundleMissing(): CodedError {
  const remedy = 'Name the bundle before and the one after: "arc inspect --diff BEFORE AFTER"';
  return usageWrong('arc inspect', 'missing required argument: --diff compares two bundles', remedy);
}

function diffJson({ before, after, diff }: { before: Bundle; after: Bundle; diff: BundleDiff }): unknown {
  const facts = ({ manifest: { name, version }, size, hash, manifestHash }: Bundle): unknown => {
    return { name, version, size, hash, manifestHash };
  };
  return {
    kind: 'done',
    before: facts(before),
    after: facts(after),
    diff: { ...diff, tools: diff.tools.map(inJson), orchestration: diff.orchestration.map(inJson) },
  };
}

/** Witnesses may hold bytes, which JSON has no form for. */
function inJson(change: Change): unknown {
  if (change.findings === undefined) return change;
  const findings = change.findings.map(({ witness, ...finding }) => {
    const encoded = witness && encodeWitness(witness.value);
    return encoded === undefined ? finding : { ...finding, witness: encoded };
  });
  return { ...change, findings };
}

function encodeWitness(value: unknown): { readonly value: unknown } | undefined {
  try {
    return { value: encodeValue(value, textForm) };
  } catch (error) {
    // Nested deeper than any value that a host takes: it proves its point, but cannot be sent.
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
