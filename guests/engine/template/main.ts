/**
 * What is evaluated once into the template's snapshot, as the body of `(function (native) { … })`: the Web APIs, the SDK, and
 * the four handlers by which the engine loads a tool, runs a call, and describes what went wrong.
 */
import * as sdk from '#sdk';
import { beginCall } from '../../sdk/call.ts';
import { type Native, type ToolFactory, bindNative } from '../../sdk/native.ts';
import { type StandardSchema, isStandardSchema, validated } from '../../sdk/standard-schema.ts';
import { type ValuePlan, reviveValue, writeValue } from '../../sdk/typed-values.ts';
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
  /** Where the input has Dates and bigints, and whether the output may have them. */
  readonly values?: { readonly input?: ValuePlan; readonly output?: boolean };
  /** Schemas of the author's, which judge what goes in and what comes out. */
  readonly schemas?: { readonly input?: StandardSchema; readonly output?: StandardSchema };
}

const sdkModule: unknown = Object.freeze({ ...sdk });
let addBlob: Native['addBlob'];
let tool: LoadedTool | undefined;

function requireModule(name: string): unknown {
  if (name === '@aria/sdk') return sdkModule;
  throw new Error(`Cannot load the module "${name}": a tool has "@aria/sdk" and what arc bundled into it`);
}

function load(factory: ToolFactory, inCall = false): void {
  if (inCall) beginCall(Infinity);
  const module: { exports: { tool?: unknown } } = { exports: {} };
  factory(requireModule, module, module.exports);
  const found = module.exports.tool as Partial<LoadedTool> | undefined;
  if (typeof found !== 'object' || found === null || typeof found.run !== 'function') {
    throw new Error('Cannot load the tool: its source sets no "exports.tool" with a function "run"');
  }
  const { run, blobs, timeoutMs, values = {}, schemas = {} } = found;
  for (const [side, schema] of Object.entries(schemas)) {
    if (!isStandardSchema(schema))
      throw new Error(
        `Cannot load the tool: the schema of its ${side} is none: it has no function "~standard.validate"`,
      );
  }
  tool = { run, blobs: blobs === true, timeoutMs: Number(timeoutMs ?? Infinity), values, schemas };
}

function begin(input: unknown, blobs: readonly Uint8Array[]): unknown {
  if (tool === undefined) throw new Error('Cannot run: no tool has been loaded');
  beginCall(tool.timeoutMs ?? Infinity);
  return isPlain(tool) ? Promise.resolve(tool.run(input)) : beginConverted(tool, input, blobs);
}

/** Whether a tool takes and gives what JSON has itself, as most do. */
function isPlain({ blobs, values = {}, schemas = {} }: LoadedTool): boolean {
  return blobs !== true && Object.keys(values).length === 0 && Object.keys(schemas).length === 0;
}

async function beginConverted(
  { run, blobs: hasBlobs, values = {}, schemas = {} }: LoadedTool,
  json: unknown,
  blobs: readonly Uint8Array[],
): Promise<unknown> {
  let input = hasBlobs === true ? decodeValue(json, blobs) : json;
  if (values.input !== undefined) input = reviveValue(input, values.input);
  if (schemas.input !== undefined) input = await validated(input, schemas.input, 'INPUT_INVALID');
  let output = await run(input);
  if (schemas.output !== undefined) output = await validated(output, schemas.output, 'OUTPUT_INVALID');
  if (values.output === true) output = writeValue(output);
  return hasBlobs === true ? encodeValue(output, addBlob) : output;
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
