/** Checks the imports of the tree against `layers.ts` with dependency-cruiser; exits with 1 where one is forbidden. */
import { existsSync } from 'node:fs';
import module from 'node:module';
import process from 'node:process';
import type { IForbiddenRuleType, IViolation } from 'dependency-cruiser';
import { areas, doors, homes, withoutDoors } from './layers.ts';

/** What is cruised: every folder of the house that is there. */
const roots = [...new Set(areas.map(({ folder }) => folder.split('/')[0] ?? ''))];
const skipped = '(^|/)samples/|^test/language/cases/|^guests/container/built/';

/** dependency-cruiser reads TypeScript with the compiler's JavaScript API, which TypeScript 7 no longer has: it is given the last one that does. */
module.registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier.replace(
        /^typescript(?=$|\/)/,
        context.parentURL?.includes('/dependency-cruiser/') ? 'typescript-6' : '$&',
      ),
      context,
    ),
});

function start(folder: string): string {
  return `^${folder.replaceAll('/', '\\/').replaceAll('.', '\\.')}`;
}

/** Rows that lie inside another row and have their own rights. */
function nested(folder: string): string[] {
  return areas
    .filter((other) => other.folder !== folder && other.folder.startsWith(folder))
    .map((other) => start(other.folder));
}

function layerRules(): IForbiddenRuleType[] {
  return areas.flatMap(({ folder, imports, typesOnly = [] }): IForbiddenRuleType[] => {
    if (imports === 'any') return [];
    const from = { path: start(folder), pathNot: nested(folder) };
    const own = [folder, ...imports];
    // A row's right to an area does not reach into the rows nested in it (compiler/ may not import compiler/cli/).
    const closed = own.flatMap(nested).filter((path) => !own.map(start).includes(path));
    const open = [...own, ...typesOnly].map(start);
    return [
      {
        name: `${folder} imports only ${[...imports, ...typesOnly].join(', ') || 'itself'}`,
        severity: 'error',
        from,
        to: { path: `^(${roots.join('|')})\\/`, pathNot: open },
      },
      ...(closed.length > 0
        ? [{ name: `${folder} stays out of nested areas`, severity: 'error' as const, from, to: { path: closed } }]
        : []),
      ...(typesOnly.length > 0
        ? [
            {
              name: `${folder} imports only types of ${typesOnly.join(', ')}`,
              severity: 'error' as const,
              from,
              to: { path: typesOnly.map(start), dependencyTypesNot: ['type-only' as const] },
            },
          ]
        : []),
    ];
  });
}

function doorRules(): IForbiddenRuleType[] {
  return doors.flatMap(({ folder, tests, inner = [] }): IForbiddenRuleType[] => {
    const pathNot = [folder, ...tests, ...withoutDoors].map(start);
    const door = `(?:${[folder, ...inner].map(start).join('|')})index\\.ts$`;
    return [
      {
        name: `${folder} is entered through its index.ts`,
        severity: 'error',
        from: { pathNot },
        to: { path: start(folder), pathNot: [door] },
      },
      {
        name: `${folder} is named by its # door`,
        severity: 'error',
        from: { pathNot },
        to: { path: door, dependencyTypesNot: ['aliased-subpath-import'] },
      },
    ];
  });
}

function homeRules(): IForbiddenRuleType[] {
  return homes.map(({ module: path, folders }) => ({
    name: `${path} lives in ${folders.join(', ')}`,
    severity: 'error',
    from: { pathNot: folders.map(start) },
    to: { path },
  }));
}

const general: readonly IForbiddenRuleType[] = [
  {
    name: 'no cycles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'every import resolves',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: ['^@aria/sdk'] },
  },
  {
    name: 'what runs at a user imports no development dependency',
    severity: 'error',
    from: {
      path: '^(wit|guests|compiler|host|quilt-adapter|firmware|bin)/',
      // The prelude and the template are bundled into the engine that the repository holds.
      pathNot: ['^guests/(examples|templates|hostile|engine/(build|prelude|template))/'],
    },
    to: { dependencyTypes: ['npm-dev'] },
  },
];

function describe({ rule, from, to, cycle }: IViolation): string {
  const way = cycle?.length ? cycle.map(({ name }) => name).join(' -> ') : to;
  return `${from} -> ${way}\n  ${rule.name}`;
}

const { cruise } = await import('dependency-cruiser');
const { output } = await cruise(
  roots.filter((root) => existsSync(root)),
  {
    validate: true,
    ruleSet: { forbidden: [...layerRules(), ...doorRules(), ...homeRules(), ...general] },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: skipped },
  },
  {
    conditionNames: ['import', 'node', 'default', 'types'],
    exportsFields: ['exports'],
    extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.node', '.d.ts'],
  },
);
if (typeof output === 'string') throw new Error('Cannot check the layers: dependency-cruiser reported text');
const { violations, totalCruised, totalDependenciesCruised } = output.summary;
for (const violation of violations) console.error(describe(violation));
console.log(`${totalCruised} modules, ${totalDependenciesCruised ?? 0} imports, ${violations.length} forbidden`);
process.exitCode = violations.length > 0 ? 1 : 0;
