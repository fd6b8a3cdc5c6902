/** What a command of arc sees of the machine; nothing else is read or written. */
import type { ProcessContext } from '#terminal';

export interface CommandContext extends ProcessContext {
  /** `$ARIA_HOME`, absolute; may not exist. */
  readonly home: string;
  /** `$ARIA_REGISTRY`, as it is written; absent where it is not set. */
  readonly registry: string | undefined;
  /** `$ARIA_HOME/cache`; may not exist yet. */
  readonly cacheDirectory: string;
  /** `$ARIA_HOME/compiled`: compiled code and the key that vouches for it. */
  readonly compiledDirectory: string;
}
