/** The messages of the turn protocol. Positions of blobs are named in the comments; a message of another form ends the connection. */

/** Said by an agent of the same form. */
export const protocolVersion = 1;

/** Where the agent is in a container; the back end `none` puts it below a directory of the machine. */
export const agentPlace = '/aria/agent.js';

/** The word behind the socket in the agent's command line by which its process gives up starting programs. */
export const startsNothing = 'starts-nothing';

/** An address that the agent serves on its loopback, and where bytes that come there go. */
export interface ForwardedPort {
  /** As `127.0.0.2`. */
  readonly address: string;
  readonly port: number;
  /** What is asked of the proxy; none: bytes go to it as they are, as from a client that speaks HTTP to a proxy. */
  readonly host?: string;
}

/** Where code inside finds what is outside. */
export interface Forwarding {
  /** The proxy's socket, inside. */
  readonly proxy: string;
  readonly ports: readonly ForwardedPort[];
  /** Set before the tool is loaded. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Limits that the agent keeps to, so that an honest tool hears of them in the words of the guest engine. */
export interface AgentLimits {
  readonly operationsOpenMax: number;
  readonly logBytesMax: number;
  readonly outputBytesMax: number;
  readonly blobsMax: number;
  readonly argumentBytesMax: number;
}

/** From the host. */
export type HostMessage =
  /** Once for each call. Blobs: seed, input (JSON), source (not read where the agent has loaded its tool already), then the blobs of the input. */
  | {
      readonly kind: 'begin';
      readonly turn: number;
      readonly nowMs: number;
      readonly tool: string;
      readonly engine: 'quickjs' | 'bun';
      /** Interfaces of `aria:host`, as `kv`. */
      readonly granted: readonly string[];
      readonly limits: AgentLimits;
      readonly environment: Readonly<Record<string, string>>;
      readonly forwarding: Forwarding | null;
    }
  /** Blobs: those of the completions, then what stands beside them. `value`: by `writeValue`. */
  | {
      readonly kind: 'resume';
      readonly turn: number;
      readonly nowMs: number;
      readonly ready: readonly (readonly [id: number, ok: boolean, value: unknown])[];
      /** How many blobs are those of the completions. */
      readonly blobs: number;
    };

/** How a turn ended, as the agent says. The output of `done` is the last blob. */
export type AgentOutcome =
  | readonly ['done']
  | readonly ['waiting']
  | readonly ['failed', code: string, message: string, retryable: boolean, details: string | null, stack: string | null]
  /** A limit that the agent keeps to. */
  | readonly ['ended', code: 'OPERATIONS_EXCEEDED' | 'VALUE_TOO_LARGE', message: string, cause: string];

/** A line: level, text, fields as JSON. */
export type AgentLine = readonly [level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: string | null];

/** From the agent. */
export type AgentMessage =
  /** First of all. `cpuMs`: of the whole process so far. */
  | { readonly kind: 'ready'; readonly version: number; readonly cpuMs: number }
  /** Ends the turn of this number. Blobs: those of the turn, then what stands beside the arguments, then the output. */
  | {
      readonly kind: 'turn';
      readonly turn: number;
      readonly outcome: AgentOutcome;
      readonly blobs: number;
      readonly started: readonly (readonly [id: number, name: number, args: readonly unknown[]])[];
      readonly abandoned: readonly number[];
      readonly logs: readonly AgentLine[];
      readonly logBytesDropped: number;
      /** As in `ready`. */
      readonly cpuMs: number;
      readonly memoryBytes: number;
    }
  /** The tool has gone on by itself after the turn of this number: there is something to say. */
  | { readonly kind: 'stir'; readonly turn: number };
