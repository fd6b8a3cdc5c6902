/** The guest engine: its template, and from a tool's source to its component. */
export type { Reading } from './load-worker.ts';
export { type SplitComponent, type SplitOptions, split } from './component/split.ts';
export { type SharedEngine, sharedEngine } from './component/shared-engine.ts';
export { type Rebuilt, type RebuildOptions, importsOf, prepareRebuild, rebuild } from './rebuild.ts';
export { sourcePrefix } from './source-module.ts';
export { type Template, type TemplateHashes, loadTemplate, templateHashes } from './template.ts';
