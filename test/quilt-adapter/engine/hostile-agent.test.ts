import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOutcome } from '#wit/interfaces';
import { hostSignatures } from '#wit/turns';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { type EngineUnderTest, bunProgram, containerRunner, openEngine } from './engine-under-test.ts';

const numberOf = (name: string): number => hostSignatures().findIndex((found) => found.name === name);
const get = numberOf('kv.get');
const set = numberOf('kv.set');
const sleep = numberOf('timer.sleep');
const fetch = numberOf('net.fetch');
const write = numberOf('log.write');

/** An agent that is in the hands of its tool: what the tool's source says between two marks is done at each message of the host. */
function agentOf(onConnect = 'say({ kind: "ready", version: 1, cpuMs: 1 })'): Uint8Array {
  return Buffer.from(`
    import net from 'node:net';
    const frame = (header, blobs = []) => { const text = Buffer.from(header); const length = Buffer.alloc(4); length.writeUInt32LE(text.length); return Buffer.concat([length, text, ...blobs]); };
    const socket = net.connect(process.argv[2]);
    const raw = (bytes) => socket.write(bytes);
    const say = (message, blobs = []) => raw(frame(JSON.stringify([blobs.map((each) => each.length), message]), blobs));
    const turn = (fields, blobs) => say({ kind: 'turn', turn: 1, outcome: ['waiting'], blobs: 0, started: [], abandoned: [], logs: [], logBytesDropped: 0, cpuMs: 2, memoryBytes: 1e7, ...fields }, blobs);
    const done = (text, fields) => turn({ outcome: ['done'], ...fields }, [Buffer.from(text)]);
    let messages = 0;
    let says = '';
    socket.on('connect', () => { ${onConnect} });
    socket.on('data', (bytes) => { messages += 1; says ||= /<<<([^]*)>>>/.exec(bytes.toString())[1]; eval(says); });
    socket.on('error', () => process.exit(3));
    socket.on('close', () => process.exit(4));
  `);
}

interface Maxima {
  readonly logBytesMax?: number;
}

function toolThat(says: string): ToolSample {
  return { name: 'probe', body: `/*<<<${says}>>>*/`, tokens: ['kv:n:rw'], timeoutMs: 2_000, computeMs: 500 };
}

const lies: Readonly<Record<string, readonly [says: string, code: string, cause?: RegExp]>> = {
  'bytes that are no frame': ['raw(Buffer.alloc(64, 0xff));', 'TOOL_TRAPPED', /its header has 4294967295 bytes/],
  'a header that is not JSON': ['raw(frame("no JSON"));', 'TOOL_TRAPPED', /not JSON/],
  'a header of another form': ['raw(frame("{}"));', 'TOOL_TRAPPED', /no lengths/],
  'a header that nests for ever': ['raw(frame("[".repeat(4e6)));', 'TOOL_TRAPPED', /not JSON/],
  'blobs of more bytes than there may be': ['raw(frame("[[99999999999],{}]"));', 'TOOL_TRAPPED', /blobs have/],
  'a blob of fewer bytes than none': ['raw(frame("[[-1],{}]"));', 'TOOL_TRAPPED', /no number/],
  'a million empty blobs': ['raw(frame(JSON.stringify([Array(1e6).fill(0), {}])));', 'TOOL_TRAPPED', /1000000 blobs/],
  'a message that is none': ['raw(frame("[[],7]"));', 'TOOL_TRAPPED', /no record/],
  'that it is ready, twice': ['say({ kind: "ready", version: 1, cpuMs: 0 });', 'TOOL_TRAPPED', /of the kind "ready"/],
  'an outcome that is none': ['turn({ outcome: ["won"] });', 'TOOL_TRAPPED', /outcome is "won"/],
  'done without an output': ['turn({ outcome: ["done"] });', 'TOOL_TRAPPED', /output is not there/],
  'an output that is no text': ['turn({ outcome: ["done"] }, [Buffer.from([0xff])]);', 'TOOL_TRAPPED', /no text/],
  'an output that is no JSON': ['done("{");', 'OUTPUT_INVALID'],
  'an output with a blob that is not there': ['done(JSON.stringify({ $blob: 3 }));', 'OUTPUT_INVALID'],
  'a turn that nobody asked for': ['turn({ turn: 9 });', 'TOOL_TRAPPED', /nobody asked/],
  'a turn after its last one': [
    'const bytes = Buffer.from("1"); turn({ outcome: ["done"] }, [bytes]); turn({ outcome: ["done"] }, [bytes]); turn({ outcome: ["waiting"] });',
    'done',
  ],
  'an operation that there is not': ['turn({ started: [[1, 999, []]] });', 'TOOL_TRAPPED', /no such operation/],
  'a function as an operation': [`turn({ started: [[1, ${write}, []]] });`, 'TOOL_TRAPPED', /no such operation/],
  'an operation without a token': [
    `turn({ started: [[1, ${fetch}, [["GET", "https://a.example/", [], null, 0, null]]]] });`,
    'TOOL_TRAPPED',
    /no token for net\.fetch/,
  ],
  'an operation twice': [
    `turn({ started: [[1, ${sleep}, [1]], [1, ${sleep}, [1]]] });`,
    'TOOL_TRAPPED',
    /an id is used twice/,
  ],
  'an id beyond all numbers': [`turn({ started: [[2 ** 31, ${sleep}, [1]]] });`, 'TOOL_TRAPPED', /an id/],
  'arguments of another form': [`turn({ started: [[1, ${get}, [7, {}]]] });`, 'TOOL_TRAPPED', /kv\.get/],
  'too few arguments': [`turn({ started: [[1, ${get}, ["n"]]] });`, 'TOOL_TRAPPED', /1 arguments/],
  'a blob that is not there': [`turn({ started: [[1, ${set}, ["n", "k", 0]]] });`, 'TOOL_TRAPPED', /blob 0 of 0/],
  'a text that is not there': [`turn({ started: [[1, ${get}, ["n", 5]]] });`, 'TOOL_TRAPPED', /text 5 of 0/],
  'more blobs than it brings': ['turn({ blobs: 4 });', 'TOOL_TRAPPED', /number of blobs/],
  'more operations than there may be': [
    `turn({ started: Array.from({ length: 9000 }, (_, n) => [n + 1, ${sleep}, [1]]) });`,
    'TOOL_TRAPPED',
    /starts 9000/,
  ],
  'one operation more than there may be': [
    `turn({ started: Array.from({ length: 4097 }, (_, n) => [n + 1, ${sleep}, [1e6]]) });`,
    'OPERATIONS_EXCEEDED',
  ],
  'compute without end': ['done("1", { cpuMs: 1e300 });', 'done'],
  'compute of less than none': ['done("1", { cpuMs: -5 });', 'TOOL_TRAPPED', /compute/],
  'memory that is no number': ['done("1", { memoryBytes: null });', 'TOOL_TRAPPED', /memory/],
  'a level that there is not': ['done("1", { logs: [["fatal", "x", null]] });', 'TOOL_TRAPPED', /no level/],
  'a code of the host': ['turn({ outcome: ["failed", "INTERNAL", "no", false, null, null] });', 'TOOL_FAILED'],
  'a limit that is none': ['turn({ outcome: ["ended", "DEADLOCK", "no", "no"] });', 'TOOL_TRAPPED', /limit is none/],
  'that it waits, and for nothing': ['turn({});', 'TOOL_STALLED'],
  'nothing, and computes': ['for (;;);', 'DEADLINE_EXCEEDED', /compute/],
  'nothing at all': ['', 'DEADLINE_EXCEEDED', /wall/],
  'half a frame, and ends': [
    'raw(Buffer.from([9, 0, 0, 0, 1])); setTimeout(() => process.exit(0), 50);',
    'TOOL_TRAPPED',
  ],
  'that it ends its connection': [
    'socket.removeAllListeners(); socket.destroy(); setTimeout(() => {}, 60000);',
    'TOOL_TRAPPED',
    /connection/,
  ],
};

