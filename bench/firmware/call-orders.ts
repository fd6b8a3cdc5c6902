/** What the harness and the processes that measure calls tell each other. */
import process from 'node:process';

/** So many calls of a tool in one way, so many of them at the same time. */
export interface CallOrder {
  readonly way: string;
  readonly tool: string;
  readonly calls: number;
  readonly lanes: number;
}

/** What came of it. */
export interface CallFigures {
  /** Of each call, from asking to the answer. */
  readonly latenciesUs: readonly number[];
  readonly perSecond: number;
}

/** What such a process says. */
export type CallReply =
  | { readonly kind: 'ready'; readonly about: Readonly<Record<string, string>> }
  | { readonly kind: 'measured'; readonly figures: CallFigures }
  | { readonly kind: 'failed'; readonly reason: string };

/** Calls a tool to its end; rejects where that does not succeed. */
export type Caller = (tool: string) => Promise<unknown>;

/** Measures what it is told to, one order after the other, until whoever started this process leaves; then `end` runs. */
export function serveOrders(
  callers: Readonly<Record<string, Caller>>,
  about: Readonly<Record<string, string>>,
  end: () => PromiseLike<void>,
): void {
  process.on('message', (order: CallOrder) => {
    measure(callers[order.way], order).then(
      (figures) => reply({ kind: 'measured', figures }),
      (thrown: unknown) => reply({ kind: 'failed', reason: String(thrown) }),
    );
  });
  process.once('disconnect', () => {
    void Promise.resolve(end()).finally(() => process.exit(0));
  });
  reply({ kind: 'ready', about });
}

function reply(message: CallReply): void {
  process.send?.(message);
}

async function measure(caller: Caller | undefined, { way, tool, calls, lanes }: CallOrder): Promise<CallFigures> {
  if (caller === undefined) throw new Error(`there is no way "${way}"`);
  const latenciesUs: number[] = [];
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      await caller(tool);
      latenciesUs.push((performance.now() - started) * 1_000);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return { latenciesUs, perSecond: (calls / (performance.now() - started)) * 1_000 };
}
