/**
 * Two steps of the gate about the Rust of the native engine:
 *
 *     node scripts/check-native.ts format   rustfmt would change nothing
 *     node scripts/check-native.ts lint     clippy has no warning, of either library
 *
 * Ends with 77 where Rust, or that part of it, is not installed.
 */
import process from 'node:process';
import { skippedExitCode } from './check/run-step.ts';
import { type CheckOutcome, format, lint } from './native/lint.ts';
import { nativePlaces } from './native/places.ts';
import { type Rust, findRust } from './native/rust.ts';

const checks: Readonly<Record<string, { readonly component: string; readonly run: (rust: Rust) => CheckOutcome }>> = {
  format: { component: 'fmt', run: () => format(nativePlaces()) },
  lint: { component: 'clippy', run: (rust) => lint(nativePlaces(), rust) },
};

function check(name: string): CheckOutcome {
  const known = Object.hasOwn(checks, name) ? checks[name] : undefined;
  if (!known) throw new Error(`Cannot check "${name}": the checks are ${Object.keys(checks).join(', ')}`);
  const rust = findRust(nativePlaces().crate, [known.component]);
  return 'missing' in rust ? rust : known.run(rust);
}

const outcome = check(process.argv[2] ?? '');
if (typeof outcome === 'object') console.error(`the native engine was not looked at: ${outcome.missing} is missing`);
process.exitCode = outcome === true ? 0 : outcome === false ? 1 : skippedExitCode;
