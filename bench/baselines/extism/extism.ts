/** Extism's JavaScript SDK with a plugin that runs the script in the same QuickJS-ng as our guest engine. */
import { loadPeer } from '../../peers.ts';
import type { Peer } from '../peer.ts';
import { buildPlugin } from './build-plugin.ts';

interface Plugin {
  call(name: string, input: string): Promise<{ string(): string } | null>;
  reset(): Promise<boolean>;
  close(): Promise<void>;
}

interface Extism {
  createPlugin(manifest: { readonly wasm: readonly { readonly module: WebAssembly.Module }[] }): Promise<Plugin>;
}

async function call(plugin: Plugin, input: string): Promise<string> {
  const output = await plugin.call('call', input);
  if (!output) throw new Error('Cannot measure: the plugin gave no output');
  return output.string();
}

/** The module is compiled once; a fresh call makes a plugin of it, on this thread, without WASI. */
export async function openExtism(script: string): Promise<Peer> {
  const { createPlugin } = (await loadPeer('@extism/extism')) as Extism;
  const module = await WebAssembly.compile(Uint8Array.from(buildPlugin(script)));
  const manifest = { wasm: [{ module }] };
  const living = await createPlugin(manifest);
  return {
    fresh: async (input) => {
      const plugin = await createPlugin(manifest);
      const output = await call(plugin, input);
      await plugin.close();
      return output;
    },
    steady: async (input) => {
      const output = await call(living, input);
      // What a call has allocated is the host's until then.
      await living.reset();
      return output;
    },
    dispose: () => living.close(),
  };
}
