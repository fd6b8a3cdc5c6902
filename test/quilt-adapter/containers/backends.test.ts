/** How containers end, what is told of them, and what is refused; every back end by one table. */
import process from 'node:process';
import { expect, test } from 'vitest';
import { type BackendName, backendNames } from '../../../quilt-adapter/containers/backend.ts';
import { type BackendUnderTest, eachBackend, finish, firstLine, leftOf, mebibyte, wait } from './backend-under-test.ts';

eachBackend(backendNames, (name, under) => {
  endings(name, under);
  refusals(under);
});

function endings(name: BackendName, under: () => BackendUnderTest): void {
  test('an exit status is told, with the output before it, and nothing is left', async () => {
    await using container = await under().start('console.log("out"); console.error("err"); process.exit(3);');
    const { exit, stdout, stderr } = await finish(container);
    expect(exit).toEqual({ kind: 'exited', exitCode: 3, signal: undefined, cause: 'exit status 3' });
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
    expect(leftOf(under(), container.id)).toEqual([]);
  });

  test('KILL ends a process that ignores TERM, and is told apart from its own end', async () => {
    await using container = await under().start(`process.on('SIGTERM', () => console.log("no")); ${wait}`);
    expect(await firstLine(container)).toBe('up');
    await container.signal('TERM');
    await container.signal('KILL');
    expect(await container.exited).toMatchObject({ kind: 'killed', signal: 'SIGKILL', exitCode: undefined });
  });

  test('TERM reaches the first process', async () => {
    await using container = await under().start(`process.on('SIGTERM', () => process.exit(7)); ${wait}`);
    expect(await firstLine(container)).toBe('up');
    await container.signal('TERM');
    expect(await container.exited).toMatchObject({ kind: 'exited', exitCode: 7 });
  });

  test('leaving the scope ends a container, twice does no harm, and it takes no signal then', async () => {
    const container = await under().start(wait);
    await firstLine(container);
    await container[Symbol.asyncDispose]();
    await container[Symbol.asyncDispose]();
    expect(await container.exited).toMatchObject({ kind: 'killed' });
    await expect(container.signal('TERM')).rejects.toMatchObject({ code: 'CONTAINER_STATE_INVALID' });
    expect(leftOf(under(), container.id)).toEqual([]);
  });

  test('figures are there while it runs and after it', async () => {
    await using container = await under().start(
      `const held = Buffer.alloc(${32 * mebibyte}, 1); let x = 0; for (let i = 0; i < 3e7; i++) x += i; ${wait} globalThis.held = held;`,
    );
    await firstLine(container);
    const { cpuMs, memoryBytes, processes } = await container.usage();
    expect(cpuMs).toBeGreaterThan(0);
    expect(memoryBytes).toBeGreaterThan(32 * mebibyte);
    expect(processes).toBeGreaterThan(0);
    await container.signal('KILL');
    await container.exited;
    if (name !== 'none') expect((await container.usage()).memoryBytesPeak).toBeGreaterThan(32 * mebibyte);
  });

  test('arguments arrive as they are, and the environment holds what the spec says and nothing of the host', async () => {
    const args = ['a\nb', '', '%41', 'back\\slash', '$HOME `x` "q"', 'ü'];
    process.env['ARIA_TEST_SECRET'] = 'secret';
    await using container = await under().backend.start(
      under().spec({
        args: ['/bin/bun', '-e', 'console.log(JSON.stringify([process.argv.slice(1), process.env]))', ...args],
        environment: { HOME: '/tmp', LINE: 'x\ny', EMPTY: '' },
      }),
    );
    const { stdout, stderr } = await finish(container);
    expect(stderr).toBe('');
    const [seen, environment] = JSON.parse(stdout) as [string[], Record<string, string>];
    expect(seen).toEqual(args);
    const { PWD: _pwd, OLDPWD: _old, _: _last, HOME: _home, ...rest } = environment;
    expect(rest).toEqual({ LINE: 'x\ny', EMPTY: '' });
    delete process.env['ARIA_TEST_SECRET'];
  });

  test('twenty at once start and end each for itself', async () => {
    const started = await Promise.all(
      Array.from({ length: 20 }, (_, index) => under().start(`console.log("I am ${index}"); process.exit(${index});`)),
    );
    const finished = await Promise.all(started.map(finish));
    for (const [index, { exit, stdout }] of finished.entries()) {
      expect(stdout).toBe(`I am ${index}\n`);
      expect(exit).toMatchObject({ kind: 'exited', exitCode: index });
    }
    expect(started.flatMap(({ id }) => leftOf(under(), id))).toEqual([]);
  });
}

function refusals(under: () => BackendUnderTest): void {
  test('a name is taken as long as its container runs', async () => {
    const spec = under().spec({ args: ['/bin/bun', '-e', wait] });
    await using container = await under().backend.start(spec);
    await expect(under().backend.start(spec)).rejects.toMatchObject({ code: 'CONTAINER_NAME_TAKEN' });
    await container[Symbol.asyncDispose]();
    await using again = await under().backend.start(spec);
    expect(again.id).toBe(spec.id);
  });

  test('a program that is not there does not count as one that ran, and leaves nothing', async () => {
    const spec = under().spec({ args: ['/bin/nothing'] });
    const result = await under()
      .backend.start(spec)
      .then(finish)
      .then(
        ({ exit }) => exit.kind !== 'exited' || exit.exitCode !== 0,
        (error: unknown) => error instanceof Error && 'code' in error && error.code === 'CONTAINER_START_FAILED',
      );
    expect(result).toBe(true);
    expect(leftOf(under(), spec.id)).toEqual([]);
  });

  test('a spec that is none is refused, by place, before anything is made', async () => {
    const spec = under().spec({ id: '../x' });
    await expect(under().backend.start(spec)).rejects.toMatchObject({
      code: 'CONTAINER_SPEC_INVALID',
      wire: { details: { where: 'id' } },
    });
  });
}
