import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject } from '../../compiler/scaffold/new-project.ts';
import { templateFiles, templateNames, templates } from '../../compiler/scaffold/templates.ts';
import { type ArcResult, type TemporaryDirectory, runArc, runArcWell, temporaryDirectory } from './run-arc.ts';

const arcPath = fileURLToPath(new URL('../../compiler/cli/bin.js', import.meta.url));
const driverPath = fileURLToPath(new URL('pseudo-terminal.py', import.meta.url));
const python = spawnSync('python3', ['-c', 'import pty']).status === 0 ? 'python3' : undefined;
const home = temporaryDirectory();
afterAll(() => home[Symbol.dispose]());

const arcIn = (directory: TemporaryDirectory, ...args: readonly string[]): Promise<ArcResult> =>
  runArc(args, { home: home.path, directory: directory.path });

/** Every file below a directory, relative to it. */
function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .toSorted();
}

/** `npm test` as its script says it, with the Node of these tests, and no network that it could ask. */
function npmTest(directory: string): Promise<{ code: unknown; output: string }> {
  const script = (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { scripts: { test: string } })
    .scripts.test;
  const environment = {
    ...process.env,
    PATH: `${join(process.execPath, '..')}${delimiter}${process.env['PATH'] ?? ''}`,
    ARC: arcPath,
    ARIA_HOME: home.path,
    NODE_OPTIONS: '',
  };
  return new Promise((resolve) => {
    execFile('sh', ['-c', script], { cwd: directory, env: environment }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout }),
    );
  });
}

