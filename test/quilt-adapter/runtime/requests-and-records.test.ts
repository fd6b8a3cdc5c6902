/** What a request may ask for, and what outlives the runtime. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRuntime, sleeper, untilState } from './runtime-subject.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe('maxima', () => {
  test('one container more than may exist, and more memory than there may be, are refused', async () => {
    await using subject = await openRuntime({ limits: { containersMax: 2, memoryBytesMax: 100 * 1024 * 1024 } });
    const { runtime } = subject;
    const limits = { memoryBytesMax: 64 * 1024 * 1024 };
    await runtime.create({ ...sleeper, limits });
    const second = await runtime.create({ ...sleeper, limits, start: false });
    await expect(runtime.create({ ...sleeper, limits, start: false })).rejects.toThrow(code('OVERLOADED'));
    await expect(runtime.start(second.id)).rejects.toThrow(code('OVERLOADED'));
    await runtime.remove(second.id, { force: false });
    await expect(runtime.create({ ...sleeper, limits: { memoryBytesMax: 36 * 1024 * 1024 } })).resolves.toMatchObject({
      state: 'running',
    });
  });

  const request = { image: 'bun', command: ['/bin/true'], start: false };
  test.each([
    ['a name of 64 characters', { name: 'a'.repeat(64) }, { name: 'a'.repeat(65) }],
    [
      '256 arguments',
      { command: Array.from({ length: 256 }, () => '/a') },
      { command: Array.from({ length: 257 }, () => '/a') },
    ],
    [
      '65,536 characters of environment',
      { environment: { A: 'x'.repeat(65_533) } },
      { environment: { A: 'x'.repeat(65_534) } },
    ],
    ['32 labels', { labels: labelsOf(32) }, { labels: labelsOf(33) }],
    ['2 GiB of memory', { limits: { memoryBytesMax: 2 ** 31 } }, { limits: { memoryBytesMax: 2 ** 31 + 1 } }],
  ])('%s are taken, and one more is not', async (_what, at, past) => {
    await using subject = await openRuntime();
    await expect(subject.runtime.create({ ...request, ...at })).resolves.toMatchObject({ state: 'created' });
    await expect(subject.runtime.create({ ...request, ...past })).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
  });

  test.each([
    ['a name with a slash', { name: 'a/b' }],
    ['a name that looks like an id', { name: `c-${'0'.repeat(24)}` }],
    ['no command', { command: [] }],
    ['a program without a path', { command: ['sh'] }],
    ['NUL in an argument', { command: ['/bin/true', 'a\0b'] }],
    ['a variable with "="', { environment: { 'A=B': '1' } }],
    ['a working directory that climbs', { workingDirectory: '/workspace/../..' }],
    ['an image that is no path', { image: 'alpine' }],
    ['an image outside of the roots', { image: '/usr' }],
    ['two mounts in one place', { mounts: [memory('/workspace/a'), memory('/workspace/a')] }],
    ['a mount inside of another', { mounts: [memory('/workspace'), memory('/workspace/a')] }],
    ['a mount upon nothing of the image', { mounts: [memory('/nothing')] }],
    ['a key that nobody knows', { privileged: true }],
  ])('%s is refused', async (_what, wrong) => {
    await using subject = await openRuntime();
    await expect(subject.runtime.create({ ...request, ...wrong })).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
    expect(subject.events).toEqual([]);
  });
});

describe('records', () => {
  test('containers outlive the runtime; what ran when it ended has failed, and damage is set aside', async () => {
    await using subject = await openRuntime();
    const { runtime } = subject;
    const made = await runtime.create({
      image: 'bun',
      name: 'made',
      command: ['/bin/true'],
      start: false,
      labels: { a: 'b' },
    });
    const ran = await runtime.create({ image: 'bun', name: 'ran', command: ['/bin/false'] });
    await untilState(runtime, 'ran', 'exited');
    await runtime[Symbol.asyncDispose]();
    const state = join(subject.directory, 'state');
    const record: unknown = JSON.parse(readFileSync(join(state, `${ran.id}.json`), 'utf8'));
    const killed = `c-${'1'.repeat(24)}`;
    writeFileSync(
      join(state, `${killed}.json`),
      JSON.stringify({ ...Object(record), id: killed, name: 'killed', state: 'running' }),
    );
    writeFileSync(join(state, `c-${'2'.repeat(24)}.json`), '{"version":1');
    writeFileSync(join(state, `c-${'3'.repeat(24)}.json.new`), 'half');
    const again = subject.reopen();
    expect(await again.info('made')).toEqual(made);
    expect(await again.info('ran')).toMatchObject({ state: 'exited', exitCode: 1 });
    expect(await again.info('killed')).toMatchObject({ state: 'failed', cause: 'the host ended while it ran' });
    expect(subject.problems).toHaveLength(1);
    expect(readdirSync(state).filter((file) => !file.endsWith('.json'))).toEqual([`c-${'2'.repeat(24)}.json.damaged`]);
    await expect(again.create({ ...sleeper, name: 'made' })).rejects.toThrow(code('CONTAINER_NAME_TAKEN'));
    await again.start('made');
    await untilState(again, 'made', 'exited');
    await again.remove('killed', { force: false });
    expect(readdirSync(state).some((file) => file.startsWith(killed))).toBe(false);
  });
});

function memory(target: string): { readonly kind: 'tmpfs'; readonly target: string; readonly bytesMax: number } {
  return { kind: 'tmpfs', target, bytesMax: 1024 * 1024 };
}

function labelsOf(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']));
}
