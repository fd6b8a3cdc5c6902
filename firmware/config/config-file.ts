/** Reads a file of the configuration as TOML; whatever is wrong with it is a problem, never an exception. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { TomlError, parse } from 'smol-toml';
import type { ConfigProblem } from './errors.ts';
import { TomlLines } from './toml-lines.ts';

/** Nobody writes more by hand; a log that stands there by mistake is not parsed. */
const fileBytesMax = 1024 * 1024;

/** A text and where it is from. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

/** A parsed text: its tables, and the lines they stand in. */
export interface ConfigDocument {
  readonly file: string;
  /** Untrusted keys reach no prototype. */
  readonly table: ReadonlyMap<string, unknown>;
  readonly lines: TomlLines;
}

/** Reads a file; nothing where there is none. */
export async function readConfigText(file: string): Promise<ConfigText | ConfigProblem | undefined> {
  try {
    // A pipe would be waited for.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const { size } = await handle.stat().then((found) => (found.isFile() ? found : { size: -1 }));
    if (size < 0) return unreadable(file, 'it is no regular file');
    const bytes = Buffer.alloc(fileBytesMax + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > fileBytesMax) return unreadable(file, `it has more than ${fileBytesMax} bytes`);
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytesRead)) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return unreadable(file, 'it is not UTF-8');
    return unreadable(file, code === 'EACCES' ? 'this user may not read it' : code || String(error));
  }
}

function unreadable(file: string, state: string): ConfigProblem {
  return { place: file, state: `cannot be read: ${state}`, remedy: 'Put a TOML file there that this user may read' };
}

/** Parses a text. */
export function parseConfigText({ file, text }: ConfigText): ConfigDocument | ConfigProblem {
  try {
    return { file, table: new Map(Object.entries(parse(text))), lines: new TomlLines(text) };
  } catch (error) {
    const place = error instanceof TomlError ? `${file}:${error.line}` : file;
    const [message = ''] = error instanceof Error ? error.message.split('\n') : [];
    return { place, state: `no TOML: ${message}`, remedy: 'Correct the TOML in this line' };
  }
}
