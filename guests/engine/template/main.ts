/**
 * What is evaluated once into the template's snapshot, as the body of `(function (native) { … })`: the Web APIs, the SDK, and
 * the four handlers by which the engine loads a tool, runs a call, and describes what went wrong.
 */
import * as sdk from '#sdk';
import { beginCall } from '../../sdk/call.ts';
import { type Native, bindNative } from '../../sdk/native.ts';
import { decodeValue, encodeValue } from '../../sdk/wire-values.ts';
import { installPrelude } from '../prelude/install.ts';
import { describeError } from './describe-error.ts';
import { operationError } from './operation-error.ts';

/** What a tool's bundled source leaves in `exports.tool`. */
interface LoadedTool {
  readonly run: (input: unknown) => unknown;
  /** Whether input or output may hold bytes. */
  readonly blobs?: boolean;
  /** Wall time of a call. */
  readonly timeoutMs?: number;
}

const sdkModule: unknown = Object.freeze({ ...sdk });
let addBlob: Native['addBlob'];
let tool: LoadedTool | undefined;

function requireModule(name: string): unknown {
  if (name === '@aria/sdk') return sdkModule;
  throw new Error(`Cannot load the module "${name}": a tool has "@aria/sdk" and what arc bundled into it`);
}

function load(factory: Parameters<Parameters<Native['onLoad']>[0]>[0]): void {
  const module: { exports: { tool?: unknown } } = { exports: {} };
  factory(requireModule, module, module.exports);
  const found = module.exports.tool as Partial<LoadedTool> | undefined;
  if (typeof found !== 'object' || found === null || typeof found.run !== 'function') {
    throw new Error('Cannot load the tool: its source sets no "exports.tool" with a function "run"');
  }
  tool = { run: found.run, blobs: found.blobs === true, timeoutMs: Number(found.timeoutMs ?? Infinity) };
}

function begin(input: unknown, blobs: readonly Uint8Array[]): unknown {
  if (tool === undefined) throw new Error('Cannot run: no tool has been loaded');
  beginCall(tool.timeoutMs ?? Infinity);
  return tool.blobs ? beginWithBytes(tool, input, blobs) : Promise.resolve(tool.run(input));
}

async function beginWithBytes({ run }: LoadedTool, input: unknown, blobs: readonly Uint8Array[]): Promise<unknown> {
  const output = await run(decodeValue(input, blobs));
  return encodeValue(output, addBlob);
}

/**
 * `Error.prepareStackTrace` shows a tool the calls on the stack, the SDK's and the engine's own among them. As in any strict code, they
 * show no functions: one of them would be the binding itself.
 */
function hideFunctionsOfCalls(): void {
  const holder = Error as unknown as { prepareStackTrace: unknown };
  const before = holder.prepareStackTrace;
  holder.prepareStackTrace = (_error: unknown, calls: readonly object[]) => calls;
  const calls: unknown = new Error('of this call').stack;
  holder.prepareStackTrace = before;
  const [call] = Array.isArray(calls) ? (calls as readonly object[]) : [];
  if (call === undefined) throw new Error('Cannot hide the functions of calls: the engine shows none');
  const prototype: object = Object.getPrototypeOf(call);
  for (const name of ['getFunction', 'getThis'])
    Object.defineProperty(prototype, name, { value: () => undefined, writable: false, configurable: false });
}

/** Prepares the engine. The bundle of this file calls it with the engine's `native`. */
export function main(native: Native): void {
  bindNative(native);
  addBlob = (bytes) => native.addBlob(bytes);
  installPrelude();
  hideFunctionsOfCalls();
  native.onLoad(load);
  native.onBegin(begin);
  native.onError(describeError);
  native.onOperationError(operationError);
}
