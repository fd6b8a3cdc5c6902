import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DiagnosticCollector } from '../../compiler/check/diagnostic.ts';
import { typeEnvironment } from '../../compiler/read/compiler-options.ts';
import { openProject } from '../../compiler/read/open-project.ts';
import { ts } from '../../compiler/read/typescript.js';
import { editorTypes, refreshEditorTypes } from '../../compiler/scaffold/editor-types.ts';
import { createProject } from '../../compiler/scaffold/new-project.ts';
import { templateNames } from '../../compiler/scaffold/templates.ts';
import { TemporaryProject } from './sample-project.ts';

const compilers = {
  'TypeScript 7': fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url)),
  'TypeScript 6': fileURLToPath(new URL('../../node_modules/typescript-6/bin/tsc', import.meta.url)),
};

/** What `tsc --noEmit` says of a project; declaration files are checked too. */
function typeCheck(compiler: string, directory: string): Promise<{ code: unknown; output: string }> {
  const args = [compiler, '--noEmit', '--pretty', 'false', '--skipLibCheck', 'false', '-p', directory];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: directory }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout }),
    );
  });
}

async function newProject(root: TemporaryProject, template: (typeof templateNames)[number]): Promise<string> {
  const directory = join(root.directory, `new-${template}`);
  await createProject({ name: `new-${template}`, template, directory });
  return directory;
}

describe.each(templateNames)('a new project of the template %s', (template) => {
  test.each(Object.entries(compilers))('has no type error for %s, with nothing installed', async (_name, compiler) => {
    using root = new TemporaryProject({});
    expect(await typeCheck(compiler, await newProject(root, template))).toEqual({ code: 0, output: '' });
  });
});

describe('the types for editors', () => {
  test.each(Object.entries(compilers))('let %s find a wrong use of the SDK', async (_name, compiler) => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    writeFileSync(
      join(directory, 'src', 'wrong.ts'),
      `import { kv } from '@aria/sdk';\nexport const wrong: Promise<void> = kv('a').set('key', 5);\n`,
    );
    const { code, output } = await typeCheck(compiler, directory);
    expect(code).not.toBe(0);
    expect(output).toMatch(/^src\/wrong\.ts\(2,\d+\): error TS2345: Argument of type 'number'/);
  });
  test('know the Web globals of tools, and neither the DOM nor Node', async () => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    writeFileSync(
      join(directory, 'src', 'globals.ts'),
      'export const there = [fetch, new URL("https://a.example"), structuredClone(1)];\nexport const absent = [document, process];\n',
    );
    const { output } = await typeCheck(compilers['TypeScript 7'], directory);
    expect(output.match(/Cannot find name '\w+'/g)).toEqual([
      "Cannot find name 'document'",
      "Cannot find name 'process'",
    ]);
  });
  test('have the doc comment of everything that the SDK exports, and an example', () => {
    const text = editorTypes().get('.aria/sdk.d.ts') ?? '';
    const file = ts.createSourceFile('sdk.d.ts', text, ts.ScriptTarget.ES2023, true);
    const undocumented = file.statements
      .filter((statement) => !ts.isExportDeclaration(statement) && ts.getJSDocCommentsAndTags(statement).length === 0)
      .map((statement) => statement.getText().split('\n', 1)[0]);
    // Of an overloaded function the first has it.
    expect(undocumented).toEqual([expect.stringMatching(/^declare function tool</)]);
    expect(text).toContain("const orders = kv('orders');");
  });
  test('have the options that arc itself uses', async () => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    const path = join(directory, '.aria', 'tsconfig.json');
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    const { options, errors } = ts.parseJsonConfigFileContent(
      config,
      ts.sys,
      join(directory, '.aria'),
      undefined,
      path,
    );
    expect(errors).toEqual([]);
    using empty = new TemporaryProject({});
    const collector = new DiagnosticCollector();
    const { ignoreDeprecations: _, paths, ...arc } = typeEnvironment(empty.directory, collector).options;
    const { configFilePath: _path, pathsBasePath: _base, paths: ownPaths, ...own } = options;
    expect(own).toEqual(arc);
    expect(Object.keys(ownPaths ?? {})).toEqual(Object.keys(paths ?? {}));
  });
  test('say that they are generated', () => {
    for (const text of editorTypes().values()) expect(text).toMatch(/^\/\/ Generated by arc.*: do not edit\.\n/);
  });
});

describe('refreshEditorTypes', () => {
  const paths = ['.aria/tsconfig.json', '.aria/sdk.d.ts', '.aria/globals.d.ts'];

  test('writes what differs and nothing else', async () => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    expect(await refreshEditorTypes(directory)).toEqual([]);
    const kept = statSync(join(directory, '.aria/globals.d.ts'), { bigint: true }).mtimeNs;
    writeFileSync(join(directory, '.aria/sdk.d.ts'), '// of an older arc\n');
    expect(await refreshEditorTypes(directory)).toEqual(['.aria/sdk.d.ts']);
    expect(readFileSync(join(directory, '.aria/sdk.d.ts'), 'utf8')).toBe(editorTypes().get('.aria/sdk.d.ts'));
    expect(statSync(join(directory, '.aria/globals.d.ts'), { bigint: true }).mtimeNs).toBe(kept);
    expect(readdirSync(join(directory, '.aria')).toSorted()).toEqual(['globals.d.ts', 'sdk.d.ts', 'tsconfig.json']);
  });
  test('makes the folder of a project that was just cloned, so that arc can read it', async () => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    rmSync(join(directory, '.aria'), { recursive: true });
    expect(
      openProject(directory)
        .read()
        .diagnostics.map(({ code }) => code),
    ).toContain('PROJECT_INVALID');
    expect(await refreshEditorTypes(directory)).toEqual(paths);
    expect(openProject(directory).read().diagnostics).toEqual([]);
  });
  test.each([
    ['has no such folder', {}],
    ['extends something else', { 'tsconfig.json': '{ "extends": "./base.json" }' }],
    ['has a folder of that name with other things in it, as a home directory has', { '.aria/cache/a': '' }],
  ])('leaves a project alone that %s', async (_what, files) => {
    using project = new TemporaryProject(files);
    expect(await refreshEditorTypes(project.directory)).toEqual([]);
    expect(existsSync(join(project.directory, '.aria/sdk.d.ts'))).toBe(false);
  });
  test('does not write through a link that leads out of the project', async () => {
    using outside = new TemporaryProject({ 'tsconfig.json': '{}' });
    using project = new TemporaryProject({ 'tsconfig.json': '{ "extends": "./.aria/tsconfig.json" }' });
    symlinkSync(outside.directory, join(project.directory, '.aria'));
    expect(await refreshEditorTypes(project.directory)).toEqual([]);
    expect(readdirSync(outside.directory)).toEqual(['tsconfig.json']);
  });
  test('leaves a project as it is where it cannot write', async () => {
    using root = new TemporaryProject({});
    const directory = await newProject(root, 'basic');
    rmSync(join(directory, '.aria/sdk.d.ts'));
    mkdirSync(join(directory, '.aria/sdk.d.ts'));
    expect(await refreshEditorTypes(directory)).toEqual([]);
  });
  test('leaves a single file and what is not there alone', async () => {
    using project = new TemporaryProject({ 'tool.ts': '' });
    expect(await refreshEditorTypes(join(project.directory, 'tool.ts'))).toEqual([]);
    expect(await refreshEditorTypes(join(project.directory, 'absent'))).toEqual([]);
  });
});
