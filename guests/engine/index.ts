/** The guest engine: its template, and from a tool's source to its component. */
export { type Rebuilt, type RebuildOptions, importsOf, prepareRebuild, rebuild } from './rebuild.ts';
export { sourcePrefix } from './source-module.ts';
export { type Template, loadTemplate } from './template.ts';
