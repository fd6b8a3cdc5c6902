import { afterAll, describe, expect, test } from 'vitest';
import { createHost, createMemoryStore } from '#host';
import type { CallObserver, CallOutcome, FinishedOperation, LogLine } from '#wit/interfaces';
import { enginesUnderTest } from '../conformance/engines-under-test.ts';
import { FakeClock } from '../conformance/fake-clock.ts';
import { type ToolSample, makeBundle } from '../conformance/tool-bundle.ts';

/** Keeps what it hears, as one line each. */
class Listener implements CallObserver {
  readonly heard: string[] = [];

  log({ level, message }: LogLine): void {
    this.heard.push(`${level} ${message}`);
  }

  operation({ operation, outcome, durationMs }: FinishedOperation): void {
    this.heard.push(`${operation} ${outcome} ${durationMs}`);
  }
}

describe.each(enginesUnderTest)('an observer of a call on $name', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());

  async function observed(
    sample: Omit<ToolSample, 'name'>,
    observer: CallObserver,
    { clock = new FakeClock(), signal }: { readonly clock?: FakeClock; readonly signal?: AbortSignal } = {},
  ): Promise<CallOutcome> {
    const { manifest, files, components } = await makeBundle([{ name: 'probe', ...sample }]);
    await using host = createHost({ engine, clock, kv: createMemoryStore() });
    await using runner = await host.load({ manifest, files }, { components });
    return await runner.run({ id: 'call', tool: 'probe', input: null, observer }, signal);
  }

  test('hears lines with their turns and operations as they end, while the call still runs', async () => {
    const clock = new FakeClock();
    const listener = new Listener();
    const body = `console.log('first'); await sdk.kv('n').set('k', 'v'); console.warn('second');
      await new Promise((resolve) => setTimeout(resolve, 250)); console.error('third'); return 1;`;
    const calling = observed({ body, tokens: ['kv:n:rw'] }, listener, { clock });
    // The deadline of the call and its timer.
    await clock.untilSleeping(2);
    expect(listener.heard).toEqual(['info first', 'kv.set done 0', 'warn second']);
    clock.advance(250);
    const outcome = await calling;
    expect(outcome).toMatchObject({ kind: 'done', output: 1 });
    expect(listener.heard).toEqual([
      'info first',
      'kv.set done 0',
      'warn second',
      'timer.sleep done 250',
      'error third',
    ]);
    expect(outcome.logs.map(({ message }) => message)).toEqual(['first', 'second', 'third']);
  });

  test('hears of an operation that is refused by its code, and of one that is given up before the outcome', async () => {
    const listener = new Listener();
    const body = `setTimeout(() => {}, 60_000); await sdk.kv('m').get('k').catch(() => {}); return 1;`;
    const outcome = await observed({ body, tokens: ['kv:n:rw'] }, listener);
    const heardWithOutcome = [...listener.heard];
    expect(outcome.kind).toBe('done');
    expect(heardWithOutcome).toEqual(['kv.get CAPABILITY_DENIED 0', 'timer.sleep abandoned 0']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(listener.heard).toEqual(heardWithOutcome);
  });

  test('hears nothing after a call that was cancelled', async () => {
    const clock = new FakeClock();
    const listener = new Listener();
    const controller = new AbortController();
    const calling = observed({ body: 'await new Promise((resolve) => setTimeout(resolve, 9)); return 1;' }, listener, {
      clock,
      signal: controller.signal,
    });
    await clock.untilSleeping(2);
    controller.abort();
    expect(await calling).toMatchObject({ kind: 'failed', error: { code: 'CANCELLED' } });
    expect(listener.heard).toEqual(['timer.sleep abandoned 0']);
    clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(listener.heard).toEqual(['timer.sleep abandoned 0']);
  });

  test('that throws hears no more, and the call is as without it', async () => {
    const body = `console.log('one'); await sdk.kv('n').set('k', 'v'); console.log('two'); return 1;`;
    let heard = 0;
    const fault = (): never => {
      heard += 1;
      throw new Error('the observer is broken');
    };
    const outcome = await observed({ body, tokens: ['kv:n:rw'] }, { log: fault, operation: fault });
    expect(outcome).toMatchObject({ kind: 'done', output: 1 });
    expect(outcome.logs).toHaveLength(2);
    expect(heard).toBe(1);
  });
});
