/** The conversation that a call belongs to. */
import type { ContextEntry } from '#wit/host-types';
import { start } from './operations.ts';

/** The conversation, by the tokens `context:session:r|append`. */
export const context = {
  /** The newest entries, oldest first. `limit`: 1 to 1,000. */
  get(limit = 100): Promise<readonly ContextEntry[]> {
    return start('context.get', limit);
  },

  /**
   * Adds an entry of at most 64 KiB.
   * @example
   * await context.add({ role: 'tool', content: 'The invoice was paid on 3 May' });
   */
  async add({ role, content }: { readonly role: string; readonly content: string }): Promise<void> {
    await start('context.add', role, content);
  },
} as const;
