/** The runtime's command line and its words, for the first process and for further ones. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BackendProbe, ContainerBackend } from './backend.ts';
import { causeBytesMax } from './limits.ts';
import type { Machine } from './machine.ts';
import type { BundleOptions } from './oci-config.ts';
import type { Workplace } from './workplace.ts';

/** What a runtime needs beside a workplace. */
export interface OciOptions {
  readonly name: 'crun' | 'runc';
  readonly program: string;
  readonly machine: Machine;
  readonly workplace: Workplace;
  readonly runtimeDirectory: string;
  /** Hides a mount from a further process, too. */
  readonly hiddenMount: string | undefined;
  readonly bundle: Omit<BundleOptions, 'groupPath' | 'openFilesMax' | 'rootPath' | 'sourceOf'>;
  readonly probe: BackendProbe;
  readonly removeOrphans: ContainerBackend['removeOrphans'];
}

/** The runtime and what stands before its verb. */
export function runtimeWords({ name, program, runtimeDirectory }: OciOptions, directory: string): readonly string[] {
  const log = path.join(directory, 'log');
  const own = name === 'crun' ? ['--cgroup-manager=disabled'] : [];
  return [program, '--root', runtimeDirectory, '--log', log, '--log-format', 'json', ...own];
}

/** The last error in a runtime's log: lines of JSON with `level` and `msg`. */
export function runtimeError(directory: string): string | undefined {
  let text = '';
  try {
    text = readFileSync(path.join(directory, 'log'), 'utf8').slice(-causeBytesMax);
  } catch {
    return undefined;
  }
  for (const line of text.trim().split('\n').toReversed()) {
    const message = /"level":\s*"(?:error|fatal)"/.test(line)
      ? /"msg":\s*"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
      : undefined;
    if (message !== undefined) return message.replaceAll(/\\(.)/g, '$1');
  }
  return undefined;
}
