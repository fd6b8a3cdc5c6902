import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { afterAll, describe, expect, test } from 'vitest';
import { type BuildTarget, type BundledTools, bundleTools, openProject, sourceBytesMax, stopBundler } from '#compiler';
import { TemporaryProject, loadBundle, sampleNames, samplePath } from './sample-project.ts';

const packageJson = '{ "name": "sample", "version": "1.0.0", "description": "A sample" }';

afterAll(stopBundler);

/** Reads and bundles; the read has to be faultless. */
async function bundle(directory: string, target?: BuildTarget): Promise<BundledTools> {
  const project = openProject(directory, { target }).read();
  expect(project.diagnostics).toEqual([]);
  return bundleTools(project);
}

/** A package beside which a project lies, as a workspace installs it. */
const greeter = {
  'node_modules/greeter/package.json':
    '{ "name": "greeter", "version": "1.0.0", "main": "index.js", "types": "index.d.ts" }',
  'node_modules/greeter/index.js': 'exports.greet = (name) => require("./hello.js") + name;\n',
  'node_modules/greeter/hello.js': 'module.exports = "hello ";\n',
  'node_modules/greeter/index.d.ts': 'export declare function greet(name: string): string;\n',
  'node_modules/modern/package.json':
    '{ "name": "modern", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
  'node_modules/modern/index.js':
    'import { greet } from "greeter";\nexport const twice = (name) => greet(name) + greet(name);\n',
  'node_modules/modern/index.d.ts': 'export declare function twice(name: string): string;\n',
};
const greetingProject = {
  'package.json': packageJson,
  'src/guest.ts': `import { tool } from '@aria/sdk';
import { greet } from 'greeter';
import { twice } from 'modern';

/** Greets. */
export const hello = tool({}, (input: { name: string }) => greet(input.name) + twice(input.name));
`,
};

