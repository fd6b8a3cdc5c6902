import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Frame, FrameReader, encodeFrame } from '../../host/engine/wasmtime/compile-frames.ts';
import { type CompileRequest, NativeCompiler } from '../../host/engine/wasmtime/compiler.ts';
import { compileBomb } from './compile-bomb.ts';

const library = fileURLToPath(new URL('../../host/native/out/compiler.node', import.meta.url));
const absent = !existsSync(library);
const settings = { memoryReservationBytes: 2 ** 32, memoryGuardBytes: 2 ** 25, fuel: false };
const emptyModule: CompileRequest = { kind: 'module', bytes: Buffer.from('0061736d01000000', 'hex'), settings };
const emptyComponent: CompileRequest = { kind: 'component', bytes: Buffer.from('0061736d0d000100', 'hex'), settings };
/** Takes 10 s and more than a gibibyte. */
const bomb: CompileRequest = { kind: 'module', bytes: compileBomb(20_000, 5_000), settings };

/** Compiled code is an ELF file. */
const elf = Buffer.from('\x7fELF');

async function isCompiled(compiler: NativeCompiler, request = emptyModule): Promise<boolean> {
  return Buffer.from(await compiler.compile(request))
    .subarray(0, 4)
    .equals(elf);
}

/** Processes that compile for this parent. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((id) => {
      try {
        const ofParent = readFileSync(`/proc/${id}/status`, 'utf8').includes(`\nPPid:\t${parent}\n`);
        return ofParent && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('compile-child');
      } catch {
        return false;
      }
    });
}

/** Waits for a child that has its limits: it compiles what it was asked to. */
async function childInLimits(parent: number): Promise<number> {
  for (;;) {
    for (const id of childrenOf(parent)) {
      const limits = existsSync(`/proc/${id}`) ? readFileSync(`/proc/${id}/limits`, 'utf8') : '';
      if (/^Max address space +\d/m.test(limits)) return id;
    }
    await sleep(5);
  }
}

/** Ticks of 10 ms. A child has used some for itself when it has its limits, and says so a moment later; with so many more it is in the middle of its work. */
const ticksAtWork = 15;

/** Waits for a child that is in the middle of its work. */
async function childAtWork(parent: number): Promise<number> {
  const child = await childInLimits(parent);
  const before = ticksOf(child);
  while (ticksOf(child) < before + ticksAtWork) await sleep(5);
  return child;
}

function ticksOf(id: number): number {
  const [, , , , , , , , , , , user = '', system = ''] =
    readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(user) + Number(system);
}

test.skipIf(absent)('modules and components are compiled, also in the background', async () => {
  await using compiler = new NativeCompiler({ library });
  const requests = [emptyModule, emptyComponent, { ...emptyModule, background: true, whole: true }];
  expect(await Promise.all(requests.map((request) => isCompiled(compiler, request)))).toEqual([true, true, true]);
});

test.skipIf(absent)('the same bytes and settings give the same code, other settings other code', async () => {
  await using compiler = new NativeCompiler({ library });
  const request = { ...emptyModule, bytes: compileBomb(20, 5) };
  const first = await compiler.compile(request);
  expect(Buffer.compare(await compiler.compile(request), first)).toBe(0);
  const fuelled = await compiler.compile({ ...request, settings: { ...settings, fuel: true } });
  expect(Buffer.compare(fuelled, first)).not.toBe(0);
});

test.skipIf(absent)('what wasmtime refuses is refused in its words, and the next one is compiled', async () => {
  await using compiler = new NativeCompiler({ library });
  const refused = compiler.compile({ ...emptyModule, bytes: Buffer.from('0061736d01000001', 'hex') });
  await expect(refused).rejects.toMatchObject({
    code: 'COMPONENT_INVALID',
    message: expect.stringMatching(/^Cannot compile the component: wasmtime refuses it: .*version/),
    wire: { details: { cause: 'refused' } },
  });
  expect(await isCompiled(compiler)).toBe(true);
});

test.skipIf(absent).each([
  ['takes too long', 'deadline', { deadlineMs: 500 }],
  ['needs too much memory', 'memory', { memoryBytes: 64 * 2 ** 20 }],
])('a module that %s ends its child alone', async (_, cause, options) => {
  await using compiler = new NativeCompiler({ library, ...options });
  const [failed, next] = await Promise.allSettled([compiler.compile(bomb), isCompiled(compiler)]);
  expect(failed).toMatchObject({ reason: { code: 'COMPONENT_INVALID', wire: { details: { cause } } } });
  expect(next).toMatchObject({ value: true });
});

test.skipIf(absent)('a crash of the compiler is an error of that component, and the next one is compiled', async () => {
  await using compiler = new NativeCompiler({ library });
  const crashed = compiler.compile(bomb);
  process.kill(await childAtWork(process.pid), 'SIGSEGV');
  await expect(crashed).rejects.toMatchObject({
    code: 'COMPONENT_INVALID',
    message: expect.stringMatching(/SIGSEGV/),
    wire: { details: { cause: 'crash' } },
  });
  expect(await isCompiled(compiler)).toBe(true);
});

test.skipIf(absent)('a child that dies of what came before is no fault of the next component', async () => {
  await using compiler = new NativeCompiler({ library });
  await compiler.compile(emptyModule);
  const next = isCompiled(compiler, { ...bomb, bytes: compileBomb(3_000, 1_000) });
  process.kill(await childInLimits(process.pid), 'SIGSEGV');
  expect(await next).toBe(true);
});

