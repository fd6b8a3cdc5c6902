/** The token scheduler, apart from the door of the whole folder: every host has it at its start, containers only some and later. */
export { systemSyncClock } from './clock.ts';
export { syncDefaults } from './limits.ts';
export { type DeadlockCheck, type DeadlockStep, checkDeadlocks } from './proof/check-deadlocks.ts';
export type { AcquireRequest, Grant, Quota, SchedulerEvent, TokenScheduler } from './scheduler.ts';
export { type StoredLease, type StoredRate, type SyncState, type SyncStore, createMemorySyncStore } from './store.ts';
export { createTokenScheduler } from './token-scheduler.ts';
