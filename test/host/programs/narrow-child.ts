/** Runs a component in a process with little address space, and prints how its instance was allocated: `narrow-child.ts DIRECTORY`. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createWasmtimeEngine, openArtifactKey } from '#host';
import { limits, start } from '../../conformance/engine-subject.ts';

const [directory = ''] = process.argv.slice(2);
const engine = createWasmtimeEngine({ artifacts: { directory, key: await openArtifactKey(`${directory}/key`) } });
using component = await engine.load(readFileSync(`${directory}/component.wasm`));
using call = component.open(limits);
const { outcome } = await call.begin(start('{}'));
process.stdout.write(
  JSON.stringify({ allocation: engine.allocation, output: outcome.kind === 'done' ? outcome.output : outcome }),
);
process.exit(0);
