/** What a command of aria sees of the machine; nothing else is read or written. */
import type { ProcessContext } from '#terminal';

export interface CommandContext extends ProcessContext {
  /** `$ARIA_HOME`, absolute; may not exist. */
  readonly home: string;
  /** The environment, of which `aria up` takes what begins with `ARIA_`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
