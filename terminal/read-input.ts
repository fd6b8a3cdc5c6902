/** Reads the input of a call as the command line names it: JSON itself, `@FILE`, or `-` for stdin. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeValue, parseJson, textForm } from '#wit/values';
import { inputNotJson, inputNotText, inputTooLarge, inputUnreadable } from './errors.ts';
import { findJsonFault } from './json-fault.ts';
import type { Terminal } from './terminal.ts';

/** What reading takes of a command's context. */
interface InputContext {
  readonly terminal: Terminal;
  readonly currentDirectory: string;
  readonly signal: AbortSignal;
}

/** What the tool ABI takes as JSON; bytes in base64 count as they stand. */
const inputBytesMax = 8 * 1024 * 1024;

/**
 * The input as a value; bytes, which JSON has as `{"$base64": "…"}`, are `Uint8Array`.
 * @throws {CodedError} `INPUT_INVALID` with the place.
 */
export async function readInput(argument: string, context: InputContext): Promise<unknown> {
  const { text, source } = await readText(argument, context);
  return decodeValue(jsonOf(text, source), textForm);
}

async function readText(argument: string, context: InputContext): Promise<{ text: string; source: string }> {
  if (argument === '-') {
    return {
      text: decodeText(await context.terminal.readAll(inputBytesMax, context.signal), 'stdin'),
      source: 'stdin',
    };
  }
  if (argument.startsWith('@')) {
    const path = argument.slice(1);
    return { text: decodeText(await readLimited(path, context), `"${path}"`), source: `"${path}"` };
  }
  if (Buffer.byteLength(argument) > inputBytesMax) throw inputTooLarge('--input', inputBytesMax);
  return { text: argument, source: '--input' };
}

async function readLimited(path: string, { currentDirectory, signal }: InputContext): Promise<Uint8Array> {
  const absolute = resolve(currentDirectory, path);
  const found = await stat(absolute).catch((cause: unknown) => {
    throw inputUnreadable(path, cause);
  });
  // A pipe or a device may never end, and opening one may never return.
  if (!found.isFile()) throw inputUnreadable(path, new Error('it is no regular file; pipe it in with "--input -"'));
  if (found.size > inputBytesMax) throw inputTooLarge(`"${path}"`, inputBytesMax);
  const bytes = await readFile(absolute, { signal }).catch((cause: unknown) => {
    throw inputUnreadable(path, cause);
  });
  // It may have grown meanwhile.
  if (bytes.length > inputBytesMax) throw inputTooLarge(`"${path}"`, inputBytesMax);
  return bytes;
}

function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw inputNotText(source, cause);
  }
}

function jsonOf(text: string, source: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const fault = findJsonFault(text);
    if (fault === undefined) throw cause;
    throw inputNotJson(source, text, fault);
  }
}
