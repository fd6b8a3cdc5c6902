/** What a command of arc sees of the machine; nothing else is read or written. */
import type { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly progress: Progress;
  /** What relative paths of arguments start from. */
  readonly currentDirectory: string;
  /** `$ARIA_HOME/cache`; may not exist yet. */
  readonly cacheDirectory: string;
  /** `$ARIA_HOME/compiled`: compiled code and the key that vouches for it. */
  readonly compiledDirectory: string;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
}
