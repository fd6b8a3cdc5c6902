/** Ranges, and the choice of versions: against brute force, and what it says where there is none. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AvailableVersion,
  type DependencyProblem,
  type Resolution,
  type ResolutionRequest,
  compareVersions,
  dependencyError,
  rangeCharactersMax,
  rangeFits,
  rangeProblem,
  resolutionMaxima,
  resolveDependencies,
  treeText,
} from '#wit/dependencies';
import { checkProperty } from '../fuzz.ts';

function version(name: string, number: string, dependencies: Readonly<Record<string, string>> = {}): AvailableVersion {
  return { name, version: number, dependencies };
}

function resolve(
  dependencies: Readonly<Record<string, string>>,
  available: readonly AvailableVersion[],
  locked: Readonly<Record<string, string>> = {},
): Resolution {
  const root = { name: 'books', version: '1.0.0', dependencies };
  return resolveDependencies({ root, available, locked: new Map(Object.entries(locked)) });
}

function chosen(resolution: Resolution): readonly string[] {
  if (resolution.kind === 'unresolved') throw dependencyError(resolution.problem, 'resolve');
  return resolution.versions.map((one) => `${one.name} ${one.version}`);
}

function problem(resolution: Resolution): DependencyProblem {
  if (resolution.kind === 'resolved') throw new Error(`resolved to ${chosen(resolution).join(', ')}`);
  return resolution.problem;
}

describe('ranges', () => {
  test.each(['*', '1', '^0.2', '~1.2.3', '>=1 <2 || 3', '1.2.3 - 2', '1.2.3-beta.1', '^1.0.0-0'])(
    '%s is one',
    (text) => {
      expect(rangeProblem(text)).toBeUndefined();
    },
  );

  test.each([
    ['', 'it is empty'],
    ['latest', 'it is no range of semantic versions'],
    ['https://example.com/a.tgz', 'it is no range of semantic versions'],
    ['^1\n', 'it is no range of semantic versions'],
    [' ^1', 'it is no range of semantic versions'],
    ['1.2.3.4', 'it is no range of semantic versions'],
    ['01.2', 'it is no range of semantic versions'],
    ['^99999999999999999999', 'it is no range of semantic versions'],
    ['^1 ||', 'one of its alternatives is empty'],
    ['>2 <1', 'no version can lie in it'],
    ['^0.2 ~1', 'no version can lie in it'],
    ['1'.repeat(rangeCharactersMax + 1), 'it has 129 characters, at most 128 are allowed'],
  ])('%j is none', (text, state) => {
    expect(rangeProblem(text)).toBe(state);
    expect(rangeFits(text, '1.2.3')).toBe(false);
  });

  test('a version to try out fits only a range that names one of the same release', () => {
    expect(rangeFits('^1.0.0', '1.1.0-beta.1')).toBe(false);
    expect(rangeFits('^1.1.0-beta.0', '1.1.0-beta.1')).toBe(true);
    expect(rangeFits('^1', 'no version')).toBe(false);
  });

  test('versions are ordered by their numbers, then by their builds, and what is none comes first', () => {
    const ordered = ['none', '0.9.0', '0.10.0', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0', '1.0.0+a', '1.0.0+b'];
    expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered);
  });

  test('no text at all throws', () => {
    checkProperty(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 40 }), (range, text) => {
        expect(typeof rangeFits(range, text)).toBe('boolean');
        expect(['string', 'undefined']).toContain(typeof rangeProblem(range));
      }),
    );
  });
});

describe('resolveDependencies', () => {
  test('takes the newest that fits, of what is needed only', () => {
    const available = [
      version('invoice-kit', '0.2.9', { 'tax-tables': '^1' }),
      version('invoice-kit', '0.2.10', { 'tax-tables': '^1' }),
      version('invoice-kit', '0.3.0'),
      version('tax-tables', '1.4.0'),
      version('tax-tables', '2.0.0'),
      version('unrelated', '1.0.0'),
    ];
    expect(chosen(resolve({ 'invoice-kit': '^0.2' }, available))).toEqual(['invoice-kit 0.2.10', 'tax-tables 1.4.0']);
  });

  test('stays with a locked version, and leaves it where it no longer fits', () => {
    const available = ['1.0.0', '1.1.0', '1.2.0'].map((number) => version('kit', number));
    expect(chosen(resolve({ kit: '^1' }, available, { kit: '1.1.0' }))).toEqual(['kit 1.1.0']);
    expect(chosen(resolve({ kit: '^1.2' }, available, { kit: '1.1.0' }))).toEqual(['kit 1.2.0']);
    expect(chosen(resolve({ kit: '^1' }, available, { kit: '1.5.0' }))).toEqual(['kit 1.2.0']);
  });

  test('takes an older version where the newest needs what does not fit', () => {
    const available = [
      version('kit', '1.1.0', { tables: '^2' }),
      version('kit', '1.0.0', { tables: '^1' }),
      version('tables', '2.0.0'),
      version('tables', '1.0.0'),
    ];
    expect(chosen(resolve({ kit: '^1', tables: '^1' }, available))).toEqual(['kit 1.0.0', 'tables 1.0.0']);
  });

  test('takes an older version where the newest would close a circle', () => {
    const available = [
      version('kit', '1.1.0', { tables: '^1' }),
      version('kit', '1.0.0'),
      version('tables', '1.0.0', { kit: '^1' }),
    ];
    expect(chosen(resolve({ kit: '^1', tables: '^1' }, available))).toEqual(['kit 1.0.0', 'tables 1.0.0']);
  });

  test('leaves out what is no version, and takes the first of two that are the same', () => {
    const available = [version('kit', 'nine'), version('kit', '1.0.0'), version('kit', '1.0.0', { gone: '^1' })];
    expect(chosen(resolve({ kit: '*' }, available))).toEqual(['kit 1.0.0']);
  });

  test('a bundle that is missing is told with who needs it', () => {
    const found = problem(resolve({ kit: '^1' }, [version('kit', '1.0.0', { tables: '^2' })]));
    expect(found).toMatchObject({ code: 'BUNDLE_DEPENDENCY_MISSING', name: 'tables' });
    expect(dependencyError(found, 'install').wire).toMatchObject({
      message: 'Cannot install: "kit" needs "tables" ^2, and there is no such bundle',
      remedy: 'Publish a version of "tables" that fits, or depend on another version of "kit"',
    });
    expect(`\n${treeText(found.tree)}`).toBe(`
books 1.0.0
└── kit ^1 → 1.0.0
    └── tables ^2 ✗ there is no such bundle`);
  });

  test('versions that all lie outside of a range are listed, the newest first', () => {
    const available = ['1.0.0', '1.10.0', '1.9.0', '0.1.0', '0.2.0', '0.3.0'].map((number) => version('kit', number));
    const found = problem(resolve({ kit: '^2' }, available));
    expect(found.code).toBe('BUNDLE_DEPENDENCY_MISSING');
    expect(found.state).toBe(
      '"books" needs "kit" ^2, and no version of it fits: there are 1.10.0, 1.9.0, 1.0.0, 0.3.0, 0.2.0 and 1 more',
    );
  });

  test('a conflict shows everyone who takes part in it', () => {
    const available = [
      version('kit', '0.2.3', { rates: '^1', tables: '^1.0' }),
      version('rates', '1.0.0'),
      version('mail', '3.0.0', { rates: '^1' }),
      version('tables', '1.4.0'),
      version('tables', '2.1.0'),
    ];
    const found = problem(resolve({ kit: '^0.2', mail: '*', tables: '^2.0' }, available));
    expect(found).toMatchObject({ code: 'BUNDLE_DEPENDENCY_CONFLICT', name: 'tables' });
    expect(found.state).toBe('no version of "tables" fits all that need it: "books" needs ^2.0, "kit" needs ^1.0');
    expect(found.remedy).toBe(
      'Change the ranges so that one version of "tables" fits all of them: there are 2.1.0, 1.4.0',
    );
    expect(`\n${treeText(found.tree)}`).toBe(`
books 1.0.0
├── kit ^0.2 → 0.2.3
│   ├── rates ^1
│   └── tables ^1.0 ✗ conflict
├── mail *
└── tables ^2.0 ✗ conflict`);
  });

  test('a circle is told as the way around it', () => {
    const available = [
      version('kit', '1.0.0', { tables: '^1' }),
      version('tables', '1.0.0', { rates: '^1' }),
      version('rates', '1.0.0', { kit: '^1' }),
    ];
    const found = problem(resolve({ kit: '^1' }, available));
    expect(found).toMatchObject({ code: 'BUNDLE_DEPENDENCY_CYCLE', name: 'kit' });
    expect(found.state).toBe('"rates" depends on "kit" depends on "tables" depends on "rates"');
    expect(`\n${treeText(found.tree)}`).toBe(`
books 1.0.0
└── kit ^1 → 1.0.0
    └── tables ^1 → 1.0.0
        └── rates ^1 → 1.0.0
            └── kit ^1 → 1.0.0 ✗ a circle`);
  });

  test.each([
    ['needs itself', { kit: '^1' }],
    ['needs the project', { books: '*' }],
  ])('a bundle that %s is a circle', (_, dependencies) => {
    const found = problem(resolve({ kit: '^1' }, [version('kit', '1.0.0', dependencies), version('books', '1.0.0')]));
    expect(found.code).toBe('BUNDLE_DEPENDENCY_CYCLE');
  });

  test('a dead end far from its cause is left at once, however many choices lie between', () => {
    const names = Array.from({ length: 40 }, (_, index) => `b${index}`);
    const between = names.flatMap((name) => ['1.0.0', '1.1.0', '1.2.0'].map((number) => version(name, number)));
    const available = [
      version('kit', '2.0.0', { zz: '^1' }),
      version('kit', '1.0.0'),
      version('zz', '1.0.0', { tables: '^9' }),
      version('tables', '1.0.0'),
      ...between,
    ];
    const wanted = { kit: '*', ...Object.fromEntries(names.map((name) => [name, '^1'])) };
    expect(chosen(resolve(wanted, available))).toContain('kit 1.0.0');
  });

  test('a search without an end in sight is given up, and a crowd is refused', () => {
    const crowd = Array.from({ length: resolutionMaxima.bundles + 1 }, (_, index) => `b${index}`);
    const one = version('kit', '1.0.0', Object.fromEntries(crowd.map((name) => [name, '*'])));
    const found = problem(resolve({ kit: '*' }, [one, ...crowd.map((name) => version(name, '1.0.0'))]));
    expect(found.state).toBe('there are more than 256 of them');
    // A pigeonhole: each of the bundles claims one of too few places, and no two may have the same.
    const places = 7;
    const hard = Array.from({ length: places + 1 }, (_, index) => `p${index}`).flatMap((name, index) =>
      Array.from({ length: places }, (__, place) => version(name, `1.0.${place}`, { [`h${place}`]: `${index}.0.0` })),
    );
    const holes = Array.from({ length: places }, (_, place) =>
      Array.from({ length: places + 1 }, (__, index) => version(`h${place}`, `${index}.0.0`)),
    ).flat();
    const wanted = Object.fromEntries(Array.from({ length: places + 1 }, (_, index) => [`p${index}`, '*']));
    expect(problem(resolve(wanted, [...hard, ...holes]))).toMatchObject({
      code: 'BUNDLE_DEPENDENCY_CONFLICT',
      state: 'nothing fits after 20000 tries',
    });
  });
});

const names = ['a', 'b', 'c', 'd'] as const;
const numbers = ['1.0.0', '1.1.0', '2.0.0'] as const;
const ranges = ['*', '^1', '^1.1', '^2', '1.0.0', '>=1.1', '^3'] as const;
const dependencies = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...ranges), { maxKeys: 2 });
const universe = fc
  .uniqueArray(fc.record({ name: fc.constantFrom(...names), version: fc.constantFrom(...numbers), dependencies }), {
    selector: (one) => `${one.name} ${one.version}`,
    maxLength: 10,
  })
  .map((all) => all.map((one) => ({ ...one, dependencies: { ...one.dependencies } })));
const request = fc.record({
  root: dependencies.map((wanted) => ({ name: 'root', dependencies: { ...wanted } })),
  available: universe,
  locked: fc
    .dictionary(fc.constantFrom(...names), fc.constantFrom(...numbers))
    .map((all) => new Map(Object.entries(all))),
});

/** Whether versions by name keep all ranges from the root on, have nothing that is not needed, and no circle. */
function isSolution(root: ResolutionRequest['root'], versions: ReadonlyMap<string, AvailableVersion>): boolean {
  const needed = new Set<string>();
  const keeps = (wanted: Readonly<Record<string, string>>, way: readonly string[]): boolean =>
    Object.entries(wanted).every(([name, range]) => {
      const found = versions.get(name);
      needed.add(name);
      return (
        found !== undefined &&
        !way.includes(name) &&
        rangeFits(range, found.version) &&
        keeps(found.dependencies, [...way, name])
      );
    });
  return keeps(root.dependencies, [root.name]) && needed.size === versions.size;
}

