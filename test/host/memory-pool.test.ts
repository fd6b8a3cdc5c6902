import { expect, test } from 'vitest';
import { FreeMemories, MemoryPool } from '../../host/engine/v8/memory-pool.ts';
import { pageBytes } from '../../host/limits.ts';

function bytesOf(memory: WebAssembly.Memory): Uint8Array {
  return new Uint8Array(memory.buffer);
}

test('a memory that comes back is given again with every byte cleared', () => {
  const pool = new MemoryPool(2, 4);
  const memory = pool.take();
  bytesOf(memory).fill(7);
  pool.give(memory);
  expect(pool.take()).toBe(memory);
  expect(bytesOf(memory).every((byte) => byte === 0)).toBe(true);
  expect(pool.take()).not.toBe(memory);
});

test('a memory that has grown is not given again', () => {
  const pool = new MemoryPool(1, 4);
  const memory = pool.take();
  memory.grow(1);
  pool.give(memory);
  expect(pool.take()).not.toBe(memory);
});

test('at most four memories of a component wait', () => {
  const all = new FreeMemories();
  const pool = new MemoryPool(1, 1, all);
  for (const memory of Array.from({ length: 5 }, () => pool.take())) pool.give(memory);
  expect(all.bytes).toBe(4 * pageBytes);
});

test('memories of all components together stay within the maximum; the one that waits longest goes', () => {
  const all = new FreeMemories(3 * pageBytes);
  const pools = Array.from({ length: 4 }, () => new MemoryPool(1, 1, all));
  const memories = pools.map((pool) => pool.take());
  for (const [index, pool] of pools.entries()) pool.give(memories[index] ?? pool.take());
  expect(all.bytes).toBe(3 * pageBytes);
  const again = pools.map((pool) => pool.take());
  expect(again.map((memory, index) => memory === memories[index])).toEqual([false, true, true, true]);
  expect(all.bytes).toBe(0);
});

test('a memory larger than the maximum of all waits alone', () => {
  const all = new FreeMemories(2 * pageBytes);
  const [small, large] = [new MemoryPool(1, 1, all), new MemoryPool(3, 3, all)];
  const memories = [small.take(), large.take()] as const;
  small.give(memories[0]);
  large.give(memories[1]);
  expect(all.bytes).toBe(3 * pageBytes);
  expect(large.take()).toBe(memories[1]);
});

test('a pool that was closed keeps nothing, also of what comes back later', () => {
  const all = new FreeMemories();
  const pool = new MemoryPool(1, 1, all);
  const [waiting, out] = [pool.take(), pool.take()];
  pool.give(waiting);
  pool[Symbol.dispose]();
  pool[Symbol.dispose]();
  pool.give(out);
  expect(all.bytes).toBe(0);
  expect([waiting, out]).not.toContain(pool.take());
});
