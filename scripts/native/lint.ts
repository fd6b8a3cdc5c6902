/** What rustfmt and clippy say of the crate of the native engine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NativePlaces, cargoArguments, inputsHash, libraries, sourcesHash } from './build.ts';
import { type Rust, cargo, cratesMissing, lockTargets } from './rust.ts';

/** States of the sources that are remembered as clean: those of branches in work. */
const passedMax = 16;

/** How a check ended: whether it passed, or what it needs and this machine has not. */
export type CheckOutcome = boolean | { readonly missing: string };

/** Whether rustfmt would change nothing; names the files where it would. */
export function format({ crate }: NativePlaces): CheckOutcome {
  const { code, stdout } = cargo(crate, ['fmt', '--check', '--', '-l', '--color', 'never']);
  if (code !== 0) console.error(`${stdout}Run "cargo fmt" in "${crate}"`);
  return code === 0;
}

/**
 * Whether clippy has no warning, of either library. Inputs that it had nothing to say about are remembered: in a fresh clone it would look at
 * everything again.
 */
export function lint(places: NativePlaces, rust: Rust): CheckOutcome {
  const { crate, cache } = places;
  const inputs = inputsHash(sourcesHash(crate), rust);
  const passedFile = join(cache, 'linted');
  if (readPassed(passedFile).includes(inputs)) return true;
  const missing = cratesMissing(crate);
  if (missing !== undefined) return { missing };
  using _lock = lockTargets(cache);
  const clean = libraries.every(
    (library) => cargo(crate, ['clippy', ...cargoArguments(library, places), '--', '-D', 'warnings']).code === 0,
  );
  if (clean) writeFileSync(passedFile, [inputs, ...readPassed(passedFile)].slice(0, passedMax).join('\n'));
  return clean;
}

function readPassed(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
