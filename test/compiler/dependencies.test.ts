/** Dependencies of a project: what aria.toml may say, what has to be installed, and references to what other bundles have. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Diagnostic, type ReadProject, createBuilder, openProject } from '#compiler';
import { archivePath } from '../../compiler/packages/installed-packages.ts';
import { type LockedBundle, printLock } from '../../compiler/packages/lock-file.ts';
import type { PackageContent } from '../../compiler/packages/package-registry.ts';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { samplePackage } from './packages/sample-package.ts';
import { TemporaryProject } from './sample-project.ts';

const kit = samplePackage({ version: '0.2.3' });
let project: TemporaryProject;
beforeEach(() => (project = new TemporaryProject({}, 'home/books')));
afterEach(() => project[Symbol.dispose]());

const packages = (): string => join(project.directory, '../registry-cache');
const head = '[project]\nname = "books"\nversion = "1.0.0"\ndescription = "Books"\n\n';
const own = `import { agent, pipeline, team, tool } from '@aria/sdk';
/** Counts. */
export const wordCount = tool({}, (input: { text: string }) => ({ words: input.text.length }));
`;

function locked({ bundle }: PackageContent): LockedBundle {
  const { manifest, hash, manifestHash } = bundle;
  const { name, version, dependencies = {} } = manifest;
  return { name, version, hash, manifestHash, dependencies };
}

/** Puts bundles where `arc install` would, and locks them. */
function installed(...contents: readonly PackageContent[]): void {
  mkdirSync(packages(), { recursive: true });
  for (const { archive, bundle } of contents) writeFileSync(archivePath(packages(), bundle.hash), archive);
  project.write({ 'aria.lock': printLock(contents.map(locked)) });
}

function read(toml: string, source = own): ReadProject {
  project.write({
    'aria.toml': head + toml,
    'src/guest.ts': source.replace(/agent, |pipeline, |team, /g, (word) =>
      source.includes(`@${word.slice(0, -2)}(`) ? word : '',
    ),
  });
  return openProject(project.directory, { packagesDirectory: packages() }).read();
}

function told({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] {
  return diagnostics.map(({ code, file, line, message, remedy }) => `${file}:${line} ${code} ${message} | ${remedy}`);
}

const needsKit = '[dependencies]\ninvoice-kit = "^0.2"\n';

describe('[dependencies]', () => {
  test.each([
    [
      '"Invoice Kit" = "^1"',
      'on "Invoice Kit": a name is lower-case words joined by dashes, at most 64 characters | Write invoice-kit = "^1.0"',
    ],
    ['books = "^1"', 'on "books": that is this very bundle | Remove it'],
    [
      'invoice-kit = "newest"',
      'on "invoice-kit" "newest": it is no range of semantic versions | Write invoice-kit = "^1.0"',
    ],
    ['invoice-kit = ">2 <1"', 'on "invoice-kit" ">2 <1": no version can lie in it | Write invoice-kit = "^1.0"'],
    ['invoice-kit = 1', 'on "invoice-kit": its range has to be a text | Write invoice-kit = "^1.0"'],
  ])('%s is refused at its line', (line, state) => {
    expect(told(read(`[dependencies]\n# What it needs\n${line}\n`))).toEqual([
      `aria.toml:8 DEPENDENCY_INVALID Cannot depend ${state}`,
    ]);
  });

  test('more than a manifest holds are refused', () => {
    const lines = Array.from({ length: 65 }, (_, index) => `b${index} = "^1"\n`).join('');
    expect(told(read(`[dependencies]\n${lines}`))).toEqual([
      'aria.toml:6 DEPENDENCY_INVALID Cannot depend on 65 bundles: a bundle may depend on 64 | Split the project',
    ]);
  });

  test('a table that is none, and keys of [registry] that are none, are told as of other tables', () => {
    expect(told(read('[registry]\nurl = "x"\n'))).toEqual([
      'aria.toml:7 TUNING_UNKNOWN Cannot use "url": [registry] has no such key | Remove it; there are path',
    ]);
    expect(told(read('[[dependencies]]\nname = "x"\n'))[0]).toContain('TUNING_INVALID');
  });

  test('one that is not installed, in another version, gone or damaged is told at its line', () => {
    const missing = (state: string): readonly string[] => [
      `aria.toml:7 DEPENDENCY_MISSING Cannot use the dependency "invoice-kit": ${state} | Run "arc install"`,
    ];
    expect(told(read(needsKit))).toEqual(missing('it is not installed'));
    installed(samplePackage({ version: '0.1.0' }));
    expect(told(read(needsKit))).toEqual(missing('aria.lock has invoice-kit 0.1.0, which is not in ^0.2'));
    installed(kit);
    expect(told(read(needsKit))).toEqual([]);
    writeFileSync(archivePath(packages(), kit.bundle.hash), 'PK');
    expect(told(read(needsKit))).toEqual(missing('what is kept of it is corrupt'));
    writeFileSync(archivePath(packages(), kit.bundle.hash), samplePackage({ version: '0.2.9' }).archive);
    expect(told(read(needsKit))).toEqual(missing('what is kept of it is corrupt'));
    rmSync(archivePath(packages(), kit.bundle.hash));
    expect(told(read(needsKit))).toEqual(missing('it is not on this machine'));
  });

  test('a lock file that lies about a bundle is not believed', () => {
    installed(kit);
    project.write({ 'aria.lock': printLock([{ ...locked(kit), version: '0.2.9' }]) });
    expect(told(read(needsKit))).toEqual([
      'aria.toml:7 DEPENDENCY_MISSING Cannot use the dependency "invoice-kit": aria.lock says something else of it than it does itself | Run "arc install"',
    ]);
  });

  test('a lock file that is broken is told at its place, once', () => {
    installed(kit);
    project.write({ 'aria.lock': 'format = 1\n[[bundle]\n' });
    expect(told(read(needsKit))).toEqual([expect.stringMatching(/^aria\.lock:2 DEPENDENCY_INVALID /)]);
  });

  test('the lock file is part of what the project is configured by, where it has dependencies', () => {
    installed(kit);
    expect(read(needsKit).configuration).toContain(join(project.directory, 'aria.lock'));
    expect(read('').configuration).not.toContain(join(project.directory, 'aria.lock'));
  });
});

