/** The local runtime over crun: what only a real container shows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RuntimeSubject, hasCrun, openRuntime, untilLogged, untilState } from './runtime-subject.ts';

const usable = await hasCrun();
const bun = (script: string): readonly string[] => ['/bin/bun', '-e', script];
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe.skipIf(!usable)('crun', () => {
  let subject: RuntimeSubject;
  beforeAll(async () => {
    subject = await openRuntime({ backend: 'crun', limits: { executeTimeoutMs: 20_000 } });
  });
  afterAll(() => subject[Symbol.asyncDispose]());

  test('a volume keeps what a container wrote, and one that has it read-only cannot write', async () => {
    const { runtime, directory } = subject;
    await runtime.createVolume({ name: 'kept' });
    const volume = { kind: 'volume', source: 'kept', target: '/data' } as const;
    await runtime.create({
      image: 'bun',
      name: 'writer',
      command: bun('require("fs").writeFileSync("/data/f", "from inside")'),
      mounts: [{ ...volume, readOnly: false }],
    });
    await untilState(runtime, 'writer', 'exited');
    expect(await runtime.info('writer')).toMatchObject({ exitCode: 0 });
    await runtime.create({
      image: 'bun',
      name: 'reader',
      command: bun(`
        const fs = require("fs");
        console.log(fs.readFileSync("/data/f", "utf8"));
        for (const place of ["/data/f", "/data/g", "/g"])
          try { fs.writeFileSync(place, "x"); console.log("wrote", place); } catch (error) { console.log(error.code, place); }`),
      mounts: [{ ...volume, readOnly: true }],
    });
    await untilState(runtime, 'reader', 'exited');
    const lines = (await runtime.logs('reader', { tail: 10 })).filter(({ stream }) => stream === 'stdout');
    expect(lines.map(({ text }) => text)).toEqual(['from inside', 'EROFS /data/f', 'EROFS /data/g', 'EROFS /g']);
    expect(readFileSync(join(directory, 'volumes', 'kept', 'data', 'f'), 'utf8')).toBe('from inside');
    await expect(runtime.removeVolume('kept', { force: false })).rejects.toThrow(code('CONTAINER_STATE_INVALID'));
    await runtime.removeVolume('kept', { force: true });
  });

  test('a container over its memory has failed, and says that it was the memory', async () => {
    const { runtime, events } = subject;
    const { id } = await runtime.create({
      image: 'bun',
      command: bun('const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1));'),
      limits: { memoryBytesMax: 96 * 1024 * 1024 },
    });
    await untilState(runtime, id, 'failed');
    expect((await runtime.info(id)).cause).toContain('oom');
    const kinds = events.filter(({ container }) => container === id).map(({ kind }) => kind);
    expect(kinds).toEqual(['created', 'started', 'resource_limit', 'died']);
  });

  test('a first process that does not know TERM is killed when its time is over', async () => {
    const { runtime } = subject;
    const { id } = await runtime.create({
      image: 'bun',
      command: bun('console.log("up"); setInterval(() => {}, 1000)'),
    });
    await untilLogged(runtime, id, 'up');
    expect(await runtime.stop(id, { timeoutMs: 50 })).toMatchObject({ state: 'exited', exitCode: undefined });
  });

  test('commands run inside, with their own environment, and end at their deadline', async () => {
    const { runtime, events } = subject;
    const { id } = await runtime.create({ image: 'bun', command: bun('setInterval(() => {}, 1000)') });
    const told = await runtime.execute(id, {
      args: bun('console.log(process.env.WORD, process.cwd()); console.error("e"); process.exit(3)'),
      environment: { WORD: "it's" },
      workingDirectory: '/workspace',
    });
    expect(told).toMatchObject({ exitCode: 3, bytesDropped: 0 });
    expect(Buffer.from(told.stdout).toString()).toBe("it's /workspace\n");
    expect(Buffer.from(told.stderr).toString()).toBe('e\n');
    await expect(runtime.execute(id, { args: bun('setInterval(() => {}, 1000)'), timeoutMs: 300 })).rejects.toThrow(
      code('DEADLINE_EXCEEDED'),
    );
    const cancel = new AbortController();
    const running = runtime.execute(id, { args: bun('setInterval(() => {}, 1000)') }, cancel.signal);
    cancel.abort();
    await expect(running).rejects.toThrow(code('CANCELLED'));
    const kinds = events.filter(({ container }) => container === id).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'exec_started')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'exec_died')).toHaveLength(3);
    expect(await runtime.metrics(id)).toMatchObject({ memoryBytesMax: 256 * 1024 * 1024, cpuMs: expect.any(Number) });
    await runtime.remove(id, { force: true });
  });

  test('output without end is cut and counted, and neither blocks the host nor the end of the container', async () => {
    const { runtime } = subject;
    const { id } = await runtime.create({
      image: 'bun',
      command: bun('const piece = Buffer.alloc(1 << 16, "word\\n"); for (;;) require("fs").writeSync(1, piece);'),
    });
    await untilLogged(runtime, id, 'bytes of output before this are gone');
    const [first] = await runtime.logs(id, { tail: 1 });
    expect(first?.text).toMatch(/^w?o?r?d?$/);
    const lines = await runtime.logs(id, { tail: 10_000_000 });
    expect(lines.length).toBeLessThanOrEqual(10_000);
    expect(await runtime.stop(id, { timeoutMs: 100 })).toMatchObject({ state: 'exited' });
  });

  test('a bind of the machine is mounted from where it is allowed, and nowhere else', async () => {
    const { runtime } = subject;
    for (const source of ['/etc', '/etc/passwd', '/', '/proc', '/tmp'])
      await expect(
        runtime.create({
          image: 'bun',
          command: bun(''),
          mounts: [{ kind: 'bind', source, target: '/data', readOnly: true }],
        }),
      ).rejects.toThrow(code('CONTAINER_SPEC_INVALID'));
  });
});
