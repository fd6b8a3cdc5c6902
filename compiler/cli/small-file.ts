/** Files of a few lines that a command line names: keys and signatures. */
import { systemState } from '#wit/errors';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** What became of reading one. `absent`: nothing is at the path. */
export type SmallFile =
  | { readonly kind: 'read'; readonly text: string; readonly mode: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly state: string };

/** Reads a file of text of at most so many bytes; a pipe or a device, which may never end, is refused. */
export async function readSmallFile(path: string, bytesMax: number): Promise<SmallFile> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    return absent ? { kind: 'absent' } : { kind: 'refused', state: systemState(cause) };
  }
  try {
    const status = await file.stat();
    if (!status.isFile()) return { kind: 'refused', state: 'it is no regular file' };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesMax + 1), 0, bytesMax + 1, 0);
    if (bytesRead > bytesMax) return { kind: 'refused', state: `it has more than ${bytesMax} bytes` };
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, bytesRead));
    return { kind: 'read', text, mode: status.mode };
  } catch (cause) {
    return { kind: 'refused', state: cause instanceof TypeError ? 'it is no text' : systemState(cause) };
  } finally {
    await file.close();
  }
}