describe('references', () => {
  const clerk = (reference: string): string => `${own}
/** Checks. */
@agent({ task: 'Check', tools: ['${reference}'] })
export class Clerk {}
`;

  test.each([
    ['invoice-kit/sumLine', '"invoice-kit" 0.2.3 has no tool "sumLine"', "Write 'invoice-kit/sumLines'"],
    [
      'invoice-kit/nothing-like-it',
      '"invoice-kit" 0.2.3 has no tool "nothing-like-it"',
      'Name one of sumLines, wordCount',
    ],
    ['invoice-kti/sumLines', 'aria.toml has no dependency "invoice-kti"', "Write 'invoice-kit/sumLines'"],
    ['mail-merge/send', 'aria.toml has no dependency "mail-merge"', 'Run "arc install mail-merge"'],
    ['books/wordCount', '"books" is this very bundle', "Write 'wordCount'"],
    ['sumLines', 'there is no tool "sumLines"', "Write 'invoice-kit/sumLines'"],
  ])('%s is told with what to write', (reference, state, remedy) => {
    installed(kit);
    expect(told(read(needsKit, clerk(reference)))).toEqual([
      `src/guest.ts:6 REFERENCE_UNKNOWN Cannot refer to it: ${state} | ${remedy}`,
    ]);
  });

  test('of one that is not installed only that is said', () => {
    expect(told(read(needsKit, clerk('invoice-kit/anything')))).toEqual([
      expect.stringContaining('aria.toml:7 DEPENDENCY_MISSING'),
    ]);
  });

  test('a team of another bundle cannot be a step, since no token allows to call it', () => {
    installed(kit);
    const source = `${own}
/** Runs. */
@pipeline({ steps: [{ id: 'a', type: 'team', team: 'invoice-kit/desk' }] })
export class Run {}
`;
    expect(told(read(needsKit, source))).toEqual([
      expect.stringContaining('"invoice-kit/desk" is of another bundle, and no token allows to call a team there'),
    ]);
  });

  test('a tool of the project is meant by its name alone, and one of a dependency by both', () => {
    installed(kit);
    const source = `${own}
/** Checks. */
@agent({ task: 'Check', tools: ['wordCount', 'invoice-kit/wordCount'] })
export class Clerk {}
`;
    const { agents, dependencies, diagnostics } = read(needsKit, source);
    expect(diagnostics).toEqual([]);
    expect(dependencies).toEqual({ 'invoice-kit': '^0.2' });
    expect(agents).toMatchObject([
      {
        tools: ['wordCount', 'invoice-kit/wordCount'],
        tokens: ['llm:openai:gpt-4o-mini', 'tool:invoice-kit/wordCount:call', 'tool:wordCount:call'],
      },
    ]);
  });

  const steps = (inputs: string, then: string): string => `${own}
/** Runs. */
@pipeline({
  steps: [
    { id: 'sum', type: 'tool', tool: 'invoice-kit/sumLines', inputs: ${inputs} },
    { id: 'count', type: 'tool', tool: 'wordCount', inputs: { text: '${then}' } },
  ],
})
export class Run {
  lines!: number[];
}
`;

  test('inputs and outputs of steps are checked against the schemas of the dependency', () => {
    installed(kit);
    expect(told(read(needsKit, steps("{ lines: '$lines' }", 'x')))).toEqual([]);
    expect(told(read(needsKit, steps("{ lines: 'many', other: '$lines' }", 'x')))).toEqual([
      expect.stringMatching(
        /^src\/guest\.ts:8 STEP_INPUT_INVALID Cannot call "invoice-kit\/sumLines" in the step "sum"/,
      ),
      expect.stringMatching(/^src\/guest\.ts:8 STEP_INPUT_INVALID /),
    ]);
    expect(told(read(needsKit, steps("{ lines: '$lines' }", '@sum.output.totl')))).toEqual([
      expect.stringContaining(
        'STEP_OUTPUT_INVALID Cannot use "@sum.output.totl": there is no "totl" in it | Write total',
      ),
    ]);
    expect(told(read(needsKit, steps("{ lines: '$lines' }", '@sum.output.total')))).toEqual([
      expect.stringContaining('STEP_INPUT_INVALID Cannot call "wordCount"'),
    ]);
  });

  test('the bundle names what it needs, and its tokens name the bundles of what it calls', async () => {
    installed(kit);
    read(needsKit, steps("{ lines: '$lines' }", 'x'));
    await using builder = createBuilder({
      directory: project.directory,
      cacheDirectory: join(project.directory, '../cache'),
    });
    const outcome = await builder.build();
    if (outcome.kind === 'refused') throw new Error(told(outcome).join('\n'));
    expect(outcome.bundle.manifest).toMatchObject({
      dependencies: { 'invoice-kit': '^0.2' },
      pipelines: [
        {
          steps: [{ tool: 'invoice-kit/sumLines' }, { tool: 'wordCount' }],
          tokens: ['tool:invoice-kit/sumLines:call', 'tool:wordCount:call'],
        },
      ],
    });
  });
});
