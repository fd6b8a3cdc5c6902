/**
 * How instances are allocated: what is fastest on this machine and works on it. The address space of a small board may be too small for a pool,
 * which shows when a pool is made, or only when the first instance is.
 */
import { availableParallelism } from 'node:os';
import { componentLimits } from '../../limits.ts';
import type { CodeSettings, EngineSettings, PoolSettings } from './native.ts';

/** `server`: many calls at the same time. `edge`: little memory and address space. `command`: one call, and the process ends. */
export type ProfileName = 'server' | 'edge' | 'command';

/** A way of allocation. */
export interface Allocation {
  readonly name: 'pool' | 'small pool' | 'on demand' | 'small on demand';
  readonly settings: EngineSettings;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;

/** Instances of a pool: each reserves 4 GiB, so these take 4 of the 128 TiB that a process has. */
export const poolInstances = 1_024;
/** What most components have; one with more takes the room of several. */
export const perInstance = { coreInstances: 8, tables: 4 } as const;

/** What the largest component takes. */
const weightMax = Math.ceil(componentLimits.coreModulesMax / perInstance.coreInstances);

/** A 32-bit index and its offset cannot leave the reservation and the guard: loads and stores need no check. */
const wide = { memoryReservationBytes: 4 * gibibyte, memoryGuardBytes: 32 * mebibyte } as const;
/** The default memory of a tool, so that most tools never move. Checks cost the guest a fifth of its speed. */
const narrow = { memoryReservationBytes: 64 * mebibyte, memoryGuardBytes: 64 * kibibyte } as const;
/** A guest begins with less; a memory that outgrows it is moved. */
const small = { memoryReservationBytes: 2 * mebibyte, memoryGuardBytes: 64 * kibibyte } as const;

/** Threads for long turns and full queues, beside the thread of JavaScript. */
const workers = Math.max(1, availableParallelism() - 1);

/** Beyond those that calls have: the instance that is cleared after its result has gone out, and one on each worker whose call was dropped. */
const slots = poolInstances + (1 + workers) * weightMax;

function pool(memoryBytesMax: number): PoolSettings {
  return {
    instances: slots,
    coreInstancesPerComponent: perInstance.coreInstances,
    tablesPerComponent: componentLimits.tablesMax,
    tables: slots * perInstance.tables,
    tableElements: componentLimits.tableElementsMax,
    memoryBytesMax,
    // A call of the guest engine changes 80 to 130 KiB. With less than 256 KiB some pages are given back and faulted in again: 50 µs more.
    memoryKeepResidentBytes: 256 * kibibyte,
    tableKeepResidentBytes: 64 * kibibyte,
    // A slot stays with its tool: without it a hundred tools in turn cost twice as much.
    warmSlots: poolInstances,
    decommitBatch: 16,
  };
}

/** What a profile tries, the best first. `fuel`: whether instructions are counted. */
export function allocationsOf(profile: ProfileName, fuel: boolean): readonly Allocation[] {
  const code = (memory: Omit<CodeSettings, 'fuel'>): CodeSettings => ({ ...memory, fuel });
  const pooled: Allocation = {
    name: 'pool',
    settings: { code: code(wide), pool: pool(wide.memoryReservationBytes), workers },
  };
  const smallPool: Allocation = {
    name: 'small pool',
    settings: { code: code(narrow), pool: pool(narrow.memoryReservationBytes), workers },
  };
  const onDemand: Allocation = { name: 'on demand', settings: { code: code(wide), workers } };
  const last: Allocation = { name: 'small on demand', settings: { code: code(small), workers } };
  switch (profile) {
    case 'server':
      return [pooled, smallPool, last];
    case 'edge':
      return [last];
    case 'command':
      return [onDemand, last];
  }
}
