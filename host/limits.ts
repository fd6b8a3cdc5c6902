/** Every maximum of the host, with its unit and its reason. What a tool may choose for itself is in the manifest. */
import { availableParallelism } from 'node:os';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Bytes of a page of linear memory, by the WebAssembly specification. */
export const pageBytes = 64 * kibibyte;

/** What the engine accepts as a component. */
export const componentLimits = {
  /** The guest engine with a large snapshot is 2 MiB; V8 compiles 64 MiB in seconds, which is what loading may cost. */
  componentBytesMax: 64 * mebibyte,
  /** wit-component makes 3 (module, shim, fix-up); adapters and cut imports add a few. */
  coreModulesMax: 64,
  /** Nesting of components; each level is a recursion of the parser. */
  componentDepthMax: 8,
  /** wit-component makes none; each may double those of the one before, so that 16 are some hundreds when they are laid out. */
  nestedInstancesMax: 16,
  /** There are 12 interfaces in `aria:host`. */
  importsMax: 32,
  /** QuickJS has one table of 1,200 functions. */
  tablesMax: 16,
  /** Elements of a table, which lie outside linear memory: 512 KiB of host memory each at most. */
  tableElementsMax: 65_536,
} as const;

/** How the engine spends the machine. */
export const engineDefaults = {
  /** A turn that holds its worker longer than this (milliseconds) makes the calls that wait for it move away: 100 times a usual turn. */
  sliceMs: 50,
  /**
   * Calls open at the same time. Each instance reserves 8 to 10 GiB of address space for V8's guard regions, of 128 TiB that
   * a process has.
   */
  callsOpenMax: 8_192,
  /** Workers that run turns when nothing overruns: one for each core. */
  workersUsual: Math.max(1, availableParallelism()),
  /** Two cores and two spinners must not stop the rest, so there are always two more than cores. */
  workersMax: Math.max(2, availableParallelism()) + 2,
  /** Milliseconds until a worker beyond the usual number that holds no call goes away. */
  workerIdleMs: 10_000,
  /**
   * Native stack of a worker in MiB. The guest checks its own stack of 512 KiB in linear memory, and one frame of its interpreter takes
   * several times as much of the native one, unoptimised code most: the guest's RangeError has to come first.
   */
  workerStackMb: 64,
  /** JavaScript heap of a worker in MiB: glue of a suspended call takes about 200 KiB; what a hostile guest makes the glue hold ends here. */
  workerHeapMb: 2_048,
  /** Instances that a worker keeps ready for the component that it last served: hides the 0.2 ms of instantiation. */
  sparesMax: 1,
  /** What a call's journal may hold, in bytes: input, blobs and replies; a call beyond it stays with its worker and cannot be rebuilt. */
  journalBytesMax: 64 * mebibyte,
  /** The same in turns. */
  journalTurnsMax: 100_000,
  /** All journals of an engine together; beyond it the largest are let go, as if each were over its own maximum. */
  journalsBytesMax: 512 * mebibyte,
} as const;

/** What one turn may bring across the border, by `wit/host/tool.wit`. */
export const turnLimits = {
  /** `types.blob`: 0 to 1,023. */
  blobsMax: 1_024,
  /** `call.blobs`: together. */
  blobBytesMax: 32 * mebibyte,
  /**
   * Arguments of the operations of one turn, together. One text in the guest's memory may be the argument of thousands of operations, each of
   * which is a copy here.
   */
  argumentBytesMax: 32 * mebibyte,
  /** `call.input` and `outcome.done`, bytes of UTF-8. */
  jsonBytesMax: 8 * mebibyte,
} as const;

