/**
 * What the agent uses of Bun and of the language, taken before the prelude replaces globals and before a tool can. This file is imported first.
 *
 * A tool runs in the same process and may change every prototype. That can only hurt its own call: the host believes nothing that comes over the socket.
 */
import type * as FileSystem from 'node:fs';
import { createRequire } from 'node:module';
import type * as VirtualMachine from 'node:vm';

/** A connected socket of Bun. */
export interface BunSocket {
  write(bytes: Uint8Array): number;
  end(): void;
  /** Ends what is written, and goes on reading. */
  shutdown(): void;
  ref(): void;
  unref(): void;
}

/** What hears of a socket of Bun. */
export interface BunSocketHandler {
  open?(socket: BunSocket): void;
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain?(socket: BunSocket): void;
  close?(socket: BunSocket): void;
  end?(socket: BunSocket): void;
  error?(socket: BunSocket, error: unknown): void;
  connectError?(socket: BunSocket, error: unknown): void;
}

interface BunRuntime {
  readonly peek: { status(promise: Promise<unknown>): 'pending' | 'fulfilled' | 'rejected' } & ((
    promise: Promise<unknown>,
  ) => unknown);
  connect(options: {
    readonly unix: string;
    readonly socket: BunSocketHandler;
    readonly allowHalfOpen?: boolean;
  }): Promise<BunSocket>;
  listen(options: {
    readonly hostname: string;
    readonly port: number;
    readonly socket: BunSocketHandler;
    readonly allowHalfOpen?: boolean;
  }): {
    stop(force?: boolean): void;
    unref(): void;
  };
}

/** Loads modules of Bun and Node; there are no others beside the path that it is made for. */
export const builtinRequire = createRequire('/agent.js');
/** Bun's own names. */
export const bun = (globalThis as unknown as { readonly Bun: BunRuntime }).Bun;
/** Writes to standard error. `node:fs` is loaded for it, which a container that has nothing to say does without (2 ms). */
export function writeError(text: string): void {
  const { writeSync } = builtinRequire('node:fs') as typeof FileSystem;
  writeSync(2, text);
}
/** Runs the queue of promises and of `process.nextTick` until it is empty. */
export const { drainMicrotasks } = builtinRequire('bun:jsc') as { drainMicrotasks(): void };

// By `require`: of what is imported whole the bundler looks at each property, and those of `process` open standard input and output, which costs 10 ms.
export const process = builtinRequire('node:process') as NodeJS.Process;
export const { runInThisContext: runScript } = builtinRequire('node:vm') as typeof VirtualMachine;
export const peekStatus = bun.peek.status;
export const peekValue = bun.peek;
export const later = globalThis.setImmediate;
export const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys, setPrototypeOf } = Reflect;
export const { parse: parseJson, stringify: stringifyJson } = JSON;
export const PromiseIntrinsic = Promise;
export const promiseThen = Promise.prototype.then;
export const cpuUsage = process.cpuUsage.bind(process);
export const residentBytes = process.memoryUsage.rss.bind(process.memoryUsage);

const TextEncoderIntrinsic = globalThis.TextEncoder;
const TextDecoderIntrinsic = globalThis.TextDecoder;
const encoder = new TextEncoderIntrinsic();
const encode = encoder.encode.bind(encoder);
const decoders = [false, true].map((fatal) =>
  [false, true].map((ignoreBOM) => {
    const decoder = new TextDecoderIntrinsic('utf-8', { fatal, ignoreBOM });
    return decoder.decode.bind(decoder);
  }),
);

/** UTF-8 of a text; lone surrogates become U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  return encode(text);
}

/** The text of UTF-8, by the WHATWG standard. */
export function utf8Decode(bytes: Uint8Array, fatal: boolean, ignoreBom: boolean): string {
  return decoders[fatal ? 1 : 0]?.[ignoreBom ? 1 : 0]?.(bytes as Uint8Array<ArrayBuffer>) ?? '';
}
