/** Which engine runs components here. */
import type { Engine } from '#wit/interfaces';
import { createV8Engine } from './v8/engine.ts';
import type { ArtifactPlace } from './wasmtime/artifact-place.ts';
import { createWasmtimeEngine } from './wasmtime/engine.ts';
import { wasmtimeAvailable } from './wasmtime/native.ts';
import type { ProfileName } from './wasmtime/profiles.ts';

/** An engine by its name; `auto`: the native one where it has been built, else V8. */
export type EngineChoice = 'auto' | Engine['name'];

/** What an engine is made with, whichever it is. */
export interface EngineOptions {
  readonly choice?: EngineChoice | undefined;
  /** Where glue and wrappers are kept between processes. */
  readonly cacheDirectory?: string | undefined;
  /** Where compiled code is kept between processes. */
  readonly artifacts?: ArtifactPlace | undefined;
  readonly profile?: ProfileName | undefined;
  /** Whether what the first call waits for starts at once. */
  readonly warm?: boolean;
}

/** The engine that `auto` stands for on this machine. */
export function engineHere(): Engine['name'] {
  return wasmtimeAvailable() ? 'wasmtime' : 'v8';
}

/** Creates an engine. The owner disposes of it. @throws what Node throws where the native library was asked for and does not load. */
export function createEngine({ choice = 'auto', cacheDirectory, artifacts, profile, warm }: EngineOptions): Engine {
  const name = choice === 'auto' ? engineHere() : choice;
  if (name === 'v8') return createV8Engine({ cacheDirectory, warm: warm ?? false });
  try {
    return createWasmtimeEngine({ cacheDirectory, artifacts, ...(profile && { profile }) });
  } catch (error) {
    // A library of another system, which somebody copied here: `aria doctor` says so.
    if (choice === 'auto') return createV8Engine({ cacheDirectory, warm: warm ?? false });
    throw error;
  }
}
