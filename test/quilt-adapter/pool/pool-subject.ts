/** A pool over items that a test starts, kills and ends when it wants to. */
import { FakeClock } from '../../conformance/fake-clock.ts';
import type { PoolEvent, PoolItem, WarmPool, WarmPoolOptions } from '../../../quilt-adapter/pool/ports.ts';
import { createWarmPool } from '../../../quilt-adapter/pool/warm-pool.ts';

let items = 0;

/** An item: it dies when it is told to, or when it is ended. */
export class TestItem implements PoolItem {
  readonly key: string;
  readonly number = (items += 1);
  readonly died: Promise<unknown>;
  readonly die: (cause?: unknown) => void;
  isDead = false;
  ended = 0;
  /** Where it is set, ending takes until it resolves. */
  endsAfter: Promise<void> | undefined;

  constructor(key: string) {
    this.key = key;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.died = promise;
    this.die = (cause) => {
      this.isDead = true;
      resolve(cause);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended += 1;
    await this.endsAfter;
    this.die('ended');
  }
}

/** A start that is under way. */
export interface PendingStart {
  readonly key: string;
  readonly signal: AbortSignal;
  /** Gives the item that the pool gets. */
  succeed(): TestItem;
  fail(error: unknown): void;
}

/** A pool with what a test holds in its hands. */
export interface PoolSubject extends AsyncDisposable {
  readonly pool: WarmPool<TestItem>;
  readonly clock: FakeClock;
  readonly starts: PendingStart[];
  readonly made: TestItem[];
  readonly events: PoolEvent[];
}

/** Opens one. Nobody starts anything but the test, unless `automatic`. */
export function openPool({
  automatic = false,
  ...options
}: Partial<WarmPoolOptions<TestItem>> & { readonly automatic?: boolean } = {}): PoolSubject {
  const clock = new FakeClock();
  const starts: PendingStart[] = [];
  const made: TestItem[] = [];
  const events: PoolEvent[] = [];
  const make = (key: string): TestItem => {
    const item = new TestItem(key);
    made.push(item);
    return item;
  };
  const pool = createWarmPool<TestItem>({
    start(key, signal) {
      if (automatic) return Promise.resolve(make(key));
      const { promise, resolve, reject } = Promise.withResolvers<TestItem>();
      const start: PendingStart = {
        key,
        signal,
        succeed() {
          starts.splice(starts.indexOf(start), 1);
          const item = make(key);
          resolve(item);
          return item;
        },
        fail(error) {
          starts.splice(starts.indexOf(start), 1);
          reject(error);
        },
      };
      starts.push(start);
      return promise;
    },
    bytesOf: () => 1,
    budgetBytes: 100,
    clock,
    random: () => 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { pool, clock, starts, made, events, [Symbol.asyncDispose]: () => endPool(pool, starts) };
}

/** Starts that nobody ends would hold the pool until their timeout, which a clock that stands never reaches. */
async function endPool(pool: WarmPool<TestItem>, starts: readonly PendingStart[]): Promise<void> {
  const end = pool[Symbol.asyncDispose]();
  for (const start of [...starts]) start.fail(new Error('the test is over'));
  await end;
}

/** Lets whatever can go on without time do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
