/** Limits that the kernel enforces, the causes that are told; and further processes under the same limits. */
import { describe, expect, test } from 'vitest';
import {
  type BackendUnderTest,
  eachBackend,
  finish,
  firstLine,
  isRoot,
  leftOf,
  mebibyte,
  wait,
} from './backend-under-test.ts';

describe.skipIf(!isRoot)('with control groups', () => {
  eachBackend(['crun', 'runc', 'bubblewrap'], (_, under) => limits(under));
});
eachBackend(['crun', 'runc'], (_, under) => executing(under));
eachBackend(['bubblewrap', 'none'], (_, under) => withoutExecute(under));

function limits(under: () => BackendUnderTest): void {
  test('more memory than the limit ends it, and that is the cause that is told', async () => {
    const script = `const held = []; for (;;) { const one = new Uint8Array(${8 * mebibyte}); one.fill(1); held.push(one); }`;
    await using container = await under().start(script, {
      limits: { ...under().spec().limits, memoryBytesMax: 64 * mebibyte },
    });
    const { exit } = await finish(container);
    expect(exit).toMatchObject({ kind: 'memory', signal: 'SIGKILL', exitCode: undefined });
    expect(exit.cause).toMatch(/oom_kill [1-9]/);
    expect((await container.usage()).memoryBytesPeak).toBeLessThanOrEqual(64 * mebibyte);
  });

  test('what is in memory file systems counts as memory', async () => {
    const script = `import * as fs from 'node:fs'; const f = fs.openSync('/tmp/x', 'w'); for (;;) fs.writeSync(f, Buffer.alloc(${mebibyte}, 1));`;
    const wanted = { ...under().spec().limits, memoryBytesMax: 64 * mebibyte, temporaryBytesMax: 512 * mebibyte };
    await using container = await under().start(script, { limits: wanted });
    expect((await finish(container)).exit.kind).toBe('memory');
  });

  test('more threads than the limit end it, and that is the cause that is told', async () => {
    const script = `for (let i = 0; i < 64; i++) new Worker('data:text/javascript,setInterval(()=>{},1000)'); setInterval(() => {}, 1000);`;
    await using container = await under().start(script, { limits: { ...under().spec().limits, processesMax: 24 } });
    const { exit } = await finish(container);
    expect(exit.kind).toBe('processes');
    expect(exit.cause).toMatch(/pids\.events max [1-9]/);
  });

  test('a fork bomb is held, and ends with its container', async () => {
    const script = `let refused = 0; for (let i = 0; i < 200 && refused < 5; i++) {
        try { Bun.spawn(['/bin/bun', '-e', 'setInterval(()=>{},1000)'], { stdio: ['ignore', 'ignore', 'ignore'] }); } catch { refused++; } }
      console.log(refused); setInterval(() => {}, 1000);`;
    await using container = await under().start(script, {
      profile: { network: false, spawn: true },
      limits: { ...under().spec().limits, processesMax: 48, memoryBytesMax: 512 * mebibyte },
    });
    container.stderr.resume();
    const first = await Promise.race([firstLine(container), container.exited.then(({ kind }) => kind)]);
    expect(['5', 'processes']).toContain(first);
    expect((await container.usage()).processes ?? 0).toBeLessThanOrEqual(48);
    await container[Symbol.asyncDispose]();
    expect(leftOf(under(), container.id)).toEqual([]);
  });

  test('half a core is half a core', async () => {
    const script = 'const end = performance.now() + 1000; while (performance.now() < end); console.log("done");';
    await using container = await under().start(script, { limits: { ...under().spec().limits, cpusMax: 0.25 } });
    await finish(container);
    // A quarter of a second of the busy one, and what the runtime's own start has used before.
    expect((await container.usage()).cpuMs).toBeLessThan(600);
  });

  test('no more files can be open than the limit', async () => {
    const script = `import { openSync } from 'node:fs'; let n = 0; try { for (;;) { openSync('/etc/hosts'); n++; } } catch (error) { console.log(error.code, n < 64); }`;
    await using container = await under().start(script, { limits: { ...under().spec().limits, openFilesMax: 64 } });
    expect((await finish(container)).stdout).toBe('EMFILE true\n');
  });
}

function executing(under: () => BackendUnderTest): void {
  const inside = `import { readFileSync as r } from 'node:fs'; const s = r('/proc/self/status', 'utf8');
    console.log(JSON.stringify([/Uid:\\t(\\d+)/.exec(s)[1], /CapBnd:\\t(\\w+)/.exec(s)[1], /NoNewPrivs:\\t(\\d)/.exec(s)[1], /Seccomp:\\t(\\d)/.exec(s)[1], process.env.A, process.cwd()]));
    console.error('e'); process.exit(5);`;

  test('a further process has the rights of the first, its own environment, and its output is returned', async () => {
    await using container = await under().start(wait);
    await firstLine(container);
    const command = { args: ['/bin/bun', '-e', inside], environment: { A: 'b' }, workingDirectory: '/workspace' };
    const result = await container.execute(command, new AbortController().signal);
    expect(result).toMatchObject({ exitCode: 5, signal: undefined, bytesDropped: 0 });
    expect(JSON.parse(Buffer.from(result.stdout).toString())).toEqual([
      '1000',
      '0000000000000000',
      '1',
      '2',
      'b',
      '/workspace',
    ]);
    expect(Buffer.from(result.stderr).toString()).toBe('e\n');
  });

  test('a further process that is cancelled ends, and the container goes on', async () => {
    await using container = await under().start(wait);
    await firstLine(container);
    const controller = new AbortController();
    const command = { args: ['/bin/bun', '-e', 'setInterval(() => {}, 1000)'], environment: {}, workingDirectory: '/' };
    const executing = container.execute(command, controller.signal);
    setTimeout(() => controller.abort(), 150);
    await expect(executing).rejects.toMatchObject({ code: 'CANCELLED' });
    const after = await container.execute(
      { ...command, args: ['/bin/bun', '--version'] },
      new AbortController().signal,
    );
    expect(after.exitCode).toBe(0);
  });

  test('output over the maximum is dropped and counted, and the process does not wait', async () => {
    await using container = await under().start(wait);
    await firstLine(container);
    const script = `for (let i = 0; i < 3; i++) process.stdout.write(Buffer.alloc(${mebibyte}, 65)); process.exitCode = 0;`;
    const command = { args: ['/bin/bun', '-e', script], environment: {}, workingDirectory: '/' };
    const result = await container.execute(command, new AbortController().signal);
    expect([result.stdout.length, result.bytesDropped]).toEqual([mebibyte, 2 * mebibyte]);
  });

  test('a container that has ended takes no further process', async () => {
    const container = await under().start('');
    container.stdout.resume();
    await container.exited;
    const command = { args: ['/bin/bun', '--version'], environment: {}, workingDirectory: '/' };
    await expect(container.execute(command, new AbortController().signal)).rejects.toMatchObject({
      code: 'CONTAINER_STATE_INVALID',
    });
  });
}

function withoutExecute(under: () => BackendUnderTest): void {
  test('a further process is refused, with the reason', async () => {
    await using container = await under().start(wait);
    const command = { args: ['/bin/bun', '--version'], environment: {}, workingDirectory: '/' };
    await expect(container.execute(command, new AbortController().signal)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
}
