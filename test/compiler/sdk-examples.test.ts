import { globSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openProject } from '../../compiler/read/open-project.ts';
import { type DocumentationBlock, type Surroundings, blocksOf, examplesOf, moduleOf } from './documentation-blocks.ts';
import { TemporaryProject } from './sample-project.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const filesOf = (pattern: string): readonly string[] => globSync(pattern, { cwd: root }).toSorted();

const examples = filesOf('guests/sdk/*.ts').flatMap((path) => examplesOf(path, root));
const blocks = ['README.md', ...filesOf('guests/**/README.md'), ...filesOf('docs/*.md')].flatMap((path) =>
  blocksOf(path, root),
);

/** What the text around an example has said already, by the names that the examples use for it. */
const surroundings: Surroundings = {
  sdk: new Set([...(await import('#sdk').then(Object.keys))].filter((name) => name !== 'default')),
  declarations: {
    bytes: 'declare const bytes: Uint8Array;',
    count: 'declare let count: number;',
    embedding: 'declare const embedding: readonly number[];',
    id: 'declare const id: string;',
    makeRoom: 'declare function makeRoom(): Promise<void>;',
    messages: "import type { Message } from '@aria/sdk';\ndeclare const messages: readonly Message[];",
    model: 'declare const model: string;',
    nextPage: 'declare function nextPage(): Promise<boolean>;',
    numbers: 'declare const numbers: Float32Array;',
    shader: 'declare const shader: string;',
    url: 'declare const url: string;',
    z: "import { z } from 'zod';",
    Clerk: "import { Clerk } from './clerk.ts';",
  },
};

/** What examples name that another file of their project declares, by that name. */
const otherFiles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sumLines: {
    'sum-lines.ts': `import { tool } from '@aria/sdk';
export const sumLines = tool({ name: 'sumLines', description: 'Adds line totals' },
  (input: { lines: number[] }) => ({ total: input.lines.reduce((a, b) => a + b, 0) }));
`,
  },
  Clerk: {
    'clerk.ts': `import { agent } from '@aria/sdk';
/** Checks invoices. */
@agent({ task: 'Verify totals', tools: [] })
export class Clerk {}
`,
  },
  auditor: {
    'auditor.ts': `import { agent } from '@aria/sdk';
@agent({ name: 'auditor', description: 'Looks again', task: 'Look again', tools: [] })
export class Auditor {}
`,
  },
};

/** A bundle has a tool; this one has the tokens of what no tool does. */
const carrier = `import { tool } from '@aria/sdk';
export const carrier = tool({ name: 'carrier', description: 'Carries the examples', tokens: ['kv:*:rw', 'fs:*:rw', 'net:*:*',
  'vector:*:rw', 'llm:*:*', 'gpu:any:compute', 'tool:*:call', 'agent:*:call', 'context:session:append'] }, () => ({}));
`;
const description = '{ "name": "examples", "version": "1.0.0", "description": "Examples", "type": "module" }';

/** The errors that arc has with a project of these files below src/. */
function errorsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const inSource = Object.entries(files).map(([path, text]) => [`src/${path}`, text] as const);
  using project = new TemporaryProject({ 'package.json': description, ...Object.fromEntries(inSource) });
  symlinkSync(join(root, 'node_modules'), join(project.directory, 'node_modules'));
  return openProject(project.directory)
    .read()
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`);
}

/** The files of a project that an example is part of. */
function projectOf({ text }: DocumentationBlock): Readonly<Record<string, string>> {
  const { kind, text: module, uses } = moduleOf(text, surroundings);
  const declaresTool = kind === 'member' || /\btool\(/.test(text);
  const others = Object.entries(otherFiles)
    .filter(([name]) => uses.has(name) && !new RegExp(`\\b(?:class|const|async) ${name}\\b`).test(text))
    .map(([, files]) => files);
  return Object.assign({ 'example.ts': module }, declaresTool ? {} : { 'carrier.ts': carrier }, ...others) as Record<
    string,
    string
  >;
}

const all = [...examples, ...blocks];
const kinds = all.map((block) => ({ block, kind: moduleOf(block.text, surroundings).kind }));

test('the documentation has examples, and each of them is TypeScript', () => {
  expect(examples.length).toBeGreaterThanOrEqual(20);
  expect(blocks.length).toBeGreaterThanOrEqual(1);
  expect(kinds.filter(({ kind }) => kind === 'malformed').map(({ block }) => block.place)).toEqual([]);
});

describe('examples of the documentation', () => {
  test('that are statements compile, each in a function of a module of its own', () => {
    const statements = kinds.filter(({ kind }) => kind === 'statements').map(({ block }) => block);
    const files = Object.fromEntries(
      statements.map(({ place, text }) => [`${place.replace(/\W+/g, '-')}.ts`, moduleOf(text, surroundings).text]),
    );
    expect(errorsOf({ ...files, 'carrier.ts': carrier })).toEqual([]);
  });
  test.each(kinds.filter(({ kind }) => kind !== 'statements').map(({ block }) => [block.place, block] as const))(
    'at %s compile as a project',
    (_place, block) => {
      expect(errorsOf(projectOf(block))).toEqual([]);
    },
  );
});

test.each(filesOf('guests/{examples,templates}/*/package.json').map((path) => join(path, '..')))(
  'the project %s compiles',
  (path) => {
    const { diagnostics } = openProject(join(root, path)).read();
    // What the tsconfig.json of a template extends is made by arc new.
    const errors = diagnostics.filter(({ severity, file }) => severity === 'error' && file !== 'tsconfig.json');
    expect(errors).toEqual([]);
  },
);

describe('the check of examples', () => {
  test.each([
    ['a misspelt function', "await kv('orders').getJsn('4711');\n", 'TS2551'],
    [
      'an option that does not exist',
      "@aria({ name: 'a', version: '1.0.0', text: 'x' })\nexport class A {}\n",
      'OPTION_UNKNOWN',
    ],
    ['a value that is undeclared', 'log.info(nobody);\n', 'TS2304'],
  ])('finds %s', (_what, text, code) => {
    expect(errorsOf(projectOf({ place: 'here', text })).join('\n')).toContain(code);
  });
});
