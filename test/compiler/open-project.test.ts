import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReadProject, openProject } from '#compiler';
import { TemporaryProject, samplePath } from './sample-project.ts';

const packageJson = '{ "name": "sample", "version": "1.0.0", "description": "A sample" }';
const guest = (type: string): string =>
  `import { tool } from '@aria/sdk';\nimport type { Input } from './input.ts';\n/** Takes. */\nexport const take = tool({}, (input: Input) => ${type});\n`;

function inputTypes({ tools }: ReadProject): unknown {
  return tools.map(({ name, inputSchema }) => [name, inputSchema['properties']]);
}

describe('reading again', () => {
  test('sees a change in a file that another file imports, and a change back', () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': guest('null'),
      'src/input.ts': 'export interface Input { a: string }\n',
    });
    const reader = openProject(project.directory);
    const first = reader.read();
    expect(inputTypes(first)).toEqual([['take', { a: { type: 'string' } }]]);
    project.write({ 'src/input.ts': 'export interface Input { a: number }\n' });
    expect(inputTypes(reader.read())).toEqual([['take', { a: { type: 'number' } }]]);
    project.write({ 'src/input.ts': 'export interface Input { a: string }\n' });
    expect(reader.read()).toEqual(first);
  });

  test('sees files that appear and files that go', () => {
    using project = new TemporaryProject({ 'package.json': packageJson, 'src/guest.ts': guest('null') });
    const reader = openProject(project.directory);
    expect(reader.read().diagnostics).toMatchObject([{ code: 'TS2307', file: 'src/guest.ts', line: 2 }]);
    project.write({ 'src/input.ts': 'export interface Input { b: boolean }\n' });
    expect(reader.read()).toMatchObject({ diagnostics: [], tools: [{ name: 'take' }] });
    project.write({
      'src/more.ts': "import { tool } from '@aria/sdk';\n/** More. */\nexport const more = tool({}, () => 1);\n",
    });
    expect(reader.read().tools.map(({ name }) => name)).toEqual(['more', 'take']);
    project.remove('src/guest.ts');
    expect(reader.read().tools.map(({ name }) => name)).toEqual(['more']);
  });

  test('sees changes of package.json and tsconfig.json', () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': guest('input.a.length'),
      'src/input.ts': 'export interface Input { a?: string }\n',
    });
    const reader = openProject(project.directory);
    expect(reader.read().diagnostics).toMatchObject([{ code: 'TS18048' }]);
    project.write({
      'tsconfig.json': '{ "compilerOptions": { "strict": false } }',
      'package.json': packageJson.replace('1.0.0', '1.0.1'),
    });
    expect(reader.read()).toMatchObject({
      diagnostics: [],
      version: '1.0.1',
      tsconfig: join(project.directory, 'tsconfig.json'),
    });
  });

  test('sees a package that was installed anew', () => {
    const declaration = (type: string): string => `export interface Input { a: ${type} }\n`;
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': guest('null').replace('./input.ts', 'inputs'),
      'node_modules/inputs/index.d.ts': declaration('string'),
    });
    const reader = openProject(project.directory);
    expect(inputTypes(reader.read())).toEqual([['take', { a: { type: 'string' } }]]);
    project.write({ 'node_modules/inputs/index.d.ts': declaration('boolean') });
    expect(inputTypes(reader.read())).toEqual([['take', { a: { type: 'boolean' } }]]);
  });
});

/** A project in which each file says something of others, and edits that change what is said elsewhere. */
const entangled = {
  'package.json': packageJson,
  'src/order.ts': 'export interface Order { id: string; store: Store }\nimport type { Store } from "./store.ts";\n',
  'src/store.ts': `import { kv } from '@aria/sdk';
export abstract class Store { abstract save(): Promise<void>; }
export class Orders extends Store { async save() { await kv('orders').setJson('a', 1); } }
`,
  'src/take.ts': `import { tool } from '@aria/sdk';
import type { Order } from './order.ts';
import { Orders } from './store.ts';
import './effects.ts';
/** Takes. */
export const take = tool({ tokens: ['kv:orders:rw'] }, async (input: { id: Order['id'] }) => {
  await new Orders().save();
  return input.id.length;
});
`,
  'src/effects.ts': 'export const loaded: number = limit;\n',
  'src/globals.d.ts': 'declare const limit: number;\n',
  'src/apart.ts': `import { tool } from '@aria/sdk';
/** Apart. */
export const apart = tool({}, () => 1);
`,
};

