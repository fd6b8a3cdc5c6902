/**
 * Plays the scenario on the store of the directory that it is given, and tells on stdout: `done N` for a step that has happened, and for one
 * that failed `failed N CODE`, whether the store shows it and how many files it left; then `readable` where all that was there can be read.
 * A failed step is tried once more.
 */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { toWireError } from '#wit/errors';
import { scenario, stateOf } from './store-scenario.ts';
import { StoreFixture } from './store-fixture.ts';

const [home = ''] = process.argv.slice(2);
const tell = (line: string): void => void writeSync(1, `${line}\n`);

async function play(fixture: StoreFixture): Promise<void> {
  const { store } = fixture;
  for (const [index, { run }] of scenario.entries()) {
    for (let attempts = 1; ; attempts += 1) {
      const before = stateOf(store);
      try {
        await run(store);
        tell(`done ${index}`);
        break;
      } catch (thrown) {
        const seen = stateOf(store) === before ? 'unseen' : 'seen';
        tell(`failed ${index} ${toWireError(thrown).code} ${seen} ${fixture.leftFiles()}`);
        await fixture.neededObjects();
        tell('readable');
        if (attempts > 1) return;
      }
    }
  }
}

try {
  using fixture = new StoreFixture({ versionsKept: 0 }, home);
  await play(fixture);
} catch (thrown) {
  tell(`stopped ${toWireError(thrown).code} ${String(thrown)}`);
}
