import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Evaluator, createEvaluator, outputOf } from './guest-runner.ts';
import { consoleCases } from './prelude-cases/console.ts';
import { preludeCases } from './prelude-cases.ts';

const AsyncFunction = (async () => undefined).constructor as new (source: string) => () => Promise<unknown>;

let guest: Evaluator;
beforeAll(async () => {
  guest = await createEvaluator();
});
afterAll(async () => {
  await guest[Symbol.asyncDispose]();
});

async function inNode(source: string): Promise<unknown> {
  // Node's own timers may be unreferenced: something else has to keep the loop alive.
  const alive = setInterval(() => undefined, 1_000);
  try {
    return JSON.parse(JSON.stringify((await new AsyncFunction(source)()) ?? null));
  } finally {
    clearInterval(alive);
  }
}

test('the suite has at least 120 cases, and no name twice', () => {
  expect(preludeCases.length).toBeGreaterThanOrEqual(120);
  expect(new Set(preludeCases.map(({ name }) => name)).size).toBe(preludeCases.length);
});

describe('as in Node', () => {
  test.each(preludeCases)('$name', async ({ source }) => {
    // What `crypto.getRandomValues` and friends say of Node's own machinery does not matter; what a tool reads does.
    const [inGuest, expected] = [outputOf(await guest.evaluate(source)), await inNode(source)];
    expect(inGuest).toEqual(expected);
  });
});

describe('console writes what Node would', () => {
  test.each(consoleCases)('console.log($args)', async ({ args }) => {
    const { logs } = await guest.evaluate(`console.log(...[${args}]);`);
    const values = new Function(`return [${args}];`)() as unknown[];
    expect(logs.map(({ message }) => message)).toEqual([format(...values)]);
  });

  test('levels, groups, counters and assertions', async () => {
    const { logs } =
      await guest.evaluate(`console.debug('d'); console.info('i'); console.warn('w'); console.error('e'); console.group('g'); console.log('a\\nb'); console.groupEnd();
      console.count(); console.count(); console.countReset(); console.count('x'); console.assert(true, 'no'); console.assert(false, 'yes %d', 1); console.assert(false); console.time('t'); console.timeEnd('t'); console.timeEnd('t');`);
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'debug d',
      'info i',
      'warn w',
      'error e',
      'info g',
      'info   a\n  b',
      'info default: 1',
      'info default: 2',
      'info x: 1',
      'error Assertion failed: yes 1',
      'error Assertion failed',
      'info t: 0ms',
      "warn No such label 't'",
    ]);
  });

  test('console.table draws what Node draws', async () => {
    const source = `console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table(['p', 'q']); console.table(new Map([['k', 1]])); console.table(new Set(['s']));
      console.table(5); console.table([{ a: 1, b: 2 }], ['b']); console.table({ r: { x: { y: 1 } }, s: [1, 2] });`;
    const { logs } = await guest.evaluate(source);
    const written: string[] = [];
    const stdout = new Writable({ write: (chunk, _encoding, done) => (written.push(String(chunk)), done()) });
    new Function('console', source)(new Console({ stdout }));
    expect(logs.map(({ message }) => `${message}\n`)).toEqual(written);
  });

  test('errors are shown with their stack and cause', async () => {
    const { logs } = await guest.evaluate(`console.error(new TypeError('outer', { cause: new Error('inner') }));`);
    expect(logs[0]?.message).toMatch(/^TypeError: outer\n {4}at [\s\S]*\[cause\]: Error: inner\n/);
  });

  test('values that fight back are shown all the same', async () => {
    const output = outputOf(
      await guest.evaluate(`const revoked = Proxy.revocable({}, {}); revoked.revoke();
      console.log(revoked.proxy); console.log({ get x() { throw 1; } }); console.log(new Proxy({}, { ownKeys() { throw 2; } })); console.log('x'.repeat(200000)); console.log(Array.from({ length: 100000 }, () => ({ a: {} })));
      return 'fine';`),
    );
    expect(output).toBe('fine');
  });
});

describe('the clock and chance of a call', () => {
  test('the clock stands still in a turn and moves with timers', async () => {
    const output = outputOf(
      await guest.evaluate(`const start = Date.now(); for (let i = 0; i < 1e5; i++); const same = Date.now() - start; await new Promise((resolve) => setTimeout(resolve, 250));
      return [start, same, Date.now() - start, performance.now(), performance.timeOrigin];`),
    );
    const started = Date.UTC(2026, 4, 17, 12);
    expect(output).toEqual([started, 0, 250, 250, started]);
  });

  test('the same seed gives the same chance', async () => {
    const source = 'return [crypto.randomUUID(), Math.random(), [...crypto.getRandomValues(new Uint8Array(4))]];';
    const [first, second] = [outputOf(await guest.evaluate(source)), outputOf(await guest.evaluate(source))];
    expect(first).toEqual(second);
  });

  test('what a timer callback throws is logged and harms nothing', async () => {
    const result = await guest.evaluate(
      `setTimeout(() => { throw new RangeError('late'); }, 1); await new Promise((resolve) => setTimeout(resolve, 5)); return 1;`,
    );
    expect(outputOf(result)).toBe(1);
    expect(result.logs.map(({ level, message }) => [level, message.split('\n')[0]])).toEqual([
      ['error', 'Uncaught RangeError: late'],
    ]);
  });

  test('what a listener throws is logged, and the next listener hears the event', async () => {
    const result = await guest.evaluate(
      `const t = new EventTarget(); let heard = 0; t.addEventListener('x', () => { throw 1; }); t.addEventListener('x', () => heard++); t.dispatchEvent(new Event('x')); return heard;`,
    );
    expect(outputOf(result)).toBe(1);
    expect(result.logs.map(({ message }) => message)).toEqual(['Uncaught 1']);
  });
});

test('no global of the prelude is enumerable, and the host is not among them', async () => {
  const output = outputOf(
    await guest.evaluate(
      `return [Object.keys(globalThis), typeof native, typeof Intl, typeof process, typeof require];`,
    ),
  );
  expect(output).toEqual([[], 'undefined', 'undefined', 'undefined', 'undefined']);
});

test('the inspection of Node that the cases count on has its defaults', () => {
  expect([inspect.defaultOptions.depth, inspect.defaultOptions.compact, inspect.defaultOptions.breakLength]).toEqual([
    2, 3, 80,
  ]);
});
