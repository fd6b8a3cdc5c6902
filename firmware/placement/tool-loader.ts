/** Loads tools where they are placed: into the sandbox of the host, or for containers. Both are called by the same runner. */
import type { Host } from '#host';
import type { LoadedComponent, Operations, ToolRunner } from '#wit/interfaces';
import type { ManifestTool } from '#wit/manifest';
import type { ToolLoader } from '../registry/programs.ts';
import { type BundleContent, withOneTool } from '../registry/one-tool.ts';
import type { Placement } from '../service/ports.ts';

/** What a container needs of a tool. */
export interface ContainerTool {
  /** `name@version`. */
  readonly bundle: string;
  /** Whose containers it may use: nobody else's ever. */
  readonly tenant: string;
  readonly tool: ManifestTool;
  readonly source: Uint8Array;
}

/** Where containers of tools come from. */
export interface ContainerPlace {
  /** Nothing runs before the first call. @throws {CodedError} `CONTAINERS_UNAVAILABLE`. */
  load(tool: ContainerTool): Promise<LoadedComponent>;
}

/** What a loader is made of. */
export interface ToolLoaderSetting {
  readonly host: Pick<Host, 'load' | 'operations'>;
  readonly containers: ContainerPlace;
}

/** A loader that is also told where. */
export interface PlacedLoader extends ToolLoader {
  loadOn(
    substrate: 'wasm' | 'container',
    target: { readonly content: BundleContent; readonly tool: ManifestTool; readonly hash: string },
    operations: (real: Operations) => Operations,
  ): Promise<ToolRunner>;
}

/** Creates a loader. */
export function createToolLoader({ host, containers }: ToolLoaderSetting): PlacedLoader {
  const load = async (
    content: BundleContent,
    { hash, substrate, ...options }: { hash: string; substrate: Placement['substrate'] } & Parameters<Host['load']>[1],
  ): Promise<ToolRunner> => {
    const [tool] = content.manifest.tools;
    if (substrate !== 'container' || tool === undefined) return host.load(content, options);
    const source = content.files.get(tool.source.path) ?? new Uint8Array();
    const { name, version } = content.manifest;
    const loaded = await containers.load({ bundle: `${name}@${version}`, tenant: hash, tool, source });
    try {
      return await host.load(content, { ...options, loaded: new Map([[tool.name, loaded]]) });
    } catch (thrown) {
      loaded[Symbol.dispose]();
      throw thrown;
    }
  };
  return {
    load(content, { hash, substrate = 'wasm', signal }) {
      const options = signal ? { signal } : {};
      return hash === undefined ? host.load(content, options) : load(content, { hash, substrate, ...options });
    },
    loadOn: (substrate, { content, tool, hash }, operations) =>
      load(withOneTool(content, tool), { hash, substrate, operations: operations(host.operations) }),
  };
}
