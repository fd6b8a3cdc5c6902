/** Two tools that call each other by way of the host. */
import { type KeyValueStore, createMemoryStore } from '#host';
import type { CallOutcome, ToolRunner } from '#wit/interfaces';

const encoder = new TextEncoder();

/** Asks the store for the key `depth`; the store answers it by a call of the other tool, one less deep. */
export const reentrantBody = `
  if (input.depth === 0) { if (input.bottom === 'spin') for (;;); if (input.bottom === 'throw') throw new Error('bottom'); return 'bottom'; }
  return await sdk.kv('n').getText(input.depth + ':' + input.bottom) + ' ' + input.depth;`;

/** What comes back through so many calls. */
export const answered = (depth: number, bottom: string): string =>
  [bottom, ...Array.from({ length: depth }, (_, index) => index + 1)].join(' ');

/** A store behind which the host enters the engine again. Its calls count from the inside. */
export class ReentrantStore {
  runner: ToolRunner | undefined;
  calls = 0;

  store(endless = false): KeyValueStore {
    const get = async (_namespace: string, key: string): Promise<Uint8Array> => {
      const [depth, bottom] = key.split(':');
      const outcome = await this.call(endless ? Number(depth) + 1 : Number(depth) - 1, bottom ?? '');
      return encoder.encode(outcome.kind === 'done' ? String(outcome.output) : outcome.error.code);
    };
    return Object.assign(Object.create(createMemoryStore()) as KeyValueStore, { get });
  }

  call(depth: number, bottom: string): Promise<CallOutcome> {
    if (!this.runner) throw new Error('there is no runner yet');
    this.calls += 1;
    const tool = depth % 2 === 0 ? 'even' : 'odd';
    return this.runner.run({ id: `call-${this.calls}`, tool, input: { depth, bottom } });
  }
}
