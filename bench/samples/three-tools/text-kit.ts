import { aria, kv, tool } from '@aria/sdk';
import { type TextStats, textStats } from './text-stats.ts';

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Three tools as somebody would write them: one that computes, two that use the host. */
@aria({ name: 'text-kit', version: '1.0.0', description: 'Statistics of texts' })
export class TextKit {
  /** Counts the words of a text. */
  @tool({})
  async stats(input: { text: string }): Promise<TextStats> {
    return textStats(input.text);
  }

  /** Stores a text under several keys at once: an operation each. */
  @tool({ tokens: ['kv:bench:rw'] })
  async keep(input: { keys: string[]; text: string }): Promise<{ kept: number }> {
    await Promise.all(input.keys.map((key) => kv('bench').setJson(key, input.text)));
    return { kept: input.keys.length };
  }

  /** Waits several times, at once or one after the other, and counts the words after each wait in turn. */
  @tool({})
  async waits(input: { times: number; ms: number; inTurn?: boolean; text: string }): Promise<TextStats> {
    if (!input.inTurn) await Promise.all(Array.from({ length: input.times }, () => pause(input.ms)));
    let stats = textStats(input.text);
    for (let time = 0; input.inTurn && time < input.times; time += 1) {
      await pause(input.ms);
      stats = textStats(input.text);
    }
    return stats;
  }
}
