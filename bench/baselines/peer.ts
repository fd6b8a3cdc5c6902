/** Other sandboxes for JavaScript behind one interface: the same script, JSON in and out. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** A sandbox that has the script. Its owner disposes of it. */
export interface Peer {
  /** A call in a sandbox of its own, which is gone after it. */
  readonly fresh: (input: string) => string | Promise<string>;
  /** A call in one that lives and has served others. */
  readonly steady?: (input: string) => string | Promise<string>;
  readonly dispose?: () => unknown;
}

const samples = join(import.meta.dirname, '../samples/calls');

const scripts = new Map<string, Promise<string>>();

/** A classic script that sets `call`: JSON in, a promise of JSON out, around a function of the sample's work. */
export function peerScript(work: 'greet' | 'compute'): Promise<string> {
  let script = scripts.get(work);
  if (!script) {
    script = bundle(work);
    scripts.set(work, script);
  }
  return script;
}

async function bundle(work: string): Promise<string> {
  const contents = `import { ${work} } from './work.ts';
globalThis.call = (json) => ${work}(JSON.parse(json)).then((output) => JSON.stringify(output));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: samples, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2023',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
