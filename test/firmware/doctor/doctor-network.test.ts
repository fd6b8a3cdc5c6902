import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockHome } from '../../../firmware/boot/home-lock.ts';
import { examine } from '../../../firmware/cli/doctor.ts';
import { type PatientHome, nowMs, patientHome } from './patient-home.ts';

let patient: PatientHome;
let base = '';
let home = '';

beforeEach(() => {
  patient = patientHome();
  ({ base, home } = patient);
});
afterEach(() => patient[Symbol.dispose]());

describe('reaching the host', () => {
  test('a port of another program is named with how to find it; while a host runs it is its own', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    patient.put('aria.toml', `[listen]\ngrpc = "127.0.0.1:${port}"\nweb = "127.0.0.1:0"\nmetrics = "off"`);
    expect(await patient.check('ports')).toMatchObject({
      fine: false,
      detail: expect.stringContaining(`grpc 127.0.0.1:${port} is in use by another program`),
      remedy: expect.stringContaining(`ss -ltnp 'sport = :${port}'`),
    });
    using lock = lockHome(home, { nowMs, pid: process.pid });
    expect(lock.holder.pid).toBe(process.pid);
    expect(await patient.check('ports')).toMatchObject({ fine: true });
    server.close();
    await once(server, 'close');
    patient.put('aria.toml', `[listen]\ngrpc = "127.0.0.1:${port}"\nweb = "off"\nmetrics = "off"`);
    expect(await patient.check('ports')).toMatchObject({ fine: true, detail: `grpc 127.0.0.1:${port} free` });
  });

  test('a stale socket is said; one that answers while nobody holds the home, and one that does not while somebody does, are faults', async () => {
    const socket = join(home, 'run/api.sock');
    mkdirSync(dirname(socket), { mode: 0o700 });
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect(await patient.check('sockets')).toMatchObject({
      fine: false,
      detail: expect.stringContaining('another data directory'),
    });
    const lock = lockHome(home, { nowMs, pid: process.pid });
    expect(await patient.check('sockets')).toMatchObject({ fine: true, detail: 'api.sock answers' });
    server.close();
    const left = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', left], { stdio: 'ignore' })).toThrow();
    expect(await patient.check('sockets')).toMatchObject({
      fine: false,
      detail: expect.stringContaining('nobody answers'),
    });
    lock[Symbol.dispose]();
    expect(await patient.check('sockets')).toMatchObject({ fine: true, detail: expect.stringContaining('stale') });
    rmSync(socket);
    writeFileSync(socket, '');
    expect(await patient.check('sockets')).toMatchObject({ fine: false, detail: expect.stringContaining('no socket') });
  });

  test('a host that holds the home and cannot be reached is a fault, and does not hold up the doctor', async () => {
    expect(await patient.check('host')).toMatchObject({ fine: true, detail: 'none runs on this data directory' });
    using lock = lockHome(home, { nowMs, pid: process.pid });
    expect(await patient.check('host')).toMatchObject({ fine: true, warning: true });
    patient.put('host.json', JSON.stringify({ pid: lock.holder.pid, addresses: { api: join(home, 'run/api.sock') } }));
    expect(await patient.check('host')).toMatchObject({ fine: false });
  });
});

describe('the machine', () => {
  test('one that is too small for the configuration is a fault with each reason', async () => {
    patient.put('aria.toml', '[minimum]\nmemory_bytes = "16 TiB"\ndisk_bytes = "16 TiB"');
    expect(await patient.check('machine')).toMatchObject({
      fine: false,
      remedy: expect.stringMatching(/minimum\.memory_bytes.*minimum\.disk_bytes/),
    });
  });

  test.each([
    ['1970-01-01T00:00:00Z', false],
    ['2025-12-31T23:59:59Z', false],
    ['2026-01-01T00:00:00Z', true],
    ['2101-01-01T00:00:00Z', false],
  ])('a clock that says %s', async (now, fine) => {
    expect(await patient.check('clock', { nowMs: Date.parse(now) })).toMatchObject({ fine });
  });

  test.runIf(existsSync('/proc/self/limits'))(
    'more connections than the system allows files is a warning',
    async () => {
      const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
      patient.put('aria.toml', '[limits]\nconnections_max = 1');
      expect((await patient.check('open files')).warning).toBeUndefined();
      patient.put('aria.toml', '[limits]\nconnections_max = 100000');
      expect((await patient.check('open files')).warning === true).toBe(Number(limit ?? Infinity) < 100_000 + 256);
    },
  );

  test('an installed unit that differs from the shipped one is named with its first line that does', async () => {
    const unitFile = join(base, 'aria.service');
    expect(await patient.check('systemd unit')).toMatchObject({ fine: true, detail: 'not installed' });
    const template = readFileSync(fileURLToPath(new URL('../../../deploy/aria.service', import.meta.url)), 'utf8');
    const shipped = template.replaceAll('@PREFIX@', '/srv/aria').replaceAll('@USER@', 'svc');
    writeFileSync(unitFile, shipped);
    expect(await patient.check('systemd unit')).toEqual({
      name: 'systemd unit',
      fine: true,
      detail: 'as shipped, from /srv/aria',
    });
    writeFileSync(unitFile, shipped.replace('ProtectHome=yes', 'ProtectHome=no'));
    const line = shipped.split('\n').indexOf('ProtectHome=yes') + 1;
    expect(await patient.check('systemd unit')).toMatchObject({
      warning: true,
      detail: expect.stringContaining(`line ${line}`),
    });
    writeFileSync(unitFile, '[Service]\nExecStart=/bin/true\n');
    expect(await patient.check('systemd unit')).toMatchObject({ fine: false });
  });
});

test('a check that fails in a way that nobody thought of keeps no other from being run', async () => {
  rmSync(home, { recursive: true });
  symlinkSync(home, home);
  const findings = await examine({
    sources: patient.sources(),
    nowMs,
    version: '0.1.0',
    only: [
      'home',
      'lock',
      'database',
      'bundles',
      'compiled code',
      'trust',
      'tokens',
      'disk',
      'sockets',
      'host',
      'clock',
    ],
  });
  expect(findings).toHaveLength(11);
  expect(findings.find(({ name }) => name === 'clock')).toMatchObject({ fine: true });
  expect(findings.find(({ name }) => name === 'home')).toMatchObject({ fine: false });
});