function allSolutions({ root, available }: ResolutionRequest): readonly ReadonlyMap<string, AvailableVersion>[] {
  let sets: readonly ReadonlyMap<string, AvailableVersion>[] = [new Map()];
  for (const name of names) {
    const versions = available.filter((one) => one.name === name);
    sets = sets.flatMap((set) => [set, ...versions.map((one) => new Map([...set, [name, one] as const]))]);
  }
  return sets.filter((set) => isSolution(root, set));
}

describe('against brute force', () => {
  test('there is a resolution exactly where some set of versions is one', () => {
    checkProperty(
      fc.property(request, (asked) => {
        const solutions = allSolutions(asked);
        const resolution = resolveDependencies(asked);
        expect(resolution.kind).toBe(solutions.length === 0 ? 'unresolved' : 'resolved');
        if (resolution.kind === 'resolved')
          expect(isSolution(asked.root, new Map(resolution.versions.map((one) => [one.name, one])))).toBe(true);
        else checkProblem(resolution.problem, asked);
      }),
    );
  });

  test('what is locked is kept where it is a resolution, and what comes out is one to lock', () => {
    checkProperty(
      fc.property(request, (asked) => {
        const first = resolveDependencies(asked);
        if (first.kind === 'unresolved') return;
        const locked = new Map(first.versions.map((one) => [one.name, one.version]));
        expect(resolveDependencies({ ...asked, locked })).toEqual(first);
        for (const solution of allSolutions(asked)) {
          const held = new Map([...solution].map(([name, one]) => [name, one.version]));
          const again = resolveDependencies({ ...asked, locked: held });
          expect(new Set(chosen(again))).toEqual(new Set([...solution].map(([name, one]) => `${name} ${one.version}`)));
        }
      }),
    );
  });

  test('the order in which versions are given makes no difference', () => {
    checkProperty(
      fc.property(request, ({ root, available, locked }) => {
        const asked = { root, available, locked };
        expect(resolveDependencies({ ...asked, available: available.toReversed() })).toEqual(
          resolveDependencies(asked),
        );
      }),
    );
  });
});

/** What a problem claims is so. */
function checkProblem({ code, name, state, tree }: DependencyProblem, { available }: ResolutionRequest): void {
  const versions = available.filter((one) => one.name === name);
  const wanted = [...state.matchAll(/needs (?:"\w+" )?([^,]+?)(?=,|$)/g)].map(([, range = '']) => range);
  if (code === 'BUNDLE_DEPENDENCY_MISSING')
    expect(versions.some((one) => wanted.slice(0, 1).every((range) => rangeFits(range, one.version)))).toBe(false);
  if (code === 'BUNDLE_DEPENDENCY_CONFLICT') {
    expect(wanted.length).toBeGreaterThan(1);
    expect(state).toMatch(/^no version/);
    expect(versions.some((one) => wanted.every((range) => rangeFits(range, one.version)))).toBe(false);
  }
  expect(treeText(tree)).toContain('✗');
}
