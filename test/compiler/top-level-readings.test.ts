import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBuilder } from '#compiler';
import { TemporaryProject } from './sample-project.ts';

const packages = {
  'package.json': '{ "name": "readers", "version": "1.0.0", "description": "Readers" }',
  'node_modules/salted/package.json': '{ "name": "salted", "version": "1.0.0", "main": "index.js" }',
  'node_modules/salted/index.js':
    'exports.salt = Math.random();\nexports.since = Date.now();\nexports.make = () => Math.random();\n',
  'node_modules/salted/index.d.ts':
    'export declare const salt: number;\nexport declare const since: number;\nexport declare function make(): number;\n',
};
const code = 'TOP_LEVEL_CHANCE';

/** The code, the severity and the place of each diagnostic of a build. */
async function builtTwice(files: Readonly<Record<string, string>>): Promise<readonly (readonly string[])[]> {
  using project = new TemporaryProject({ ...packages, ...files });
  const setup = { directory: project.directory, cacheDirectory: join(project.directory, 'cache') };
  const said: (readonly string[])[] = [];
  for (let round = 0; round < 2; round += 1) {
    await using builder = createBuilder({ ...setup, components: 'hashes' });
    for (let build = 0; build < 2; build += 1) {
      const { diagnostics } = await builder.build();
      said.push(
        diagnostics.map((one) => `${one.severity} ${one.code} ${one.file}:${one.line}:${one.column} ${one.message}`),
      );
    }
  }
  return said;
}

test('a package that keeps randomness is warned of where it is imported, also where the component was kept', async () => {
  const said = await builtTwice({
    'src/guest.ts': `import { tool } from '@aria/sdk';
import { salt } from 'salted';

/** Gives the salt. */
export const give = tool({}, () => ({ salt }));
`,
  });
  const warning = expect.stringMatching(
    new RegExp(`^warning ${code} src/guest\\.ts:2:\\d+ .*the package "salted" reads randomness`),
  );
  expect(said[0]).toContainEqual(warning);
  expect(said.slice(1)).toEqual([said[0], said[0], said[0]]);
});

test('code of the author that a build sees reading is refused at its line', async () => {
  const [said] = await builtTwice({
    'src/guest.ts': `import { tool } from '@aria/sdk';

const ids = ['a', 'b'].map((name) => name + Math.random());
/** Gives the ids. */
export const give = tool({}, () => ({ ids }));
`,
  });
  expect(said).toEqual([
    expect.stringMatching(new RegExp(`^error ${code} src/guest\\.ts:3:\\d+ Cannot read randomness here`)),
  ]);
});

test('what the code of the author calls of a package while it is loaded is a warning', async () => {
  const [said] = await builtTwice({
    'node_modules/salted/index.js': 'exports.make = () => Math.random();\n',
    'src/guest.ts': `import { tool } from '@aria/sdk';
import { make } from 'salted';

const made = make();
/** Gives it. */
export const give = tool({}, () => ({ made }));
`,
  });
  expect(said).toEqual([expect.stringMatching(new RegExp(`^warning ${code} src/guest\\.ts:4:14 `))]);
});

test('a package that reads and keeps nothing, or a time as it is, is not spoken of', async () => {
  const [said] = await builtTwice({
    'node_modules/salted/index.js': 'exports.since = Date.now();\nexports.kind = typeof Math.random();\n',
    'src/guest.ts': `import { tool } from '@aria/sdk';
import { since } from 'salted';

/** Gives it. */
export const give = tool({}, () => ({ since }));
`,
  });
  expect(said).toEqual([]);
});

test('what a module that import() names reads, it reads in a call', async () => {
  const [said] = await builtTwice({
    'src/late.ts': 'export const id = Math.random();\n',
    'src/guest.ts': `import { tool } from '@aria/sdk';

/** Gives it. */
export const give = tool({}, async () => ({ id: (await import('./late.ts')).id }));
`,
  });
  expect(said).toEqual([]);
});