describe.skipIf(bunProgram() === undefined)('an agent in the hands of its tool that says', () => {
  let opened: EngineUnderTest;
  beforeAll(async () => {
    opened = await openEngine({ agent: agentOf() });
  });
  afterAll(async () => {
    await opened.engine[Symbol.asyncDispose]();
    expect(await readdir(join(opened.runDirectory, 'containers'))).toEqual([]);
    await opened[Symbol.asyncDispose]();
  });

  async function attack(says: string, limits: Maxima = {}): Promise<CallOutcome> {
    await using runner = await containerRunner(opened.engine, [toolThat(says)], { limits });
    return await runner.run({ id: 'call-1', tool: 'probe', input: {} });
  }

  test.each(Object.entries(lies))('%s harms its own call only', async (_, [says, code, cause]) => {
    const outcome = await attack(says);
    expect(outcome.kind === 'done' ? 'done' : outcome.error.code).toBe(code);
    if (cause && outcome.kind === 'failed') expect(outcome.error.details['cause']).toMatch(cause);
  });

  test('that it has something to say, without end, is asked once, and not again for a turn that is over', async () => {
    const outcome = await attack(
      `if (messages === 1) { turn({ started: [[1, ${sleep}, [400]]] }); for (let n = 0; n < 500; n += 1) say({ kind: 'stir', turn: 1 }); }
       else if (messages === 2) { turn({ turn: 2 }); for (let n = 0; n < 500; n += 1) say({ kind: 'stir', turn: 1 }); } else done(JSON.stringify(!bytes.toString().includes('"ready":[]')), { turn: 3 });`,
    );
    expect(outcome).toMatchObject({ kind: 'done', output: true, usage: { turns: 3 } });
  });

  test('more lines than it may is cut by the host, too', async () => {
    const outcome = await attack(
      'done("1", { logs: Array.from({ length: 20000 }, () => ["info", "x".repeat(100), null]), logBytesDropped: 5 });',
      { logBytesMax: 10_000 },
    );
    expect(outcome.kind).toBe('done');
    expect(outcome.logs).toHaveLength(100);
    expect(outcome.logBytesDropped).toBe(20_000 * 100 - 10_000 + 5);
  });
});

describe.skipIf(bunProgram() === undefined)('an agent that does not get ready', () => {
  const starts: Readonly<Record<string, readonly [onConnect: string, cause: RegExp]>> = {
    'of another version': ['say({ kind: "ready", version: 2, cpuMs: 1 })', /another protocol/],
    'with no frame': ['raw(Buffer.alloc(9, 0xff))', /header has/],
    'that ends': ['process.exit(5)', /connection|exit|5/],
    'that says nothing': ['', /given up|did not|took longer|15000|400/],
  };
  test.each(Object.entries(starts))('%s fails its call, and leaves nothing', async (_, [onConnect, cause]) => {
    await using opened = await openEngine({ agent: agentOf(onConnect), limits: { startTimeoutMs: 400 } });
    await using runner = await containerRunner(opened.engine, [toolThat('')]);
    const outcome = await runner.run({ id: 'call-1', tool: 'probe', input: {} });
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'CONTAINER_START_FAILED' } });
    if (outcome.kind === 'failed') expect(JSON.stringify(outcome.error)).toMatch(cause);
    await runner[Symbol.asyncDispose]();
    await opened.engine[Symbol.asyncDispose]();
    expect(await readdir(join(opened.runDirectory, 'containers'))).toEqual([]);
  });
});