test.skipIf(absent)('the background has a child of its own, of the weakest priority', async () => {
  await using compiler = new NativeCompiler({ library });
  const background = compiler.compile({ ...bomb, background: true }).catch((error: unknown) => error);
  const child = await childInLimits(process.pid);
  expect(await isCompiled(compiler)).toBe(true);
  const nice = readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.split(' ')[16];
  expect(nice).toBe('19');
  await compiler[Symbol.asyncDispose]();
  expect(await background).toMatchObject({ code: 'UNAVAILABLE' });
});

test.skipIf(absent)('a child that has nothing to do ends, and another one serves the next request', async () => {
  await using compiler = new NativeCompiler({ library, idleMs: 1 });
  await compiler.compile(emptyModule);
  while (childrenOf(process.pid).length > 0) await sleep(5);
  expect(await isCompiled(compiler)).toBe(true);
});

test.skipIf(absent)(
  'closing ends what runs and what waits, twice is once, and nothing is taken afterwards',
  async () => {
    const compiler = new NativeCompiler({ library });
    const requests = Promise.allSettled([compiler.compile(bomb), compiler.compile(emptyModule)]);
    await childInLimits(process.pid);
    await Promise.all([compiler[Symbol.asyncDispose](), compiler[Symbol.asyncDispose]()]);
    const closed = { reason: { code: 'UNAVAILABLE', message: 'Cannot use the compiler: it is closed' } };
    expect(await requests).toMatchObject([closed, closed]);
    expect(childrenOf(process.pid)).toEqual([]);
    await expect(compiler.compile(emptyModule)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  },
);

/** A process that compiles this and has nothing more to do. */
function otherProcess(bytes: string): ReturnType<typeof spawn> {
  const url = (path: string): string =>
    JSON.stringify(pathToFileURL(fileURLToPath(new URL(path, import.meta.url))).href);
  const program = `import { NativeCompiler } from ${url('../../host/engine/wasmtime/compiler.ts')};
    import { compileBomb } from ${url('./compile-bomb.ts')};
    const compiler = new NativeCompiler({ library: ${JSON.stringify(library)} });
    await compiler.compile({ kind: 'module', bytes: ${bytes}, settings: ${JSON.stringify(settings)} });`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'inherit', 'inherit'] });
}

test.skipIf(absent)('an idle child keeps no process alive', async () => {
  const other = otherProcess('compileBomb(1, 1)');
  const code = await new Promise((resolve) => other.once('exit', resolve));
  expect(code).toBe(0);
});

/** Time of the processor, in hundredths of a second. */
function processorTicks(id: number): number {
  return Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[11]);
}

/** Whether it runs: a process that nobody waits for stays as a zombie. */
function runs(id: number): boolean {
  try {
    return !readFileSync(`/proc/${id}/status`, 'utf8').includes('State:\tZ');
  } catch {
    return false;
  }
}

test.skipIf(absent)('a child that compiles ends with the process that it compiles for', async () => {
  // Minutes of work: what ends before is ended.
  const other = otherProcess('compileBomb(3_000, 1_000, 300)');
  const child = await childInLimits(other.pid ?? 0);
  onTestFinished(() => void (runs(child) && process.kill(child, 'SIGKILL')));
  // Reading the request takes less than half a second of the processor's time.
  while (processorTicks(child) < 50) await sleep(5);
  other.kill('SIGKILL');
  await new Promise((resolve) => other.once('exit', resolve));
  while (runs(child)) await sleep(5);
  expect(runs(child)).toBe(false);
});

test('without the library the compiler is unavailable, and the error says how to build it', async () => {
  await using compiler = new NativeCompiler({ library: '/nowhere/compiler.node' });
  await expect(compiler.compile(emptyModule)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/does not start: .*nowhere/),
    wire: { remedy: expect.stringMatching(/npm run build:native/) },
  });
});

test('more bytes than a component may have are refused without a child', async () => {
  await using compiler = new NativeCompiler({ library: '/nowhere/compiler.node' });
  const request = { ...emptyModule, bytes: new Uint8Array(64 * 2 ** 20 + 1) };
  await expect(compiler.compile(request)).rejects.toMatchObject({ code: 'COMPONENT_INVALID' });
});

test('more requests than may wait are refused, and the others are served', async () => {
  await using compiler = new NativeCompiler({ library: '/nowhere/compiler.node' });
  const requests = Array.from({ length: 1_026 }, () => compiler.compile(emptyModule));
  await expect(requests[1_025]).rejects.toMatchObject({ message: expect.stringMatching(/1024 others wait/) });
  void compiler[Symbol.asyncDispose]();
  await Promise.allSettled(requests);
});

test('frames come out as they went in, however they are cut, and nothing after one that is too long', () => {
  const sent = [1, 2, 3].map((index) => ({ head: { index }, bytes: Buffer.alloc(index * 100, index) }));
  const stream = Buffer.concat(sent.flatMap(({ head, bytes }) => encodeFrame(head, bytes)));
  for (const size of [1, 7, 100, stream.length]) {
    const reader = new FrameReader(300);
    const frames: (Frame | 'broken')[] = [];
    for (let at = 0; at < stream.length; at += size) frames.push(...reader.push(stream.subarray(at, at + size)));
    expect(frames).toEqual(sent);
  }
  const reader = new FrameReader(199);
  expect(reader.push(stream)).toEqual([sent[0], 'broken']);
  expect(reader.push(stream)).toEqual([]);
});
