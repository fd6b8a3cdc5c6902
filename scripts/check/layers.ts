/**
 * Who may import whom, as data. `cruise.ts` turns these tables into rules of dependency-cruiser.
 *
 * - An area may import itself and what its row names.
 * - One area reaches another only through a door: a `#name` of package.json that points at the `index.ts` of a folder.
 * - A third-party or system module has one home.
 */

/** A row of the house. */
export interface Area {
  /** Start of the path of its files. */
  readonly folder: string;
  /** Areas that it may import besides itself; `any` for those that nothing else imports. */
  readonly imports: readonly string[] | 'any';
  /** Areas of which it may import types and nothing that runs. */
  readonly typesOnly?: readonly string[];
}

/** The house. A file belongs to the row with the longest folder that it starts with. */
export const areas: readonly Area[] = [
  { folder: 'wit/', imports: [] },
  { folder: 'guests/engine/', imports: ['wit/', 'guests/engine/prelude/'] },
  // What runs inside the guest: the template's script, made of the SDK and of the Web APIs.
  { folder: 'guests/engine/template/', imports: ['guests/sdk/', 'guests/engine/prelude/', 'wit/'] },
  { folder: 'guests/engine/prelude/', imports: ['guests/sdk/', 'wit/'] },
  // What runs inside a container: the SDK on Bun, made into one script.
  { folder: 'guests/container/', imports: ['wit/', 'guests/engine/prelude/'] },
  {
    folder: 'guests/container/agent/',
    imports: ['guests/sdk/', 'guests/engine/template/', 'guests/engine/prelude/', 'wit/'],
  },
  { folder: 'guests/sdk/', imports: [], typesOnly: ['wit/'] },
  { folder: 'guests/', imports: ['guests/sdk/'], typesOnly: ['wit/'] },
  { folder: 'compiler/', imports: ['wit/', 'guests/engine/'] },
  { folder: 'compiler/cli/', imports: ['compiler/', 'wit/', 'guests/engine/', 'host/', 'terminal/', 'bin/'] },
  { folder: 'terminal/', imports: ['wit/'] },
  { folder: 'host/', imports: ['wit/', 'guests/engine/'] },
  { folder: 'quilt-adapter/', imports: ['wit/'] },
  {
    folder: 'firmware/',
    imports: ['wit/', 'guests/engine/', 'guests/container/', 'host/', 'quilt-adapter/', 'bin/'],
  },
  {
    folder: 'firmware/cli/',
    imports: ['firmware/', 'wit/', 'guests/engine/', 'host/', 'quilt-adapter/', 'terminal/', 'bin/'],
  },
  { folder: 'bin/', imports: [] },
  { folder: 'bench/', imports: 'any' },
  { folder: 'test/', imports: 'any' },
  { folder: 'scripts/', imports: 'any' },
];

/** A folder with a door: a file outside of it reaches only its `index.ts`, its own tests excepted. */
export interface Door {
  readonly folder: string;
  /** Where its own tests are. */
  readonly tests: readonly string[];
  /** Folders in it that have a door of their own. */
  readonly inner?: readonly string[];
}

/** Every door. */
export const doors: readonly Door[] = [
  { folder: 'wit/api/', tests: ['test/wit/', 'test/firmware/'] },
  { folder: 'wit/proto/', tests: ['test/wit/', 'test/firmware/'] },
  { folder: 'wit/dependencies/', tests: ['test/wit/'] },
  { folder: 'wit/minisign/', tests: ['test/wit/'] },
  { folder: 'wit/trust/', tests: ['test/wit/'] },
  { folder: 'wit/bundle/', tests: ['test/wit/'] },
  { folder: 'wit/diff/', tests: ['test/wit/'] },
  { folder: 'wit/errors/', tests: ['test/wit/'] },
  { folder: 'wit/host-package/', tests: ['test/wit/'] },
  { folder: 'wit/host-types/', tests: ['test/wit/'] },
  { folder: 'wit/interfaces/', tests: ['test/wit/'] },
  { folder: 'wit/manifest/', tests: ['test/wit/'] },
  { folder: 'wit/schema/', tests: ['test/wit/'] },
  { folder: 'wit/tokens/', tests: ['test/wit/'] },
  { folder: 'wit/turns/', tests: ['test/wit/'] },
  { folder: 'wit/values/', tests: ['test/wit/'] },
  { folder: 'guests/engine/', tests: ['test/guest-engine/', 'bench/baselines/extism/'] },
  { folder: 'guests/sdk/', tests: ['test/guests/'] },
  { folder: 'guests/container/', tests: ['test/guest-container/'] },
  { folder: 'compiler/', tests: ['test/compiler/', 'test/cli/'] },
  { folder: 'host/', tests: ['test/host/'] },
  {
    folder: 'quilt-adapter/',
    tests: ['test/quilt-adapter/', 'test/conformance/', 'test/firmware/containers/', 'bench/'],
    // The scheduler is loaded by every host at its start, containers by some and later.
    inner: ['quilt-adapter/sync/', 'quilt-adapter/sync/grpc/'],
  },
  { folder: 'firmware/', tests: ['test/firmware/', 'test/cli/', 'bench/'] },
  { folder: 'terminal/', tests: ['test/cli/'] },
];

