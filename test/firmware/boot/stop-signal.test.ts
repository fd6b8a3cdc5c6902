import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type SignalSource, listenForStop } from '../../../firmware/boot/stop-signal.ts';

function listening(): { emitter: EventEmitter; stop: ReturnType<typeof listenForStop>; pass: (ms: number) => void } {
  const emitter = new EventEmitter();
  let nowMs = 1000;
  const stop = listenForStop(emitter as SignalSource, () => nowMs);
  return { emitter, stop, pass: (ms) => (nowMs += ms) };
}

test('the first signal drains and says which it was; the second leaves at once', () => {
  const { emitter, stop, pass } = listening();
  emitter.emit('SIGTERM');
  expect([stop.drain.aborted, stop.drain.reason, stop.now.aborted]).toEqual([true, 'SIGTERM', false]);
  pass(500);
  emitter.emit('SIGINT');
  expect(stop.now.aborted).toBe(true);
});

test('the same interrupt from the terminal and from the starter is one', () => {
  const { emitter, stop, pass } = listening();
  emitter.emit('SIGINT');
  pass(499);
  emitter.emit('SIGINT');
  expect(stop.now.aborted).toBe(false);
});

test('one that is disposed of hears nothing more and leaves the signals to others', () => {
  const { emitter, stop } = listening();
  stop[Symbol.dispose]();
  stop[Symbol.dispose]();
  emitter.emit('SIGTERM');
  expect(stop.drain.aborted).toBe(false);
  expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => emitter.listenerCount(name))).toEqual([0, 0, 0]);
});

test('a real process drains at SIGTERM and is gone at the next signal', async () => {
  const script = fileURLToPath(new URL('stop-signal-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => (await lines.next()).value;
  expect(await next()).toBe('listening');
  child.kill('SIGTERM');
  expect(await next()).toBe('drain SIGTERM');
  // Until it counts as another one, however long this machine takes.
  const repeat = setInterval(() => child.kill('SIGINT'), 100);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(repeat);
  expect([code, await next()]).toEqual([130, 'now']);
});
