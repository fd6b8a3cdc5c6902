/** `[dependencies]` of aria.toml, and what of it is installed: the bundles whose tools and agents a project may name. */
import { rangeFits, rangeProblem } from '#wit/dependencies';
import { isBundleName, manifestMaxima } from '#wit/manifest';
import { type DiagnosticCollector, type Place, compareText } from '../check/diagnostic.ts';
import type { InstalledBundle, InstalledPackages } from '../packages/installed-packages.ts';
import { type LockedBundle, lockName, parseLock } from '../packages/lock-file.ts';
import { readConfigText } from './config-text.ts';
import { nameOfFile } from './project-files.ts';
import { type TomlFile, tableOf } from './toml-file.ts';

/** The table of aria.toml. */
const dependenciesTable = 'dependencies';

/** The dependencies of a project. */
export interface ReadDependencies {
  /** Ranges by name, sorted; those that cannot be used are left out. */
  readonly ranges: Readonly<Record<string, string>>;
  /** Those that are installed, by name. */
  readonly installed: ReadonlyMap<string, InstalledBundle>;
}

/** The project that has none. */
const noDependencies: ReadDependencies = { ranges: {}, installed: new Map() };

/** What they are read from. */
export interface DependencySources {
  readonly directory: string;
  readonly toml: TomlFile;
  /** The name of the project's own bundle. */
  readonly name: string;
  readonly packages: InstalledPackages;
}

/** Reads and finds them; what is malformed, or not installed, is reported at its line. */
export function readDependencies(
  { directory, toml, name, packages }: DependencySources,
  collector: DiagnosticCollector,
): ReadDependencies {
  const wanted = readRanges(toml, name, collector);
  if (wanted.size === 0) return noDependencies;
  const locked = readLock(directory, collector);
  const installed = new Map<string, InstalledBundle>();
  for (const [dependency, range] of locked === undefined ? [] : wanted) {
    const found = findInstalled({ name: dependency, range, locked: locked?.get(dependency) }, packages);
    if (typeof found !== 'string') {
      installed.set(dependency, found);
      continue;
    }
    collector.report(toml.place([dependenciesTable, dependency]), {
      code: 'DEPENDENCY_MISSING',
      message: `Cannot use the dependency "${dependency}": ${found}`,
      remedy: 'Run "arc install"',
    });
  }
  return { ranges: Object.fromEntries(wanted), installed };
}

/** The dependencies that aria.toml names, by name, sorted. */
export function readRanges(toml: TomlFile, name: string, collector: DiagnosticCollector): ReadonlyMap<string, string> {
  const table = [...tableOf(toml.table.get(dependenciesTable))];
  if (table.length > manifestMaxima.dependencies) {
    report(collector, toml.place([dependenciesTable]), {
      state: `on ${table.length} bundles: a bundle may depend on ${manifestMaxima.dependencies}`,
      remedy: 'Split the project',
    });
    return new Map();
  }
  const ranges = table.flatMap(([dependency, range]): readonly (readonly [string, string])[] => {
    const fault = faultOf(dependency, range, name);
    if (fault === undefined) return [[dependency, String(range)]];
    report(collector, toml.place([dependenciesTable, dependency]), fault);
    return [];
  });
  return new Map(ranges.toSorted(([a], [b]) => compareText(a, b)));
}

interface Fault {
  readonly state: string;
  readonly remedy: string;
}

function faultOf(dependency: string, range: unknown, own: string): Fault | undefined {
  if (!isBundleName(dependency))
    return {
      state: `on "${dependency}": a name is lower-case words joined by dashes, at most 64 characters`,
      remedy: `Write ${/[a-z]/i.test(dependency) ? nameOfFile(dependency) : 'invoice-kit'} = "^1.0"`,
    };
  if (dependency === own) return { state: `on "${dependency}": that is this very bundle`, remedy: 'Remove it' };
  const problem = typeof range === 'string' ? rangeProblem(range) : 'its range has to be a text';
  if (problem === undefined) return undefined;
  const said = typeof range === 'string' ? ` ${JSON.stringify(range.slice(0, 64))}` : '';
  return { state: `on "${dependency}"${said}: ${problem}`, remedy: `Write ${dependency} = "^1.0"` };
}

function report(collector: DiagnosticCollector, place: Place, { state, remedy }: Fault): void {
  collector.report(place, { code: 'DEPENDENCY_INVALID', message: `Cannot depend ${state}`, remedy });
}

/** The bundles of aria.lock by name; none where there is no such file, and `undefined` where it cannot be read, which is reported. */
function readLock(directory: string, collector: DiagnosticCollector): ReadonlyMap<string, LockedBundle> | undefined {
  const before = collector.count;
  const text = readConfigText(directory, lockName, collector);
  if (text === undefined) return collector.count === before ? new Map() : undefined;
  const lock = parseLock(text);
  if (!('state' in lock)) return new Map(lock.map((bundle) => [bundle.name, bundle]));
  const { state, line, column } = lock;
  collector.report(
    { file: lockName, line, column },
    {
      code: 'DEPENDENCY_INVALID',
      message: `Cannot read "${lockName}": ${state}`,
      remedy: `Restore it, or remove it and run "arc install"`,
    },
  );
  return undefined;
}

function findInstalled(
  { name, range, locked }: { readonly name: string; readonly range: string; readonly locked: LockedBundle | undefined },
  packages: InstalledPackages,
): InstalledBundle | string {
  if (locked === undefined) return 'it is not installed';
  if (!rangeFits(range, locked.version)) return `${lockName} has ${name} ${locked.version}, which is not in ${range}`;
  return packages.find(locked);
}
