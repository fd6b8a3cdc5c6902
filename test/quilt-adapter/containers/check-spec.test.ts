/** Specs that no back end may be given: each is refused with its place, before anything is made. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerMount, ContainerSpec } from '../../../quilt-adapter/containers/backend.ts';
import { checkSpec } from '../../../quilt-adapter/containers/check-spec.ts';

let top = '';
beforeAll(() => {
  top = mkdtempSync(path.join(tmpdir(), 'aria-spec-'));
  for (const place of ['root/data/inner', 'root/run/aria', 'root/etc', 'source/inner'])
    mkdirSync(path.join(top, place), { recursive: true });
  for (const place of ['root/etc/hosts', 'source/file']) writeFileSync(path.join(top, place), '');
  symlinkSync('/etc', path.join(top, 'root/link'));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

const limits = { memoryBytesMax: 2 ** 26, cpusMax: 1, processesMax: 32, openFilesMax: 64, temporaryBytesMax: 4096 };
function spec(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    id: 'a',
    args: ['/bin/bun'],
    environment: {},
    workingDirectory: '/',
    rootDirectory: path.join(top, 'root'),
    mounts: [],
    limits,
    profile: { network: false, spawn: false },
    ...overrides,
  };
}
function bind(target: string, source = 'source'): ContainerMount {
  return { kind: 'bind', source: source.startsWith('/') ? source : path.join(top, source), target, writable: false };
}
const memory = (target: string, bytesMax = 4096): ContainerMount => ({ kind: 'tmpfs', target, bytesMax });

test('a plain spec, and every mount that has a place, pass', () => {
  expect(() => checkSpec(spec())).not.toThrow();
  checkSpec(
    spec({ id: 'a'.repeat(64), mounts: [bind('/data'), memory('/data/inner'), bind('/etc/hosts', 'source/file')] }),
  );
  checkSpec(spec({ mounts: [memory('/data'), bind('/data/anything', 'source/file'), bind('/tmp/x')] }));
});

test.each<[string, () => Partial<ContainerSpec>]>([
  ['id', () => ({ id: '' })],
  ['id', () => ({ id: 'a'.repeat(65) })],
  ['id', () => ({ id: 'A' })],
  ['id', () => ({ id: '../a' })],
  ['id', () => ({ id: 'a\n' })],
  ['args', () => ({ args: [] })],
  ['args[0]', () => ({ args: ['bun'] })],
  ['args[0]', () => ({ args: ['/bin/../bin/bun'] })],
  ['args[1]', () => ({ args: ['/bin/bun', 'a\0b'] })],
  ['args', () => ({ args: ['/bin/bun', ...Array.from({ length: 1024 }, () => 'x')] })],
  ['args and environment', () => ({ args: ['/bin/bun', 'x'.repeat(512 * 1024)] })],
  ['environment["A=B"]', () => ({ environment: { 'A=B': '' } })],
  ['environment[""]', () => ({ environment: { '': 'x' } })],
  ['environment["A"]', () => ({ environment: { A: 'x\0' } })],
  ['environment', () => ({ environment: Object.fromEntries(Array.from({ length: 1025 }, (_, n) => [`V${n}`, ''])) })],
  ['workingDirectory', () => ({ workingDirectory: 'work' })],
  ['workingDirectory', () => ({ workingDirectory: '/data/' })],
  ['rootDirectory', () => ({ rootDirectory: path.join(top, 'nothing') })],
  ['rootDirectory', () => ({ rootDirectory: path.join(top, 'source/file') })],
  ['limits.memoryBytesMax', () => ({ limits: { ...limits, memoryBytesMax: 16 * 2 ** 20 - 1 } })],
  ['limits.memoryBytesMax', () => ({ limits: { ...limits, memoryBytesMax: Number.NaN } })],
  ['limits.cpusMax', () => ({ limits: { ...limits, cpusMax: 0 } })],
  ['limits.processesMax', () => ({ limits: { ...limits, processesMax: 3 } })],
  ['limits.processesMax', () => ({ limits: { ...limits, processesMax: 4.5 } })],
  ['limits.openFilesMax', () => ({ limits: { ...limits, openFilesMax: 15 } })],
  ['limits.temporaryBytesMax', () => ({ limits: { ...limits, temporaryBytesMax: 4095 } })],
  ['mounts', () => ({ mounts: Array.from({ length: 65 }, (_, n) => memory(`/tmp/${n}`)) })],
  ['mounts[0].target', () => ({ mounts: [bind('/')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/proc')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/proc/sys')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/dev/x')] })],
  ['mounts[0].target', () => ({ mounts: [memory('/tmp')] })],
  ['mounts[0].target', () => ({ mounts: [bind('work')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/data/../etc')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/absent')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/link')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/link/ssh')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/etc/hosts')] })],
  ['mounts[0].target', () => ({ mounts: [bind('/data', 'source/file')] })],
  ['mounts[0].source', () => ({ mounts: [bind('/data', 'nothing')] })],
  ['mounts[0].source', () => ({ mounts: [bind('/data', '/tmp/../etc')] })],
  ['mounts[0].bytesMax', () => ({ mounts: [memory('/data', 4095)] })],
  ['mounts[1].target', () => ({ mounts: [memory('/data'), bind('/data')] })],
  ['mounts[1].target', () => ({ mounts: [bind('/data'), bind('/data/absent')] })],
])('%s is refused', (where, overrides) => {
  expect(() => checkSpec(spec(overrides()))).toThrow(
    expect.objectContaining({
      code: 'CONTAINER_SPEC_INVALID',
      wire: expect.objectContaining({ details: { where } }) as unknown,
    }),
  );
});
