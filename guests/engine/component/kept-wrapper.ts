/** Wrappers that have been encoded: in memory, and on disk where a directory is given. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashBytes } from '#wit/bundle';
import { ByteReader, concat, unsigned } from './core-module.ts';

/** A component with a hole where a core module goes. */
export interface Wrapper {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Wrappers in memory, some 20 KB each: a host's tools have few different sets of imports. */
const wrappersMax = 128;
const known = new Map<string, Promise<Wrapper>>();

/**
 * The wrapper of this identity, made where it is not known.
 * @param identity Everything that the wrapper depends on, its encoder included: values of JSON.
 * @param directory Where it is kept between processes; nowhere where absent.
 */
export function keptWrapper(
  identity: readonly unknown[],
  directory: string | undefined,
  encode: () => Promise<Wrapper>,
): Promise<Wrapper> {
  const key = hashBytes(new TextEncoder().encode(JSON.stringify(identity)));
  const found = known.get(key);
  if (found) return found;
  const made = directory === undefined ? encode() : fromDisk(join(directory, 'wrappers', key), encode);
  known.set(key, made);
  made.catch(() => known.delete(key));
  const [oldest] = known.keys();
  if (known.size > wrappersMax && oldest !== undefined) known.delete(oldest);
  return made;
}

async function fromDisk(file: string, encode: () => Promise<Wrapper>): Promise<Wrapper> {
  const kept = await readFile(file).then(parse, () => undefined);
  if (kept) return kept;
  const made = await encode();
  await keep(file, made);
  return made;
}

/** Written aside and renamed, so that nobody reads half a file. A disk that refuses costs the next process its time, nothing else. */
async function keep(file: string, wrapper: Wrapper): Promise<void> {
  const partial = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(partial, serialize(wrapper), { mode: 0o600, flag: 'wx' });
    await rename(partial, file);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

/** Hash (64 characters), length of the part before the hole (LEB128), the two parts. */
function serialize({ before, after }: Wrapper): Uint8Array {
  const content = concat([unsigned(before.length), before, after]);
  return concat([new TextEncoder().encode(hashBytes(content)), content]);
}

function parse(bytes: Uint8Array): Wrapper | undefined {
  const content = bytes.subarray(64);
  if (content.length === 0 || new TextDecoder().decode(bytes.subarray(0, 64)) !== hashBytes(content)) return undefined;
  const reader = new ByteReader(content);
  const before = reader.bytes(reader.unsigned());
  return { before, after: content.subarray(reader.at) };
}
