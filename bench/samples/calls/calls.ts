import { aria, kv, tool } from '@aria/sdk';
import { type Greeting, compute, greet } from './work.ts';

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** What the benchmarks of calls call. */
@aria({ name: 'calls', version: '1.0.0', description: 'Calls that are measured' })
export class Calls {
  /** Greets. */
  @tool({})
  async greet(input: { name: string; n: number }): Promise<Greeting> {
    return greet(input);
  }

  /** Does nothing. */
  @tool({})
  async noop(): Promise<null> {
    return null;
  }

  /** Waits for so many timers at the same time. */
  @tool({})
  async overlap(input: { operations: number }): Promise<{ operations: number }> {
    await Promise.all(Array.from({ length: input.operations }, (_, ms) => pause(ms)));
    return input;
  }

  /** Waits for so many timers, one after the other. */
  @tool({})
  async sequence(input: { operations: number }): Promise<{ operations: number }> {
    for (let operation = 0; operation < input.operations; operation += 1) await pause(operation);
    return input;
  }

  /** Reads so many keys, one after the other. */
  @tool({ tokens: ['kv:bench:r'] })
  async read(input: { operations: number }): Promise<{ found: number }> {
    let found = 0;
    for (let operation = 0; operation < input.operations; operation += 1) {
      if ((await kv('bench').get('a')) !== undefined) found += 1;
    }
    return { found };
  }

  /** Greets after each wait, with the JSON of a call each time. */
  @tool({})
  async greetings(input: { times: number; json: string }): Promise<{ length: number }> {
    let length = 0;
    for (let time = 0; time < input.times; time += 1) {
      length += JSON.stringify(await greet(JSON.parse(input.json))).length;
      await pause(1);
    }
    return { length };
  }

  /** Computes. */
  @tool({})
  async compute(input: { work: 'fib' | 'json' | 'sort'; n: number }): Promise<{ result: number }> {
    return compute(input);
  }

  /** Never ends. */
  @tool({})
  async spin(): Promise<null> {
    for (;;);
  }
}
