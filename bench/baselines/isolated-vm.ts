/** isolated-vm: heaps of their own in this process's V8. */
import { loadPeer } from '../peers.ts';
import type { Peer } from './peer.ts';

interface Reference {
  apply(receiver: undefined, args: readonly [string], options: object): Promise<string>;
}

interface Context {
  readonly global: { getSync(name: string, options: { readonly reference: true }): Reference };
}

interface Isolate {
  createContextSync(): Context;
  dispose(): void;
}

interface IsolatedVm {
  readonly Isolate: {
    new (options: { readonly memoryLimit: number; readonly snapshot: unknown }): Isolate;
    createSnapshot(scripts: readonly { readonly code: string }[]): unknown;
  };
}

/** What the peers of a tool with 64 MiB get. */
const memoryLimitMiB = 64;

/** The script is in a snapshot of the heap, which is the quickest start that isolated-vm has. */
export async function openIsolatedVm(script: string): Promise<Peer> {
  const { Isolate } = (await loadPeer('isolated-vm')) as IsolatedVm;
  const snapshot = Isolate.createSnapshot([{ code: script }]);
  const open = (): { isolate: Isolate; call: (input: string) => Promise<string> } => {
    const isolate = new Isolate({ memoryLimit: memoryLimitMiB, snapshot });
    const reference = isolate.createContextSync().global.getSync('call', { reference: true });
    const options = { result: { promise: true, copy: true } };
    return { isolate, call: (input) => reference.apply(undefined, [input], options) };
  };
  const living = open();
  return {
    fresh: async (input) => {
      const { isolate, call } = open();
      const output = await call(input);
      isolate.dispose();
      return output;
    },
    steady: living.call,
    dispose: () => living.isolate.dispose(),
  };
}
