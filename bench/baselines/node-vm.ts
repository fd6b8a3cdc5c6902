/** node:vm: contexts of this process's V8, which its documentation calls no security mechanism. */
import vm from 'node:vm';
import type { Peer } from './peer.ts';

interface Contents {
  call?: (input: string) => Promise<string>;
}

/** The script is compiled once; a fresh call makes a context and runs it there. */
export function openNodeVm(script: string): Peer {
  const compiled = new vm.Script(script, { filename: 'tool.js' });
  const open = (): NonNullable<Contents['call']> => {
    const contents: Contents = {};
    compiled.runInContext(vm.createContext(contents));
    if (!contents.call) throw new Error('Cannot call: the script has set no "call"');
    return contents.call;
  };
  const steady = open();
  // Awaited here: the promises of a context are none of this realm's.
  return { fresh: async (input) => await open()(input), steady: async (input) => await steady(input) };
}
