/** A tool that is ready to be called: its component checked against its manifest, its schemas compiled. */
import type { ComponentReference, Engine, LoadedComponent } from '#wit/interfaces';
import type { Manifest, ManifestTool } from '#wit/manifest';
import { hashBytes } from '#wit/bundle';
import { importsOf } from '#guest-engine';
import { type Token, parseToken } from '#wit/tokens';
import { componentImportsExceeded, componentMismatch, containerNeeded, schemaInvalid } from '../errors.ts';
import { type SchemaCheck, compileSchema } from './schema.ts';
import { type StackMapper, createStackMapper } from './stack.ts';

/** A tool's component, and how it came to be. */
export interface ToolComponent {
  readonly tool: string;
  /** The component, or what makes it where the engine has to see it: the same one each time. */
  readonly component: Uint8Array | (() => Promise<Uint8Array>) | LoadedTool;
  /** The template that it was rebuilt on, where that is not the manifest's: its hash is then not the manifest's either. */
  readonly otherTemplate?: string | undefined;
}

/** A tool that another engine has loaded already, as a container's: there is no component to compare. It is the runner's once that is there. */
export interface LoadedTool {
  readonly loaded: LoadedComponent;
}

/** See above. The owner disposes of it. */
export interface ToolProgram extends Disposable {
  readonly tool: ManifestTool;
  readonly tokens: readonly Token[];
  readonly component: LoadedComponent;
  readonly checkInput: SchemaCheck;
  readonly checkOutput: SchemaCheck;
  readonly mapStack: StackMapper;
}

/** Interfaces of types only: nothing in them can be called. */
const typesOnly = 'aria:host/types@0.1.0';

/** What a program is made of. */
export interface ProgramSource {
  readonly manifest: Manifest;
  /** The files of the bundle, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly component: ToolComponent;
  readonly engine: Engine;
}

/**
 * Loads a tool.
 * @throws {CodedError} `COMPONENT_MISMATCH`, `COMPONENT_IMPORTS_EXCEEDED`, `COMPONENT_INVALID`, `BUNDLE_MANIFEST_INVALID`.
 */
export async function loadProgram({ manifest, files, component, engine }: ProgramSource): Promise<ToolProgram> {
  const tool = manifest.tools.find(({ name }) => name === component.tool);
  if (!tool) throw schemaInvalid(component.tool, 'the manifest has no such tool');
  const checkInput = compileSchema(tool.name, fileOf(files, tool, tool.inputSchema.path));
  const checkOutput = compileSchema(tool.name, fileOf(files, tool, tool.outputSchema.path));
  const { component: made, otherTemplate } = component;
  const loaded =
    'loaded' in made
      ? made.loaded
      : await engine.load(await referenceTo({ component: made, otherTemplate }, { manifest, files, tool }));
  const allowed = new Set([...importsOf(tool.tokens), typesOnly]);
  const exceeding = loaded.imports.filter((name) => !allowed.has(name));
  if (exceeding.length > 0) {
    if (!('loaded' in made)) loaded[Symbol.dispose]();
    throw componentImportsExceeded({ tool: tool.name, imports: exceeding });
  }
  return {
    tool,
    tokens: tool.tokens.map(parseToken),
    component: loaded,
    checkInput,
    checkOutput,
    mapStack: createStackMapper(files.get(tool.sourceMap.path)),
    [Symbol.dispose]: () => loaded[Symbol.dispose](),
  };
}

/**
 * A component by the hash of the manifest and by its source; whatever has another hash is refused. Both are in the key: that an engine knows the one says that it was
 * made of the other on this host, and not that a manifest claims so.
 */
async function referenceTo(
  {
    component,
    otherTemplate,
  }: Pick<ToolComponent, 'otherTemplate'> & {
    readonly component: Exclude<ToolComponent['component'], LoadedTool>;
  },
  { manifest, files, tool }: Pick<ProgramSource, 'manifest' | 'files'> & { readonly tool: ManifestTool },
): Promise<Uint8Array | ComponentReference> {
  if (tool.component === undefined) throw containerNeeded(tool.name);
  if (otherTemplate !== undefined && otherTemplate !== manifest.template)
    return typeof component === 'function' ? component() : component;
  const expected = tool.component.hash;
  const checked = (bytes: Uint8Array): Uint8Array => {
    const actual = hashBytes(bytes);
    if (actual !== expected) throw componentMismatch({ tool: tool.name, expected, actual });
    return bytes;
  };
  if (typeof component !== 'function') {
    // A copy: the engine may ask again, much later.
    const given = checked(component).slice();
    return { key: expected, bytes: async () => given };
  }
  const source = files.get(tool.source.path) ?? new Uint8Array();
  const made = [expected, hashBytes(source), tool.imports, tool.memoryBytes];
  return { key: hashBytes(Buffer.from(JSON.stringify(made))), bytes: async () => checked(await component()) };
}

function fileOf(files: ReadonlyMap<string, Uint8Array>, tool: ManifestTool, path: string): Uint8Array {
  const found = files.get(path);
  if (!found) throw schemaInvalid(tool.name, `the bundle has no file "${path}"`);
  return found;
}
