/** Reads files that others wrote: regular ones, up to a maximum. A pipe would be waited for, and a device never end. */
import { open, stat } from 'node:fs/promises';

/** The bytes of a file. @throws the system's own errors as they are, and an `Error` for what is no regular file, or too large. */
export async function readFileWithin(path: string, bytesMax: number): Promise<Uint8Array> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is no regular file');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new Error(`it has ${size} bytes, at most ${bytesMax} are allowed`);
    const bytes = await file.readFile();
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } finally {
    await file.close();
  }
}
