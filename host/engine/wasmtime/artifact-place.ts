/** Where compiled code is kept. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** A place for compiled code that processes share. */
export interface ArtifactPlace {
  readonly directory: string;
  /** 32 bytes that only this user knows, as `openArtifactKey` gives them. */
  readonly key: Uint8Array;
  /** Of all code in it; `artifactLimits` where absent. */
  readonly directoryBytesMax?: number;
}

let ofProcess: ArtifactPlace | undefined;

/** Compiled code of a process that was given no place for it; it goes with the process. */
export function processArtifacts(): ArtifactPlace {
  if (!ofProcess) {
    const directory = mkdtempSync(join(tmpdir(), 'aria-compiled-'));
    ofProcess = { directory, key: randomBytes(32) };
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  }
  return ofProcess;
}
