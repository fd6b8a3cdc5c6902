/** How much the socket takes from its clients. */

/** Everything that has a maximum. */
export interface SyncServerLimits {
  /** Connections at the same time; further ones are closed as they come. */
  readonly connectionsMax: number;
  /** Requests at the same time on one connection; more wait in the client. Above `waitsMax`, so that one that waits can still release. */
  readonly streamsMax: number;
  /** Acquisitions under way on one connection. */
  readonly waitsMax: number;
  /** Watches on one connection. */
  readonly watchesMax: number;
  /** States under way on one connection: the only large answers. */
  readonly statesMax: number;
  /** Longest message of a client: 64 tokens of 512 characters, and room for its texts. */
  readonly messageBytesMax: number;
  /** About how long the lists of a state may be, in bytes of JSON. */
  readonly stateBytesMax: number;
  /** Events that wait for one reader. */
  readonly backlogMax: number;
  /** How long a reader of events may take none, in milliseconds. */
  readonly slowReaderMs: number;
}

/** What a host serves with, tests aside. */
export const syncServerLimits: SyncServerLimits = {
  connectionsMax: 64,
  streamsMax: 320,
  waitsMax: 256,
  watchesMax: 8,
  statesMax: 2,
  messageBytesMax: 64 * 1024,
  stateBytesMax: 1024 * 1024,
  backlogMax: 1024,
  slowReaderMs: 30_000,
};

/** Leases of external holders, in milliseconds: long enough for a slow write, short enough to wait for after a client died. */
export const leases = { defaultMs: 30_000, minMs: 1_000, maxMs: 3_600_000 } as const;