/** What one call may do. */
export const callLimits = {
  /** `log.write`: bytes a call. */
  logBytesMax: 256 * kibibyte,
  /** Output JSON and blobs of one turn, together. */
  outputBytesMax: turnLimits.jsonBytesMax + turnLimits.blobBytesMax,
  /** Operations open at the same time: 4,096 of 1 MiB each would be all that a small machine has. */
  operationsOpenMax: 4_096,
  /** Of these run at the same time; the rest waits in order. */
  operationsParallelMax: 64,
  /** `Operation` completions in one resume; more go into the next. */
  readyMax: 1_024,
  /** Violations of a schema that an error lists. */
  violationsMax: 1_000,
} as const;

/** What all calls of a host together may have. */
export const hostLimits = {
  /** Operations open at the same time, timers included: sixteen calls at their own maximum. */
  operationsOpenMax: 65_536,
} as const;

/**
 * What an entry of the store in memory costs beside its key and its value: the value's buffer and its place in the map, measured as 512 bytes. It
 * counts towards the maxima of a namespace and of the store, else 64 MiB of one-letter keys would be gigabytes. A store on disk counts in the same way.
 */
export const entryBytes = 512;

/** Argument limits of `kv`, by `wit/host/kv.wit`, and the size of the store. */
export const kvLimits = {
  namespaceCharactersMax: 128,
  keyBytesMax: 256,
  valueBytesMax: mebibyte,
  /** Keys, values and `entryBytes` for each of one namespace together: the store is in memory. */
  namespaceBytesMax: 64 * mebibyte,
  /** Namespaces of a host: 1,024 of them full would be 64 GiB, so the next limit comes first. */
  namespacesMax: 1_024,
  /** All namespaces together, counted in the same way. */
  storeBytesMax: 512 * mebibyte,
  keysPageMax: 1_000,
} as const;

/** `timer.sleep`, as in `setTimeout`. */
export const timerLimits = { sleepMsMax: 2_147_483_647 } as const;

/** Compiled code on disk (`engine/wasmtime/artifact-store.ts`). */
export const artifactLimits = {
  /** The directory: 4 MiB for each engine template and 0.5 MiB for each tool, or 5 MiB for one compiled whole: 800 hot tools. */
  directoryBytesMax: 4096 * mebibyte,
  /** Artifacts in it: each is a directory, and looking through all of them has to stay below half a second. */
  artifactsMax: 16_384,
  /** After this many additions the directory is looked through again, since other processes add to it as well. */
  additionsUntilLook: 64,
  /** What making room leaves, as a share of the maximum, so that not every addition has to make room. */
  shareKept: 0.9,
  /** Use is noted when the last note is older than this many milliseconds: removal needs no finer order, and a note is a write. */
  useNotedMs: 60_000,
  /** What a process that was killed left half-written goes after this many milliseconds; writing takes seconds at most. */
  leftoverMs: 3_600_000,
} as const;

/** Compiling for the native engine, in a child process (`engine/wasmtime/compiler.ts`). */
export const compilerLimits = {
  /** A module or a tool beside the shared engine: the guest engine takes 1 s, so thirty of the slowest machines' seconds. */
  deadlineMs: 30_000,
  /** A component compiled whole, in the background. */
  wholeDeadlineMs: 120_000,
  /** Address space that a child may have beyond what it begins with: the guest engine takes 0.2 GiB, with a snapshot of 64 MiB 1 GiB. */
  memoryBytes: 1_536 * mebibyte,
  /** Threads that compile functions: more than four gain little on a module of this size, and each needs memory of its own. */
  threadsMax: 4,
  /** Compiled code of one request; five times the largest component that the engine accepts. */
  codeBytesMax: 320 * mebibyte,
  /** Words of a refusal. */
  reasonCharactersMax: 1_024,
  /** What a child may say before it dies; enough for the line that tells why. */
  lastWordsBytesMax: 16 * kibibyte,
  /** Requests that wait. */
  requestsMax: 1_024,
  /** Their bytes, together: eight of the largest components. */
  requestBytesMax: 512 * mebibyte,
  /** An idle child holds 60 MiB, and starting one takes 30 ms. */
  idleMs: 10_000,
  /** `nice` of a child that compiles in the background: the weakest. */
  backgroundNice: 19,
} as const;
