/** What reading a project yields, and the reader that can be asked again after a change. User code is never executed. */
import type { Diagnostic } from '../check/diagnostic.ts';
import type {
  ManifestAgent,
  ManifestPipeline,
  ManifestSettings,
  ManifestTeam,
  ManifestTool,
  toolEffects,
  toolTrusts,
} from '#wit/manifest';
import type { BuildTarget } from './build-target.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import type { ValuePlan } from './schema/value-plan.ts';

/** Where a tool is in the source. */
export interface ToolOrigin {
  /** Relative to the project's directory, with forward slashes. */
  readonly file: string;
  /** The name under which the module exports the class or the constant; may be `default`. */
  readonly exportName: string;
  /** The method, where the export is a class. */
  readonly method?: string;
  /** Line and column of the tool's name, from 1. */
  readonly line: number;
  readonly column: number;
}

/** How a tool behaves when it is run again after a crash. */
export type ToolEffect = (typeof toolEffects)[number];

/** Whether a tool asks for a container although it would not need one. */
export type ToolTrust = (typeof toolTrusts)[number];

/** What becomes of values on their way to the tool and from it. */
export interface ToolValues {
  /** Where the input has a Date or a bigint, which JSON has as text. */
  readonly input?: ValuePlan;
  /** Whether the output may hold one. */
  readonly output?: true;
}

/** A schema of the author's own, of any library of the Standard Schema interface, that validates values in the guest. */
export interface SchemaValue {
  /** The file whose bundled text exports it, relative to the project's directory. */
  readonly file: string;
  readonly exportName: string;
}

/** A tool as its source declares it, defaults filled in. */
export interface ReadTool {
  readonly name: string;
  readonly description: string;
  /** Canonical text of its resource tokens, sorted, without repetition. */
  readonly tokens: readonly string[];
  readonly timeoutMs: number;
  readonly computeMs: number;
  readonly memoryBytes: number;
  readonly retryCount: number;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  /** Whether values of the tool may hold bytes, or keys that only bytes may have in JSON. */
  readonly blobs: boolean;
  readonly values?: ToolValues;
  /** Schemas of the options that validate values while the tool runs. */
  readonly schemas?: { readonly input?: SchemaValue; readonly output?: SchemaValue };
  /** A word for its kind; absent for `custom`. */
  readonly type?: string;
  /** How people ask for it in their own words. */
  readonly nlp?: string;
  /** How long an output stands for the same input; absent where every call runs. */
  readonly cacheTtlMs?: number;
  /** How a run of it after a crash behaves; only containers use it. */
  readonly effect?: ToolEffect;
  /** `untrusted`: it asks for a container. */
  readonly trust?: ToolTrust;
  /** What its container may use; the host's defaults where absent. */
  readonly resources?: NonNullable<ManifestTool['resources']>;
  /** Names of Node's and Bun's globals that code of the author uses in it, sorted; absent for none. */
  readonly globals?: readonly string[];
  readonly origin: ToolOrigin;
}

/** A range of a source file that is blanked before it is bundled, in UTF-16 units. */
export interface BlankRange {
  readonly start: number;
  readonly end: number;
  /** Whether a semicolon takes the first place, so that what was apart stays apart. */
  readonly separates: boolean;
}

/** A source file of which the bundler sees less than the author wrote. */
export interface BlankedSource {
  /** The text that was read. */
  readonly text: string;
  readonly ranges: readonly BlankRange[];
  /** Statements that the bundler sees at the end, after everything that the author wrote. */
  readonly appended?: string;
}

/** A project as read. With errors among its diagnostics it is as complete as the source allows. */
export interface ReadProject {
  /** Absolute path of the directory that all relative paths refer to. */
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly author?: string;
  readonly license?: string;
  /** Sorted by name, as agents, teams and pipelines. */
  readonly tools: readonly ReadTool[];
  readonly agents: readonly ManifestAgent[];
  readonly teams: readonly ManifestTeam[];
  readonly pipelines: readonly ManifestPipeline[];
  /** Ranges of the bundles that it depends on, by name, sorted. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** What aria.toml says for the whole bundle, where it says something. */
  readonly settings?: ManifestSettings;
  /** Where its tools are to run. */
  readonly target: BuildTarget;
  readonly diagnostics: readonly Diagnostic[];
  /** By absolute path, the files with decorators or options that were read here and that the bundler must not see. */
  readonly blanked: ReadonlyMap<string, BlankedSource>;
  /** Absolute paths of the files of the user that were read, sorted: what to watch. */
  readonly files: readonly string[];
  /** Absolute paths of the other files whose types were read, sorted: of packages, and outside of the project. */
  readonly typeFiles: readonly string[];
  /** Absolute path of the project's tsconfig.json, where it has one. */
  readonly tsconfig?: string;
  /** Absolute paths of what the project is configured by, whether they are there or not. */
  readonly configuration: readonly string[];
}

/** Reads one project, again and again; only files that changed are parsed again. */
export interface ProjectReader {
  /** @throws {CodedError} `NOT_FOUND` when the directory or the file is gone. */
  read(): ReadProject;
}