describe.each(templateNames)('a project of the template %s', (template) => {
  const directory = temporaryDirectory();
  const name = `new-${template}`;
  const project = join(directory.path, name);
  let made: ArcResult;
  beforeAll(async () => {
    made = await arcIn(directory, 'new', name, '--template', template);
  });
  afterAll(() => directory[Symbol.dispose]());

  test('is made with its name in it, and the placeholder nowhere', () => {
    const { code, stdout, stderr } = made;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${name}\n` });
    expect(stderr).toContain(`made ${name}`);
    expect(stderr).toContain(`next: cd ${name}`);
    const files = filesBelow(project);
    expect(files).toEqual(
      expect.arrayContaining(['.gitignore', 'README.md', 'aria.toml', 'package.json', 'tsconfig.json']),
    );
    expect(files.filter((file) => readFileSync(join(project, file), 'utf8').includes('project-name'))).toEqual([]);
    expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({ name, type: 'module' });
  });
  test('has nothing that arc check complains of', async () => {
    const { code, stderr } = await runArc(['check', '.'], { home: home.path, directory: project });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|warning/) as string });
  });
  test('builds, and its own tests pass on what was built', async () => {
    const { code, output } = await npmTest(project);
    expect(output).toMatch(/pass [1-9]/);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/fail 0/) as string });
  });
  test('has a test that fails where a tool answers something else', async () => {
    const { tool } = templates[template].call;
    const [file = ''] = filesBelow(join(project, 'src')).filter((path) =>
      readFileSync(join(project, 'src', path), 'utf8').includes(`${tool}(`),
    );
    const path = join(project, 'src', file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(/return \{ (titles?|articles|expenses): [^\n]*/, (line) => line.replace('{', '{ ...[1],')),
    );
    expect(readFileSync(path, 'utf8')).not.toBe(text);
    expect((await npmTest(project)).code).not.toBe(0);
    writeFileSync(path, text);
  });
  test('runs the call that arc new suggests', async () => {
    const { tool, input } = templates[template].call;
    const output = await runArcWell(['run', '.', tool, '--input', input], { home: home.path, directory: project });
    expect(Object.keys(JSON.parse(output) as object).length).toBeGreaterThan(0);
  });
  test('is still right with every tunable of its aria.toml in use', async () => {
    const path = join(project, 'aria.toml');
    const text = readFileSync(path, 'utf8');
    const used = text.replace(/^# (?=\[|\w+ = )/gm, '');
    expect(used).not.toBe(text);
    writeFileSync(path, used);
    const { code, stderr } = await runArc(['check', '.'], { home: home.path, directory: project });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|warning/) as string });
    writeFileSync(path, text);
  });
});

describe('arc new', () => {
  test('takes the template basic where none is named and nobody can be asked', async () => {
    using directory = temporaryDirectory();
    const { stdout } = await arcIn(directory, 'new', 'my-tools', '--json');
    const made = JSON.parse(stdout) as { files: string[]; next: string[] };
    const path = join(directory.path, 'my-tools');
    expect(made).toMatchObject({ kind: 'done', name: 'my-tools', template: 'basic', path });
    expect(made.files.toSorted()).toEqual(filesBelow(path));
    expect(made.next[0]).toBe('cd my-tools');
  });
  test('without a name and without a terminal is a usage error', async () => {
    using directory = temporaryDirectory();
    const { code, stderr, stdout } = await arcIn(directory, 'new');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error USAGE Cannot run "arc new": the name of the project is missing');
    expect(filesBelow(directory.path)).toEqual([]);
  });
  test.each([
    ['My_Tools', 'my-tools'],
    ['invoiceKit', 'invoice-kit'],
    ['tools/sub', 'sub'],
    ['../escape', 'escape'],
    ['9lives', 'lives'],
    ['ends-', 'ends'],
    ['a'.repeat(65), 'a'.repeat(64)],
    ['***', 'my-tools'],
    ['.', 'my-tools'],
  ])('refuses the name "%s" and suggests "%s"', async (name, suggestion) => {
    using directory = temporaryDirectory();
    const { code, stdout } = await arcIn(directory, 'new', name, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'failed',
      error: { code: 'USAGE', remedy: `Run "arc new ${suggestion}"`, details: { suggestion } },
    });
    expect(readdirSync(directory.path)).toEqual([]);
  });
  test('names the template that was meant', async () => {
    using directory = temporaryDirectory();
    const { code, stderr } = await arcIn(directory, 'new', 'a', '--template', 'pipline');
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean "pipeline"? There are "basic", "agent", "pipeline"');
    expect(readdirSync(directory.path)).toEqual([]);
  });
  test('takes an empty directory', async () => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'empty'));
    expect((await arcIn(directory, 'new', 'empty')).code).toBe(0);
    expect(readdirSync(directory.path)).toEqual(['empty']);
  });
  test('leaves a directory that is not empty as it is', async () => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'full'));
    writeFileSync(join(directory.path, 'full', 'own.txt'), 'own');
    const { code, stderr } = await arcIn(directory, 'new', 'full');
    expect(code).toBe(2);
    expect(stderr).toContain('it exists and is not empty');
    expect(filesBelow(directory.path)).toEqual(['full/own.txt']);
  });
  test.each([
    ['a file', (path: string) => writeFileSync(path, '')],
    [
      'a link, even to an empty directory',
      (path: string) => (mkdirSync(`${path}.target`), symlinkSync(`${path}.target`, path)),
    ],
  ])('refuses a place where there is %s', async (_what, make) => {
    using directory = temporaryDirectory();
    make(join(directory.path, 'taken'));
    const before = readdirSync(directory.path);
    const { code, stderr } = await arcIn(directory, 'new', 'taken');
    expect(code).toBe(2);
    expect(stderr).toContain('it exists and is not a directory');
    expect(readdirSync(directory.path)).toEqual(before);
  });
});

test.each([['check'], ['build']])(
  'arc %s brings the editor types of a project up to date, and makes those of a fresh clone',
  async (command) => {
    using directory = temporaryDirectory();
    const project = join(directory.path, 'cloned');
    await createProject({ name: 'cloned', template: 'basic', directory: project });
    const types = join(project, '.aria', 'sdk.d.ts');
    const text = readFileSync(types, 'utf8');
    writeFileSync(types, '// of an older arc\n');
    await runArcWell([command, '.'], { home: home.path, directory: project });
    expect(readFileSync(types, 'utf8')).toBe(text);
    rmSync(join(project, '.aria'), { recursive: true });
    await runArcWell([command, '.'], { home: home.path, directory: project });
    expect(readFileSync(types, 'utf8')).toBe(text);
  },
);

describe('createProject', () => {
  test('leaves nothing where it is cancelled before the end', async () => {
    using directory = temporaryDirectory();
    const made = createProject({
      name: 'half',
      template: 'basic',
      directory: join(directory.path, 'half'),
      signal: AbortSignal.abort(),
    });
    await expect(made).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readdirSync(directory.path)).toEqual([]);
  });
  test('says why it cannot write', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'file'), '');
    const made = createProject({ name: 'half', template: 'basic', directory: join(directory.path, 'file', 'half') });
    await expect(made).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('a part of its path is no directory') as string,
    });
  });
  test('of two at once for one place makes one, whole, and refuses the other', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'one');
    const outcomes = await Promise.allSettled(
      (['basic', 'agent'] as const).map((template) => createProject({ name: 'one', template, directory: path })),
    );
    const winner = outcomes[0]?.status === 'fulfilled' ? 'basic' : 'agent';
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(directory.path)).toEqual(['one']);
    expect(filesBelow(path)).toEqual(expect.arrayContaining([...templateFiles(winner, 'one').keys()]));
  });
});

describe.skipIf(python === undefined)('arc new at a terminal', () => {
  interface Shown {
    readonly code: number;
    readonly stdout: string;
    readonly terminal: string;
    /** Questions that were expected and did not come. */
    readonly unasked: readonly string[];
  }
  /** Answers questions: text that appears, keys that are then pressed. */
  const ask = (
    directory: TemporaryDirectory,
    args: readonly string[],
    answers: readonly (readonly [question: string, keys: string])[],
    columns = 80,
  ): Promise<Shown> =>
    new Promise((resolve, reject) => {
      execFile(
        python ?? '',
        [driverPath, String(columns), JSON.stringify(answers), process.execPath, arcPath, 'new', ...args],
        { cwd: directory.path, env: { ...process.env, ARIA_HOME: home.path, TERM: 'xterm', CI: '' } },
        (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout) as Shown)),
      );
    });
  const enter = '\r';
  const down = '\u001B[B';
  const interrupt = '\u0003';
  const nameQuestion = 'What is the project called?';
  const templateQuestion = 'What is to be in it?';

  test('asks for name and template, on stderr', async () => {
    using directory = temporaryDirectory();
    const { code, stdout, terminal, unasked } = await ask(
      directory,
      [],
      [
        [nameQuestion, `asked${enter}`],
        [templateQuestion, `${down}${enter}`],
      ],
    );
    expect({ code, stdout, unasked }).toEqual({ code: 0, stdout: 'asked\n', unasked: [] });
    expect(terminal).toContain('next:');
    expect(statSync(join(directory.path, 'asked', 'src', 'help-desk.ts')).isFile()).toBe(true);
  });
  test('asks again where no bundle can have the name', async () => {
    using directory = temporaryDirectory();
    const { code, stdout, unasked } = await ask(
      directory,
      ['--template', 'basic'],
      [
        [nameQuestion, `My Tools${enter}`],
        ['Lower-case words joined by dashes', `${'\u007F'.repeat(8)}mine${enter}`],
      ],
    );
    expect({ code, stdout, unasked }).toEqual({ code: 0, stdout: 'mine\n', unasked: [] });
  });
  test('asks only for what is missing', async () => {
    using directory = temporaryDirectory();
    const { code, stdout, terminal } = await ask(directory, ['given'], [[templateQuestion, enter]]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'given\n' });
    expect(terminal).not.toContain(nameQuestion);
    expect(statSync(join(directory.path, 'given', 'src', 'notes.ts')).isFile()).toBe(true);
  });
  test.each([
    ['a wrong name', ['Wrong_Name'], 2],
    ['--json', ['--json'], 2],
    ['everything given', ['whole', '--template', 'basic'], 0],
  ])('asks nothing with %s', async (_what, args, expected) => {
    using directory = temporaryDirectory();
    const { code, terminal } = await ask(directory, args, []);
    expect(code).toBe(expected);
    expect(terminal).not.toMatch(/What is/);
  });
  test('asks nothing on a terminal without columns, where questions cannot be drawn', async () => {
    using directory = temporaryDirectory();
    const { code, terminal } = await ask(directory, [], [], 0);
    expect(code).toBe(2);
    expect(terminal).toContain('the name of the project is missing');
  });
  test('writes nothing where the person gives up', async () => {
    using directory = temporaryDirectory();
    const { code, terminal } = await ask(
      directory,
      [],
      [
        [nameQuestion, `asked${enter}`],
        [templateQuestion, interrupt],
      ],
    );
    expect(code).toBe(130);
    expect(terminal).toContain('nothing was written');
    expect(readdirSync(directory.path)).toEqual([]);
  });
});
