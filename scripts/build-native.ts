/**
 * `npm run build:native`: builds the native engine and its compiler into `host/native/out/`, or takes them from where they are kept. Ends
 * with 77 where there is no Rust, without which the host runs tools on V8.
 */
import process from 'node:process';
import { skippedExitCode } from './check/run-step.ts';
import { buildNative } from './native/build.ts';
import { nativePlaces } from './native/places.ts';

const build = buildNative(nativePlaces());
if (build.kind === 'skipped') {
  console.error(`the native engine was not built, and V8 serves: ${build.missing} is missing`);
  process.exitCode = skippedExitCode;
} else {
  const { inputs, libraries } = build.record;
  const sizes = Object.entries(libraries).map(([name, { bytes }]) => `${name} ${(bytes / 1e6).toFixed(2)} MB`);
  console.log(
    `${build.kind === 'there' ? 'up to date' : build.kind}: ${sizes.join(', ')}, inputs ${inputs.slice(0, 16)}`,
  );
}