const edits: readonly (readonly [what: string, files: Readonly<Record<string, string>>, codes: readonly string[]])[] = [
  ['a file apart', { 'src/apart.ts': entangled['src/apart.ts'].replace('1', '2') }, []],
  [
    'a type that another file is typed by',
    { 'src/order.ts': entangled['src/order.ts'].replace('string', 'number') },
    ['TS2339'],
  ],
  ['the type again', { 'src/order.ts': entangled['src/order.ts'] }, []],
  ['a declaration that all files see', { 'src/globals.d.ts': 'declare const limit: string;\n' }, ['TS2322']],
  ['the declaration again', { 'src/globals.d.ts': entangled['src/globals.d.ts'] }, []],
  [
    'what code of another file touches',
    { 'src/store.ts': entangled['src/store.ts'].replace("'orders'", "'others'") },
    ['TOKEN_NOT_DECLARED'],
  ],
  ['what it touches, again', { 'src/store.ts': entangled['src/store.ts'] }, []],
  [
    'an import that leads nowhere',
    {
      'src/effects.ts':
        'import "./later.ts";\nimport { late } from "./later.ts";\nexport const loaded: number = late;\n',
    },
    ['TS2307', 'TS2882'],
  ],
  ['where it leads, later', { 'src/later.ts': 'export const late = "text";\n' }, ['TS2322']],
  ['where it leads, corrected', { 'src/later.ts': 'export const late = 1;\n' }, []],
  ['an import of a package that is not there', { 'src/later.ts': "export { late } from 'late';\n" }, ['TS2307']],
  [
    'the package, which has no types',
    {
      'node_modules/late/package.json': '{ "name": "late", "version": "1.0.0", "main": "index.js" }',
      'node_modules/late/index.js': 'exports.late = 1;\n',
    },
    ['TS7016'],
  ],
  ['the import without the package', { 'src/later.ts': 'export const late = 1;\n' }, []],
  [
    'a module that says something of the global scope',
    { 'src/apart.ts': `${entangled['src/apart.ts']}declare global { interface String { length2: number } }\n` },
    [],
  ],
  [
    'a use of what it says',
    { 'src/take.ts': entangled['src/take.ts'].replace('input.id.length', 'input.id.length2') },
    [],
  ],
  ['the module without it', { 'src/apart.ts': entangled['src/apart.ts'] }, ['TS2551']],
];

test('reading again after any edit says what reading anew says', () => {
  using project = new TemporaryProject(entangled);
  const reader = openProject(project.directory);
  expect(reader.read().diagnostics).toEqual([]);
  for (const [what, files, codes] of edits) {
    project.write(files);
    const again = reader.read();
    expect({ what, ...again }).toEqual({ what, ...openProject(project.directory).read() });
    expect({ what, codes: again.diagnostics.map(({ code }) => code).toSorted() }).toEqual({ what, codes });
  }
});

describe('what is read', () => {
  test('does not depend on where the project lies', () => {
    const files = {
      'package.json': packageJson,
      'src/guest.ts': guest('input'),
      'src/input.ts': 'export interface Input { a: "x" | "y"; b: Input[]; c: Date }\n',
    };
    using one = new TemporaryProject(files);
    using two = new TemporaryProject(files, 'else where/node_modules/kit');
    const portable = ({ tools, diagnostics }: ReadProject): unknown => ({ tools, diagnostics });
    expect(portable(openProject(two.directory).read())).toEqual(portable(openProject(one.directory).read()));
  });

  test('does not depend on which other types the program holds', () => {
    const union = 'export interface Input { a: { kind: "z" } | { kind: "a" } | string | number[]; b: "m" | "c" }\n';
    const noise =
      'export const noise: ("c" | number[] | { kind: "a" })[] = ["c"];\nexport type More = { kind: "a" } | "m" | "zz";\n';
    using one = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': guest('null'),
      'src/input.ts': union,
    });
    using two = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': guest('null'),
      'src/input.ts': union,
      'src/aaa.ts': noise,
    });
    const text = ({ tools }: ReadProject): string => JSON.stringify(tools);
    expect(text(openProject(two.directory).read())).toBe(text(openProject(one.directory).read()));
  });

  test('lists the files of the user, for watching', () => {
    const directory = samplePath('authoring-several-files');
    expect(openProject(directory).read().files).toEqual(
      ['src/a.ts', 'src/deep/b.ts', 'src/limits.ts'].map((file) => join(directory, file)),
    );
  });

  test('lists what else it depends on: types of packages, types outside of the project, and configuration', () => {
    using project = new TemporaryProject(
      {
        'package.json': packageJson,
        'tsconfig.json': '{ "extends": "../tsconfig.base.json" }',
        '../tsconfig.base.json': '{ "compilerOptions": { "strict": true } }',
        '../inputs.ts': 'export interface Input { a: string }\n',
        '../node_modules/more/index.d.ts': 'export interface More { b: string }\n',
        'src/guest.ts': guest('null')
          .replace('./input.ts', '../../inputs.ts')
          .replace('/** Takes', "import type { More } from 'more';\nexport type Both = Input & More;\n/** Takes"),
      },
      'team/kit',
    );
    const { diagnostics, typeFiles, configuration } = openProject(project.directory).read();
    const paths = (...names: readonly string[]): readonly string[] =>
      names.map((name) => join(project.directory, name));
    expect(diagnostics).toEqual([]);
    expect(typeFiles).toEqual(paths('../inputs.ts', '../node_modules/more/index.d.ts'));
    expect(configuration).toEqual(paths('package.json', 'aria.toml', 'tsconfig.json', '../tsconfig.base.json'));
  });

  test('never executes user code', () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts':
        "import { tool } from '@aria/sdk';\nthrow new Error('executed');\n/** After. */\nexport const after = tool({ timeout: 5 }, () => null);\n",
      'tsconfig.json': '{ "compilerOptions": { "allowUnreachableCode": true } }',
    });
    expect(openProject(project.directory).read()).toMatchObject({
      diagnostics: [],
      tools: [{ name: 'after', timeoutMs: 5 }],
    });
  });
});

describe('where there is nothing to read', () => {
  test('a path that does not exist is NOT_FOUND', () => {
    using project = new TemporaryProject({});
    expect(() => openProject(join(project.directory, 'gone'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  test('a file that is no TypeScript is NOT_FOUND', () => {
    using project = new TemporaryProject({ 'guest.js': '' });
    expect(() => openProject(join(project.directory, 'guest.js'))).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  test('a project that goes away between two reads is NOT_FOUND', () => {
    using project = new TemporaryProject({ 'package.json': packageJson, 'kit/src/guest.ts': 'export {};\n' });
    const reader = openProject(join(project.directory, 'kit'));
    reader.read();
    project.remove('kit');
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});
