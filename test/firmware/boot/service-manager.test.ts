import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServiceManagerSetup, connectServiceManager, watchdogMs } from '../../../firmware/boot/service-manager.ts';
import { systemClock } from '#host';

const receiver = fileURLToPath(new URL('notify-receiver.py', import.meta.url));
const there = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const faults: string[] = [];
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aria-notify-'));
  faults.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function setup(environment: Readonly<Record<string, string>>): ServiceManagerSetup {
  return {
    environment: { PATH: process.env['PATH'], ...environment },
    pid: process.pid,
    clock: systemClock,
    onFault: (state) => faults.push(state),
  };
}

describe.runIf(there('python3') && there('systemd-notify'))('with a service manager', () => {
  let child: ChildProcess;
  let messages: AsyncIterator<string>;

  beforeEach(async () => {
    child = spawn('python3', [receiver, join(directory, 'notify')], { stdio: ['ignore', 'pipe', 'inherit'] });
    messages = createInterface(child.stdout ?? process.stdin)[Symbol.asyncIterator]();
    expect(await next()).toEqual({ listening: true });
  });
  afterEach(async () => {
    child.kill();
    await once(child, 'exit');
  });

  async function next(): Promise<unknown> {
    const { value } = (await messages.next()) as { value: string };
    return JSON.parse(value);
  }
  const environment = (): Record<string, string> => ({ NOTIFY_SOCKET: join(directory, 'notify') });

  test('it hears that the service is ready, what it does, and that it stops, in this order', async () => {
    await using manager = connectServiceManager(setup(environment()));
    manager.status('phase bundles');
    await manager.ready('3 bundles');
    await manager.stopping('2 calls\nREADY=1');
    expect([await next(), await next(), await next()]).toEqual([
      ['STATUS=phase bundles'],
      ['READY=1', 'STATUS=3 bundles'],
      // A newline in a status is no second message.
      ['STOPPING=1', 'STATUS=2 calls READY=1'],
    ]);
    expect(faults).toEqual([]);
  });

  test('of statuses that wait only the last one leaves', async () => {
    await using manager = connectServiceManager(setup(environment()));
    for (let index = 0; index < 100; index += 1) manager.status(`phase ${index}`);
    await manager.ready('done');
    expect([await next(), await next()]).toEqual([['STATUS=phase 99'], ['READY=1', 'STATUS=done']]);
  });

  test('the watchdog is fed until the end, and not while the service is ill', async () => {
    let ill = false;
    const watched = { ...setup({ ...environment(), WATCHDOG_USEC: '20000' }), healthy: () => !ill };
    const manager = connectServiceManager(watched);
    for (let index = 0; index < 3; index += 1) expect(await next()).toEqual(['WATCHDOG=1']);
    ill = true;
    await manager.ready('a');
    await systemClock.sleep(100, AbortSignal.timeout(1000));
    await manager.stopping('b');
    await manager[Symbol.asyncDispose]();
    await manager[Symbol.asyncDispose]();
    const rest: unknown[] = [];
    while (!JSON.stringify(rest.at(-1) ?? '').includes('STOPPING')) rest.push(await next());
    // One may have been on its way; between the two there is none.
    const ready = rest.findIndex((message) => JSON.stringify(message).includes('READY'));
    expect(rest.slice(ready)).toEqual([
      ['READY=1', 'STATUS=a'],
      ['STOPPING=1', 'STATUS=b'],
    ]);
  });
});

test('without a service manager nothing is said and nothing is started', async () => {
  await using manager = connectServiceManager(setup({ WATCHDOG_USEC: '1', PATH: '/nowhere' }));
  manager.status('a');
  await manager.ready('b');
  await manager.stopping('c');
  expect(faults).toEqual([]);
});

test('where the program is missing the service goes on, and it is said once', async () => {
  await using manager = connectServiceManager(setup({ NOTIFY_SOCKET: join(directory, 'notify'), PATH: directory }));
  await manager.ready('a');
  await manager.stopping('b');
  expect(faults).toEqual([expect.stringContaining('systemd-notify')]);
});

test.each([
  [{ WATCHDOG_USEC: '30000000' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' }, undefined],
  [{ WATCHDOG_USEC: '1' }, 1],
  [{ WATCHDOG_USEC: '999999999999999' }, 2 ** 31 - 1],
  [{ WATCHDOG_USEC: '0' }, undefined],
  [{ WATCHDOG_USEC: '-1' }, undefined],
  [{}, undefined],
])('a watchdog of %j is fed every %s ms by the process 42', (environment, expected) => {
  expect(watchdogMs(environment, 42)).toBe(expected);
});
