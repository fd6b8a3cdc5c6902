/**
 * What the substrate gives to the SDK: in a WASM tool the C functions of the guest engine. It is bound once, before any
 * tool is loaded, and lives in a module variable, so that a tool cannot see it.
 */

/** Describes a thrown value as the record `tool-error` of `aria:host/tool`. */
export interface DescribedError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** JSON. */
  readonly details: string | null;
  readonly stack: string | null;
}

/** Loads a tool: what its bundled source evaluates to. */
export type ToolFactory = (require: (name: string) => unknown, module: object, exports: object) => void;

/** The functions of the substrate. */
export interface Native {
  /** Names of all host functions, as `kv.get`; the position is the index that `start` and `call` take. */
  readonly names: readonly string[];
  /** The turn's clock in milliseconds since 1970; 0 while the tool is built. */
  nowMs(): number;
  /** Fills a view from the seed of the call; from a fixed one while the tool is built. */
  randomBytes(view: Uint8Array): void;
  /** UTF-8 of a text; lone surrogates become U+FFFD. */
  utf8Encode(text: string): Uint8Array;
  /** The text of UTF-8, by the WHATWG standard. @throws {TypeError} on malformed bytes if `fatal`. */
  utf8Decode(bytes: Uint8Array, fatal: boolean, ignoreBom: boolean): string;
  /**
   * Starts an operation; blobs are passed as `Uint8Array`.
   * @throws {TypeError} on arguments of a wrong shape.
   */
  start(index: number, ...args: readonly unknown[]): Promise<unknown>;
  /** The same without a promise: calls `done` without arguments, and `failed` with a refusal or what `done` throws. Gives the id. */
  startThen(index: number, done: () => unknown, failed: (error: unknown) => void, ...args: readonly unknown[]): number;
  /** The id of the operation that was started last. */
  operation(): number;
  /** Calls a function that starts no operation. */
  call(index: number, ...args: readonly unknown[]): void;
  /** Drops an open operation of this host function: it never settles. Says whether there was one. */
  forget(id: number, index: number): boolean;
  /** Whether this tool's component imports the interface of a host function. */
  granted(index: number): boolean;
  /** Adds bytes to the blobs of the turn and gives their index. */
  addBlob(view: Uint8Array): number;
  /** Registers what makes the rejection of a refused operation. */
  onOperationError(handler: (name: string, tag: string, value: unknown) => Error): void;
  /** Registers what runs a tool's bundled source; `inCall`: at the start of a call, by its clock and seed. */
  onLoad(handler: (factory: ToolFactory, inCall?: boolean) => void): void;
  /** Registers what runs a call. */
  onBegin(handler: (input: unknown, blobs: readonly Uint8Array[]) => unknown): void;
  /** Registers what describes anything that a tool may throw; it never throws itself. */
  onError(handler: (reason: unknown) => DescribedError): void;
}

let bound: Native | undefined;
/** Without a prototype, and no Map: a tool that patches `Map.prototype` sees nothing of it. */
let functions: Readonly<Record<string, HostFunction | undefined>> = Object.create(null);

/** A host function as the SDK finds it. */
export interface HostFunction {
  /** What `start` and `call` take. */
  readonly index: number;
  /** The interface that it belongs to, as `kv`. */
  readonly interfaceName: string;
}

/** Binds the SDK to its substrate. */
export function bindNative(native: Native): void {
  bound = native;
  const found: Record<string, HostFunction> = Object.create(null);
  for (const [index, name] of native.names.entries())
    found[name] = Object.freeze({ index, interfaceName: name.slice(0, name.indexOf('.')) });
  functions = Object.freeze(found);
}

/** The substrate. @throws {Error} outside of a tool. */
export function native(): Native {
  if (bound === undefined) throw new Error('Cannot use "@aria/sdk" here: it works inside a tool that Aria runs');
  return bound;
}

/** A host function. @throws {Error} where the substrate has none of this name. */
export function hostFunction(name: string): HostFunction {
  const found = functions[name];
  if (found === undefined) throw new Error(`Cannot use "${name}": this host does not know it`);
  return found;
}
