/** Waits for a runtime to write a file, without asking for it again and again. */
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import path from 'node:path';

/** Resolves with what `parse` makes of the file, as soon as it makes something; rejects with the signal's reason. */
export async function fileContent<Value>(
  directory: string,
  name: string,
  parse: (text: string) => Value | undefined,
  signal: AbortSignal,
): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const look = () => {
    const value = parse(textOf(path.join(directory, name)));
    if (value !== undefined) resolve(value);
  };
  const abort = () => {
    // What ended may have written it before.
    look();
    reject(signal.reason);
  };
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(directory, look);
    watcher.on('error', reject);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    look();
    return await promise;
  } finally {
    watcher?.close();
    signal.removeEventListener('abort', abort);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
