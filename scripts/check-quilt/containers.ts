/** The life of a container at a live daemon, from its creation to its removal. */
import process from 'node:process';
import type { ContainerEvent, ContainerRuntime } from '../../quilt-adapter/runtime/container-runtime.ts';
import { type Checks, equal } from './checks.ts';

/** Every sign that a shell looks at. */
const hostile = [
  "it's",
  '"two"',
  '$HOME',
  '`id`',
  '$(id)',
  'a\nb',
  'a\tb',
  String.raw`\n\\`,
  '',
  ' ',
  '*',
  '~',
  '!',
  '#',
  '-e',
  'é中😀',
  ';',
  '&&',
  '>x',
];
const parallel = 5;
/** For the daemon's ring to be read once more. */
const eventsMs = 3_000;

/** What there is to start. */
export interface CheckedImage {
  readonly image: string;
  readonly command: string;
}

/** Leaves nothing at the daemon. */
export async function checkContainers(
  runtime: ContainerRuntime,
  { image, command }: CheckedImage,
  checks: Checks,
): Promise<void> {
  const watching = new AbortController();
  const events: ContainerEvent[] = [];
  const watched = collect(runtime.events({}, watching.signal), events);
  const name = `aria-check-${process.pid}`;
  let id: string | undefined;
  await checks.must('create a container', async () => {
    const info = await runtime.create({ name, image, command: [command] });
    ({ id } = info);
    equal(info.state, 'running');
    return info.id;
  });
  if (id === undefined) {
    checks.skip('all that needs a container', 'none could be created');
  } else {
    await checks.refuses('a name that is taken', 'CONTAINER_NAME_TAKEN', () =>
      runtime.create({ name, image, command: [command] }),
    );
    await checkCommands(runtime, name, checks);
    await checkLooks(runtime, name, checks);
    await checkEnds(runtime, name, checks);
    await checkMany(runtime, { image, command }, checks);
    await checks.must('events, each once', () => eventsOf(events, id ?? ''));
  }
  await checks.may('a command with arguments, and its exit code', async () => {
    const { id: ended } = await runtime.create({ image, command: ['/bin/sh', '-c', 'exit 3'] });
    try {
      for (let left = 50; left > 0 && (await runtime.info(ended)).state === 'running'; left -= 1) await wait(100);
      const { exitCode } = await runtime.info(ended);
      equal(exitCode, 3);
      return 'ended with 3';
    } finally {
      await runtime.remove(ended, { force: true });
    }
  });
  watching.abort();
  await watched;
}

async function checkCommands(runtime: ContainerRuntime, name: string, checks: Checks): Promise<void> {
  await checks.must('execute passes every sign', async () => {
    const { stdout } = await runtime.execute(name, { args: ['printf', '%s|', ...hostile] });
    equal(Buffer.from(stdout).toString(), hostile.map((one) => `${one}|`).join(''));
    return `${hostile.length} arguments`;
  });
  await checks.must('execute sets variables and directory', async () => {
    const args = ['sh', '-c', 'printf "%s %s" "$PWD" "$A"'];
    const { stdout } = await runtime.execute(name, { args, environment: { A: "it's $B" }, workingDirectory: '/bin' });
    equal(Buffer.from(stdout).toString(), "/bin it's $B");
    return 'both';
  });
  await checks.must('execute tells exit codes and both outputs', async () => {
    const args = ['sh', '-c', 'echo out; echo "x: not found" >&2; exit 7'];
    const { exitCode, stdout, stderr } = await runtime.execute(name, { args });
    equal([exitCode, Buffer.from(stdout).toString(), Buffer.from(stderr).toString()], [7, 'out\n', 'x: not found\n']);
    return 'ended with 7';
  });
}

async function checkLooks(runtime: ContainerRuntime, name: string, checks: Checks): Promise<void> {
  await checks.must('list', async () => {
    const all = await runtime.list({ state: 'running' });
    equal(
      all.some((info) => info.name === name),
      true,
    );
    return `${all.length} of ours`;
  });
  await checks.must('logs', async () => `${(await runtime.logs(name, { tail: 100 })).length} lines`);
  await checks.must('network', async () => {
    const { mode, address } = await runtime.network(name);
    return `${mode}${address === undefined ? '' : ` ${address}`}`;
  });
  await checks.may('memory figures', async () => {
    const { memoryBytes } = await runtime.metrics(name);
    if (memoryBytes === undefined) throw new Error('the daemon has none');
    return `${memoryBytes} bytes`;
  });
}

async function checkEnds(runtime: ContainerRuntime, name: string, checks: Checks): Promise<void> {
  await checks.refuses('the removal of one that runs', 'CONTAINER_STATE_INVALID', () =>
    runtime.remove(name, { force: false }),
  );
  await checks.must('stop', async () => `${(await runtime.stop(name, { timeoutMs: 5_000 })).state}`);
  await checks.must('start it again', async () => {
    const { state } = await runtime.start(name);
    equal(state, 'running');
    return state;
  });
  await checks.must('kill', async () => {
    const { state, cause } = await runtime.kill(name);
    equal(state, 'exited');
    return cause ?? '';
  });
  await checks.must('remove', async () => {
    await runtime.remove(name, { force: false });
    return 'gone';
  });
  await checks.refuses('one that was removed', 'NOT_FOUND', () => runtime.info(name));
}

async function checkMany(runtime: ContainerRuntime, { image, command }: CheckedImage, checks: Checks): Promise<void> {
  await checks.must(`${parallel} at the same time`, async () => {
    const created = await Promise.allSettled(
      Array.from({ length: parallel }, () => runtime.create({ image, command: [command] })),
    );
    const running = created.filter((one) => one.status === 'fulfilled').map(({ value }) => value.id);
    await Promise.all(running.map((id) => runtime.remove(id, { force: true })));
    equal(running.length, parallel);
    return 'created and removed';
  });
}

async function eventsOf(events: readonly ContainerEvent[], id: string): Promise<string> {
  const kinds = (): readonly string[] => events.filter(({ container }) => container === id).map(({ kind }) => kind);
  for (let left = eventsMs / 100; left > 0 && !kinds().includes('removed'); left -= 1) await wait(100);
  equal(kinds(), ['created', 'removed']);
  return kinds().join(', ');
}

async function collect(from: AsyncIterable<ContainerEvent>, into: ContainerEvent[]): Promise<void> {
  try {
    for await (const event of from) into.push(event);
  } catch {
    // The check of events says that they are missing.
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
