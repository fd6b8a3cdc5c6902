/** Who needs what, as a tree: for a person who has to see why versions do not fit together. */

/** A bundle in a tree of dependencies. */
export interface DependencyNode {
  readonly name: string;
  /** What the node above asks for; absent at the root. */
  readonly range?: string;
  /** The version that was chosen, or is active; absent where there is none. */
  readonly version?: string;
  /** What is wrong at this place. */
  readonly problem?: string;
  /** Sorted by name; empty where the bundle stands in the tree already. */
  readonly dependencies: readonly DependencyNode[];
}

/** A bundle as far as a tree shows it. */
export interface TreeBundle {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What a tree is made of. */
export interface TreeSource {
  readonly name: string;
  /** Absent where the root is a project that has none. */
  readonly version?: string | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  /** The bundles that have been chosen, or are active. */
  readonly chosen: ReadonlyMap<string, TreeBundle>;
  /** What is wrong at an edge; `undefined` where nothing is. */
  readonly problemOf: (edge: {
    readonly from: string;
    readonly name: string;
    readonly range: string;
  }) => string | undefined;
}

/** A tree is for people: what is beyond this many bundles is left out. */
const nodesMax = 512;

/** Draws a tree from the root down; each bundle is opened once, where it stands first. */
export function dependencyTree({ name, version, dependencies, chosen, problemOf }: TreeSource): DependencyNode {
  const opened = new Set([name]);
  let nodes = 1;
  const below = (from: string, all: Readonly<Record<string, string>>): readonly DependencyNode[] =>
    sortedEntries(all).flatMap(([dependency, range]): readonly DependencyNode[] => {
      nodes += 1;
      if (nodes > nodesMax) return [];
      const found = chosen.get(dependency);
      const problem = problemOf({ from, name: dependency, range });
      const first = found !== undefined && !opened.has(dependency);
      if (first) opened.add(dependency);
      return [
        {
          name: dependency,
          range,
          ...(found === undefined ? {} : { version: found.version }),
          ...(problem === undefined ? {} : { problem }),
          dependencies: first ? below(dependency, found.dependencies) : [],
        },
      ];
    });
  return { name, ...(version === undefined ? {} : { version }), dependencies: below(name, dependencies) };
}

/** The tree as lines. */
export function treeText(tree: DependencyNode): string {
  return [labelOf(tree), ...linesBelow(tree, '')].join('\n');
}

/** The entries of a record by name. */
export function sortedEntries(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

function linesBelow({ dependencies }: DependencyNode, indent: string): readonly string[] {
  return dependencies.flatMap((node, index) => {
    const last = index === dependencies.length - 1;
    return [
      `${indent}${last ? '└── ' : '├── '}${labelOf(node)}`,
      ...linesBelow(node, `${indent}${last ? '    ' : '│   '}`),
    ];
  });
}

function labelOf({ name, range, version, problem }: DependencyNode): string {
  const head = range === undefined ? [name, version] : [name, range, ...(version === undefined ? [] : ['→', version])];
  return [...head, ...(problem === undefined ? [] : [`✗ ${problem}`])].filter((part) => part !== undefined).join(' ');
}
