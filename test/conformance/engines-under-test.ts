/** The engines that tests run on: `v8` everywhere, `wasmtime` where its library has been built. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createV8Engine, createWasmtimeEngine, openArtifactKey, wasmtimeAvailable } from '#host';
import type { Engine } from '#wit/interfaces';

/** What every engine may be told. */
interface Options {
  readonly callsOpenMax?: number;
  /** Only where there are profiles. */
  readonly profile?: 'edge';
}

/** An engine under test; whoever creates one disposes of it. */
export interface EngineUnderTest {
  readonly name: Engine['name'];
  create(options?: Options): Engine;
}

/** Compiled code of all test processes: the guest engine takes a second, and each of a hundred processes would compile it. */
const directory = join(homedir(), '.cache/aria/compiled');
const directoryBytesMax = 512 * 1024 * 1024;
const artifacts = wasmtimeAvailable()
  ? { directory, key: await openArtifactKey(join(directory, 'key')), directoryBytesMax }
  : undefined;

/** In the order of their names. */
export const enginesUnderTest: readonly EngineUnderTest[] = [
  { name: 'v8', create: (options) => createV8Engine(options) },
  ...(artifacts
    ? [
        {
          name: 'wasmtime',
          create: (options?: Options) => createWasmtimeEngine({ artifacts, ...options }),
        } as const,
      ]
    : []),
];
