/** Agents. */
import type { Json } from './json.ts';
import { start } from './operations.ts';

/** Agents, by the tokens `agent:<name>:call`. */
export const agents = {
  /**
   * Gives an agent a message of at most 1 MiB and waits for its answer.
   * @example
   * const answer = await agents.invoke('clerk', 'Check the invoices of May');
   */
  async invoke(name: string, message: string): Promise<Json> {
    return JSON.parse(await start('agents.invoke', name, message)) as Json;
  },
} as const;
