/**
 * Arc, the compiler: reads decorated TypeScript, says what is wrong with it, and makes a bundle of it. The command line is in `cli/`.
 */
export {
  type BuildControl,
  type BuildOutcome,
  type BuildStep,
  type Builder,
  type BuilderSetup,
  type BuiltBundle,
  type CheckOutcome,
  type ProjectBuild,
  type ProjectBuildOutcome,
  buildProject,
  createBuilder,
} from './build.ts';
export { type DiagnosticCode, diagnosticCodes } from './check/codes.ts';
export { type Diagnostic, type Place, type Severity, hasErrors, sortDiagnostics } from './check/diagnostic.ts';
export { type DiagnosticFormat, formatDiagnostics } from './check/format-diagnostics.ts';
export { type BundledTool, type BundledTools, sourceBytesMax, stopBundler } from './emit/bundle-source.ts';
export { bundleTools } from './emit/bundle-tools.ts';
export { type BuildTarget, buildTargets } from './read/build-target.ts';
export { openProject } from './read/open-project.ts';
export type { BlankedSource, ProjectReader, ReadProject, ReadTool, ToolEffect, ToolOrigin } from './read/project.ts';
export type { JsonSchema, JsonValue } from './read/schema/json-schema.ts';
export type { OpenWatcher } from './watch-directories.ts';
export { type ProjectWatch, type WatchedBuild, watchProject } from './watch.ts';