/** Files that go behind doors: generators, which run what the folders keep for them, a folder's own command, and what is bundled with the SDK. */
export const withoutDoors: readonly string[] = [
  'scripts/',
  'compiler/cli/',
  'firmware/cli/',
  'guests/engine/template/',
  'guests/engine/prelude/',
  'guests/container/agent/',
  'guests/container/build.ts',
];

/** A module's home: the only places that import it. */
export interface Home {
  /** Pattern of the module as it resolves: a package under node_modules, or a module of Node. */
  readonly module: string;
  readonly folders: readonly string[];
}

/** Where third-party and system modules live. */
export const homes: readonly Home[] = [
  { module: 'node_modules/(ts-morph|@ts-morph)/', folders: ['compiler/read/', 'compiler/check/'] },
  {
    module: 'node_modules/esbuild/',
    folders: ['compiler/emit/', 'guests/engine/', 'guests/container/', 'test/', 'bench/'],
  },
  {
    module: 'node_modules/@bytecodealliance/',
    folders: ['host/engine/', 'guests/engine/', 'test/', 'bench/baselines/'],
  },
  { module: 'node_modules/componentize-qjs/', folders: ['bench/baselines/'] },
  { module: 'node_modules/@clack/', folders: ['compiler/cli/', 'firmware/cli/'] },
  { module: 'node_modules/commander/', folders: ['compiler/cli/', 'firmware/cli/', 'terminal/'] },
  { module: 'node_modules/fflate/', folders: ['wit/bundle/', 'compiler/pack/', 'guests/', 'test/'] },
  { module: 'node_modules/better-sqlite3/', folders: ['firmware/stores/', 'test/', 'bench/'] },
  {
    module: 'node_modules/(@grpc|protobufjs)/',
    folders: [
      'wit/api/',
      'wit/proto/',
      'firmware/api/',
      'quilt-adapter/sync/grpc/',
      'quilt-adapter/remote/',
      'test/',
      'bench/',
    ],
  },
  { module: 'node_modules/ws/', folders: ['wit/api/', 'firmware/api/', 'test/', 'bench/'] },
  { module: 'node_modules/(@opentelemetry|pino)/', folders: ['firmware/telemetry/', 'test/'] },
  { module: 'node_modules/semver/', folders: ['wit/dependencies/', 'test/'] },
  { module: 'node_modules/fast-check/', folders: ['test/'] },
  { module: 'node_modules/vitest/', folders: ['test/', 'vitest.config.ts'] },
  { module: '^worker_threads$', folders: ['host/', 'guests/engine/', 'test/', 'bench/'] },
  {
    module: '^vm$',
    folders: ['host/engine/', 'host/runner/', 'compiler/read/', 'guests/container/agent/', 'test/', 'bench/'],
  },
  { module: '^(cluster|inspector|repl)$', folders: ['host/engine/', 'host/runner/', 'test/', 'bench/'] },
  // The native engine; `process.dlopen` and `require` of one are there, too.
  { module: '\\.node$', folders: ['host/engine/'] },
  {
    module: '^child_process$',
    folders: [
      'bin/',
      // The compiler of the native engine dies with its child.
      'host/engine/wasmtime/',
      'compiler/cli/',
      'firmware/',
      'quilt-adapter/',
      'guests/engine/build/',
      'guests/templates/',
      'scripts/',
      'test/',
      'bench/',
    ],
  },
];
