/* oxlint-disable no-new-func -- hostile on purpose */
import { aria, kv, tool } from '@aria/sdk';

@aria({
  name: 'forged-operations',
  version: '1.0.0',
  description: "Looks for the host's functions and guesses operation ids",
})
export class ForgedOperations {
  /** Names under which a tool might reach the host. */
  @tool()
  findHost(): { globals: string[]; fromFunction: string; fromStack: string[]; required: string[] } {
    const suspicious = /native|host|wasi|import|internal|std|^os$|bjson|operation/i;
    const globals = Object.getOwnPropertyNames(globalThis).filter((name) => suspicious.test(name));
    const fromFunction = new Function('return typeof native + typeof bound + typeof host')() as string;
    const fromStack = (new Error('look').stack ?? '')
      .split('\n')
      .filter((line) => /\/(home|work|root|usr|tmp)\//.test(line));
    const required = ['std', 'os', 'fs', 'node:fs', 'qjs:std', '../../sdk/native.ts'].filter(canRequire);
    return { globals, fromFunction, fromStack, required };
  }

  /** Clears operations that are not timers, by their ids. */
  @tool({ tokens: ['kv:forged:rw'] })
  async clearOthers(): Promise<{ stored: string | undefined }> {
    const store = kv('forged');
    const writing = store.set('key', 'kept');
    for (let id = -5; id < 200; id += 1) clearTimeout(id);
    for (const id of [NaN, Infinity, 1e300, -0, 0.5]) clearTimeout(id);
    await writing;
    return { stored: await store.getText('key') };
  }

  /** Clears a timer twice, and one that is over. */
  @tool()
  async clearTwice(): Promise<string> {
    const over = setTimeout(() => {}, 0);
    const other = setTimeout(() => {}, 1);
    clearTimeout(other);
    clearTimeout(other);
    await new Promise((resolve) => setTimeout(resolve, 5));
    clearTimeout(over);
    clearInterval(over);
    return 'fine';
  }

  /** Passes what is no argument to every surface. */
  @tool({ tokens: ['kv:forged:rw'] })
  async oddArguments(): Promise<{ refused: number; accepted: number }> {
    const odd: unknown[] = [
      undefined,
      null,
      5,
      NaN,
      {},
      [],
      Symbol('s'),
      10n,
      new Proxy({}, {}),
      '\ud800',
      'x'.repeat(300),
    ];
    const results = await Promise.allSettled(
      odd.flatMap((value) => {
        const store = kv(value as string);
        return [
          store.get('k'),
          store.set('k', value as string),
          store.list({ limit: value as number }),
          kv('forged').get(value as string),
        ];
      }),
    );
    const refused = results.filter(({ status }) => status === 'rejected').length;
    return { refused, accepted: results.length - refused };
  }
}

function canRequire(name: string): boolean {
  try {
    return typeof new Function('name', 'return require(name)')(name) === 'object';
  } catch {
    return false;
  }
}