describe('the text of a bundle', () => {
  test('is the same bytes wherever the project and its packages lie', async () => {
    const above = Object.fromEntries(Object.entries(greeter).map(([path, text]) => [`../../${path}`, text]));
    using near = new TemporaryProject({ ...greetingProject, ...greeter });
    using far = new TemporaryProject({ ...greetingProject, ...above }, 'some/deep er/team/kit');
    const [one, two] = [await bundle(near.directory), await bundle(far.directory)];
    const text = ({ tools }: BundledTools): unknown => ({ ...tools.get('hello'), files: undefined });
    expect(text(two)).toEqual(text(one));
    expect(two.tools.get('hello')?.files.map((file) => existsSync(file))).toEqual([true, true, true, true]);
    expect(one.tools.get('hello')?.inputs).toEqual([
      'node_modules/greeter/hello.js',
      'node_modules/greeter/index.js',
      'node_modules/modern/index.js',
      'src/guest.ts',
    ]);
    expect(loadBundle(two.tools.get('hello')?.source ?? '').run({ name: 'Ada' })).toBe('hello Adahello Adahello Ada');
  });

  test('names no place outside of the project', async () => {
    const above = Object.fromEntries(Object.entries(greeter).map(([path, text]) => [`../../${path}`, text]));
    using project = new TemporaryProject({ ...greetingProject, ...above }, 'team/kit');
    const tool = (await bundle(project.directory)).tools.get('hello');
    for (const text of [tool?.source, tool?.sourceMap]) {
      expect(text).not.toContain(project.directory);
      expect(text).not.toContain('../');
    }
    expect(tool?.source).toContain('"node_modules/greeter/index.js"(exports');
  });

  test('does not change when another tool is bundled beside it', async () => {
    const first = "import { tool } from '@aria/sdk';\n/** First. */\nexport const first = tool({}, () => 1);\n";
    using alone = new TemporaryProject({ 'package.json': packageJson, 'src/first.ts': first });
    const before = (await bundle(alone.directory)).tools.get('first');
    alone.write({ 'src/second.ts': first.replaceAll('first', 'second').replace('First', 'Second') });
    expect((await bundle(alone.directory)).tools.get('first')).toEqual(before);
  });

  test('leaves out the other tools of a file and what only they import', async () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/heavy.ts': "export const heavy = 'a heavy thing';\n",
      'src/guest.ts': `import { tool } from '@aria/sdk';
import { heavy } from './heavy.ts';
const options = { description: 'An option that only arc reads' };
export const light = tool(options, () => 'light');
export const laden = tool({ ...options }, async () => heavy);
`,
    });
    const { tools } = await bundle(project.directory);
    expect(tools.get('light')?.source).not.toMatch(/heavy|laden|only arc reads/);
    expect(tools.get('laden')?.source).toContain('a heavy thing');
  });

  test('tells the engine the timeout of the tool', async () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts':
        "import { tool } from '@aria/sdk';\n/** Ends soon. */\nexport const soon = tool({ timeout: 250 }, () => null);\n",
    });
    expect(loadBundle((await bundle(project.directory)).tools.get('soon')?.source ?? '')).toMatchObject({
      blobs: false,
      timeoutMs: 250,
    });
  });

  test('calls the method on a new instance each time', async () => {
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': `import { tool } from '@aria/sdk';
export class Counter {
  #count = 0;
  /** Counts. */
  @tool({})
  next(): number {
    return (this.#count += 1);
  }
}
`,
    });
    const { run } = loadBundle((await bundle(project.directory)).tools.get('next')?.source ?? '');
    expect([run(undefined), run(undefined)]).toEqual([1, 1]);
  });

  test("keeps the author's own decorators at work, legacy and standard", async () => {
    const legacy = (await bundle(samplePath('project-legacy-decorators'))).tools.get('noted');
    expect(loadBundle(legacy?.source ?? '').run(undefined)).toEqual(['noted']);
    const standard = (await bundle(samplePath('project-standard-decorators'))).tools.get('doubled');
    expect(loadBundle(standard?.source ?? '').run({ n: 4 })).toBe(8);
  });

  test('requires the SDK only where something of it is left', async () => {
    const { tools } = await bundle(samplePath('authoring-class-methods'));
    expect(tools.get('count-lines')?.source).toContain('require("@aria/sdk")');
    const constant = (await bundle(samplePath('authoring-constant'))).tools.get('word-count');
    expect(constant?.source).not.toContain('require(');
  });

  test('reads a tsconfig.json of the project and none above it', async () => {
    using project = new TemporaryProject(
      {
        '../tsconfig.json':
          '{ "compilerOptions": { "experimentalDecorators": true, "useDefineForClassFields": false } }',
        'package.json': packageJson,
        'src/guest.ts':
          "import { tool } from '@aria/sdk';\nclass Base { set x(_: number) { throw new Error('set'); } }\nclass Derived extends Base {\n  // @ts-expect-error: a field over an accessor\n  x = 1;\n}\n/** Makes one. */\nexport const make = tool({}, () => new Derived().x);\n",
      },
      'kit',
    );
    expect(loadBundle((await bundle(project.directory)).tools.get('make')?.source ?? '').run(undefined)).toBe(1);
  });
});

describe('the source map', () => {
  test('leads to the line and column that the author wrote, past blanked decorators', async () => {
    const source = `import { tool } from '@aria/sdk';
const prefix = 'größer';
export class Kit {
  field = 1
  @tool({ description: 'Fails' }) fail(): never { throw new Error(prefix); }
}
export const other = tool({ description: 'Fails too' }, () => { throw new TypeError('other'); });
`;
    using project = new TemporaryProject({ 'package.json': packageJson, 'src/guest.ts': source });
    const { tools } = await bundle(project.directory);
    for (const [name, needle] of [
      ['fail', 'new Error('],
      ['other', 'new TypeError('],
    ] as const) {
      const tool = tools.get(name);
      const lines = tool?.source.split('\n') ?? [];
      const line = lines.findIndex((text) => text.includes(needle));
      const position = originalPositionFor(new TraceMap(tool?.sourceMap ?? ''), {
        line: line + 1,
        column: lines[line]?.indexOf(needle) ?? -1,
      });
      const authored = source.split('\n').findIndex((text) => text.includes(needle));
      expect(position).toMatchObject({
        source: 'src/guest.ts',
        line: authored + 1,
        column: source.split('\n')[authored]?.indexOf(needle),
      });
    }
  });

  test('carries the sources as the author wrote them', async () => {
    const tool = (await bundle(samplePath('authoring-constant'))).tools.get('word-count');
    const map = JSON.parse(tool?.sourceMap ?? '{}') as { sources: string[]; sourcesContent: string[] };
    expect(map.sources).toEqual(['guest.ts', 'aria-entry:word-count']);
    expect(map.sourcesContent[0]).toContain("tool({ name: 'word-count', description: 'Counts words' }");
  });
});

describe('what cannot be bundled', () => {
  const faulty = (code: string): TemporaryProject =>
    new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts':
        "import { tool } from '@aria/sdk';\nimport { load } from './load.ts';\n\n/** Loads. */\nexport const wrong = tool({}, () => load());\n",
      'src/load.ts': "// größer\nimport { outer } from 'outer';\n\nexport const load = (): string => outer();\n",
      'node_modules/outer/index.js': "import { inner } from 'inner';\nexport const outer = () => inner();\n",
      'node_modules/outer/index.d.ts': 'export declare function outer(): string;\n',
      'node_modules/inner/index.js': code,
    });

  test('a package that imports a built-in module of Node is shown at the import of the project, with the chain', async () => {
    using project = faulty(
      "import { readFileSync } from 'fs';\nexport const inner = () => readFileSync('x', 'utf8');\n",
    );
    const { tools, diagnostics } = await bundle(project.directory, 'wasm');
    expect(tools.size).toBe(0);
    expect(diagnostics).toEqual([
      {
        code: 'NODE_BUILTIN',
        severity: 'error',
        message:
          'Cannot import "fs" by way of src/guest.ts → src/load.ts → node_modules/outer/index.js → node_modules/inner/index.js: tools run without Node',
        remedy: expect.stringContaining('@aria/sdk'),
        file: 'src/load.ts',
        line: 2,
        column: 23,
        endColumn: 30,
      },
    ]);
  });

  test('a package that awaits at its top level is shown at the import of the project', async () => {
    using project = faulty('await Promise.resolve();\nexport const inner = () => "x";\n');
    const { diagnostics } = await bundle(project.directory);
    expect(diagnostics).toMatchObject([{ code: 'TOP_LEVEL_AWAIT', file: 'src/load.ts', line: 2, column: 23 }]);
  });

  test('a package that lacks a dependency of its own is shown at the import of the project', async () => {
    using project = faulty('import "gone";\nexport const inner = () => "x";\n');
    const { diagnostics } = await bundle(project.directory);
    expect(diagnostics).toMatchObject([
      { code: 'IMPORT_UNRESOLVED', message: expect.stringContaining('"gone" by way of'), file: 'src/load.ts', line: 2 },
    ]);
  });

  test('a package that does not parse is shown at the import of the project', async () => {
    using project = faulty('export const inner = ;\n');
    const { diagnostics } = await bundle(project.directory);
    expect(diagnostics).toMatchObject([
      { code: 'SOURCE_INVALID', message: expect.stringContaining('inner/index.js'), file: 'src/load.ts', line: 2 },
    ]);
  });

  test('a built-in module that a package only tries is left for run time', async () => {
    using project = faulty(
      'let fs; try { fs = require("fs"); } catch { fs = undefined; }\nexports.inner = () => typeof fs;\n',
    );
    const { tools, diagnostics } = await bundle(project.directory);
    expect(diagnostics).toEqual([]);
    expect(loadBundle(tools.get('wrong')?.source ?? '').run(undefined)).toBe('undefined');
  });

  test('a text at the maximum passes, and one byte more does not', async () => {
    const guest = (length: number): string =>
      `import { tool } from '@aria/sdk';\nimport { text } from './text.js';\n/** Gives it. */\nexport const give = tool({}, () => text.length + ${length} - ${length});\n`;
    const text = (length: number): string => `export const text = "${'x'.repeat(length)}";\n`;
    const types = { 'src/text.d.ts': 'export declare const text: string;\n' };
    using project = new TemporaryProject({
      'package.json': packageJson,
      ...types,
      'src/guest.ts': guest(1),
      'src/text.js': text(10),
    });
    const overhead = Buffer.byteLength((await bundle(project.directory, 'wasm')).tools.get('give')?.source ?? '') - 10;
    project.write({ 'src/text.js': text(sourceBytesMax - overhead) });
    const full = await bundle(project.directory, 'wasm');
    expect(Buffer.byteLength(full.tools.get('give')?.source ?? '')).toBe(sourceBytesMax);
    project.write({ 'src/text.js': text(sourceBytesMax - overhead + 1) });
    const over = await bundle(project.directory, 'wasm');
    expect(over.tools.size).toBe(0);
    expect(over.diagnostics).toMatchObject([
      { code: 'BUNDLE_SOURCE_TOO_LARGE', file: 'src/guest.ts', line: 4, column: 14 },
    ]);
  });
});

test('bundling works again after the bundler was stopped, and stopping twice is fine', async () => {
  await stopBundler();
  await stopBundler();
  expect((await bundle(samplePath('authoring-constant'))).tools.size).toBe(1);
});

test('every sample without errors gives the same text twice', async () => {
  for (const name of sampleNames().filter((sample) =>
    existsSync(join(import.meta.dirname, 'samples', sample, 'expected.json')),
  )) {
    const project = openProject(samplePath(name)).read();
    const [one, two] = await Promise.all([bundleTools(project), bundleTools(project)]);
    expect({ name, ...two }).toEqual({ name, ...one });
  }
});
