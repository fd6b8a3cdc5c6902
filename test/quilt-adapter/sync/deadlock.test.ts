/** Named cases of requests that wait for themselves, by way of others. */
import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import type { Quota } from '../../../quilt-adapter/sync/scheduler.ts';
import { type Opened, ask, open, refused, ticks } from './open-scheduler.ts';

test('the youngest of a cycle is refused with both sides and their paths; the other goes on when it ends', async () => {
  const { scheduler, wait, events } = open();
  scheduler.tryAcquire(ask('c-1', ['kv:a:x']));
  scheduler.tryAcquire(ask('c-2', ['kv:b:x']));
  const first = wait(ask('c-1', ['kv:b:rw']));
  const error = await refused(wait(ask('c-3', ['kv:a:r'], { parent: 'c-2' })));
  expect(error.code).toBe('DEADLOCK');
  expect(error.message).toBe(
    'Cannot acquire tokens for "shop/c-3" (c-3): it would wait for itself: shop/c-3 (c-3) waits for kv:a:r, held as kv:a:x by ' +
      'shop/c-1 (c-1); shop/c-1 (c-1) waits for kv:b:rw, held as kv:b:x by shop/c-2 (c-2), which waits for its nested call shop/c-3 (c-3)',
  );
  expect(error.wire.details['cycle']).toMatchObject([
    {
      waiter: { holder: 'c-3', path: ['shop/c-2', 'shop/c-3'] },
      wanted: 'kv:a:r',
      blocker: { holder: 'c-1' },
      held: 'kv:a:x',
    },
    { waiter: { holder: 'c-1' }, wanted: 'kv:b:rw', blocker: { holder: 'c-2' }, held: 'kv:b:x', by: { holder: 'c-3' } },
  ]);
  expect(events.filter(({ kind }) => kind === 'deadlock')).toMatchObject([{ victim: 'c-3' }]);
  expect(
    scheduler.view().holds.map(({ holder }) => holder),
    'what is held stays',
  ).toEqual(['c-1', 'c-2']);
  scheduler.releaseHolder('c-2');
  expect((await first).holder).toBe('c-1');
});

test('a cycle that only a queue makes costs nobody: the one that the other waits for goes first', async () => {
  const { scheduler, wait } = open();
  scheduler.tryAcquire(ask('old', ['kv:a:x']));
  scheduler.tryAcquire(ask('other', ['kv:b:r']));
  const writer = wait(ask('writer', ['kv:a:rw', 'kv:b:rw']));
  const grown = await wait(ask('old', ['kv:b:r']));
  expect(grown.holder).toBe('old');
  scheduler.releaseHolder('old');
  scheduler.releaseHolder('other');
  expect((await writer).holder).toBe('writer');
});

test('one of several units may come from somebody who does not wait: no cycle until that one waits as well', async () => {
  const gpu: Quota = { name: 'gpu', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: 2 } };
  const { scheduler, wait } = open({ quotas: [gpu] });
  scheduler.tryAcquire(ask('keeper', ['kv:a:x']));
  for (const name of ['g1', 'g2']) scheduler.tryAcquire(ask(name, ['gpu:zero:compute']));
  void wait(ask('g1', ['kv:a:rw'])).catch(() => undefined);
  const unit = wait(ask('keeper', ['gpu:one:compute']));
  await ticks();
  expect(scheduler.view().totals.waits).toBe(2);
  const error = await refused(wait(ask('g2', ['kv:a:r'])));
  expect(error.code).toBe('DEADLOCK');
  scheduler.releaseHolder('g2');
  expect((await unit).holder).toBe('keeper');
});

/** Everybody who does not wait ends, until nobody waits. */
async function drain({ scheduler }: Opened): Promise<void> {
  for (let round = 0; round < 50 && scheduler.view().totals.waits > 0; round += 1) {
    const { holds, waits } = scheduler.view();
    const free = holds.find(({ holder }) => !waits.some((wait) => wait.holder === holder));
    scheduler.releaseHolder(free?.holder ?? '');
    await ticks();
  }
  expect(scheduler.view().waits.map(({ holder }) => holder)).toEqual([]);
}

test('a unit of a quota and a token that are taken in opposite orders are a cycle', async () => {
  const gpu: Quota = { name: 'gpu', covers: parseToken('gpu:any:compute'), rule: { kind: 'concurrency', max: 1 } };
  const { scheduler, wait } = open({ quotas: [gpu] });
  scheduler.tryAcquire(ask('keeper', ['kv:a:x']));
  scheduler.tryAcquire(ask('render', ['gpu:zero:compute']));
  const unit = wait(ask('keeper', ['gpu:zero:compute']));
  expect((await refused(wait(ask('render', ['kv:a:rw'])))).code).toBe('DEADLOCK');
  scheduler.releaseHolder('render');
  expect((await unit).holder).toBe('keeper');
});

test('a request of high priority that closes a cycle by its place alone lets the others pass', async () => {
  const all = open();
  const { scheduler, wait } = all;
  scheduler.tryAcquire(ask('z', ['kv:a:x']));
  scheduler.tryAcquire(ask('x', ['kv:d:x']));
  scheduler.tryAcquire(ask('y', ['kv:c:x']));
  for (const request of [
    ask('x', ['kv:a:rw']),
    ask('y', ['kv:d:rw']),
    ask('w', ['kv:a:rw', 'kv:c:rw'], { priority: 9 }),
  ])
    void wait(request);
  await drain(all);
  expect(all.order.slice(-3)).toEqual(['x', 'y', 'w']);
});

test('what is given back and excused somebody from a queue does not leave a cycle behind', async () => {
  const all = open();
  const { scheduler, wait } = all;
  const excuse = scheduler.tryAcquire(ask('p', ['kv:b:x']));
  scheduler.tryAcquire(ask('p', ['kv:c:x']));
  scheduler.tryAcquire(ask('z', ['kv:a:x']));
  scheduler.tryAcquire(ask('y', ['kv:d:x']));
  for (const request of [ask('w', ['kv:a:rw', 'kv:b:rw', 'kv:d:rw']), ask('p', ['kv:a:rw']), ask('y', ['kv:c:rw'])])
    void wait(request);
  scheduler.release(excuse?.id ?? '');
  await drain(all);
  expect(all.order).toEqual(['p', 'y', 'w']);
});

test('one that is excused from a queue hides nobody from those behind it', async () => {
  const all = open();
  const { scheduler, wait } = all;
  for (const [holder, token] of Object.entries({ z: 'kv:a:x', d1: 'kv:b:x', d2: 'kv:e:x', s: 'kv:f:x' }))
    scheduler.tryAcquire(ask(holder, [token]));
  scheduler.tryAcquire(ask('d1', ['kv:c:x']));
  void wait(ask('i', ['kv:a:rw', 'kv:b:rw', 'kv:f:rw']));
  void wait(ask('d1', ['kv:a:rw']));
  void wait(ask('d2', ['kv:a:rw']));
  void wait(ask('s', ['kv:c:rw', 'kv:e:rw']));
  await drain(all);
  expect(all.order).toEqual(['d1', 'd2', 's', 'i']);
});

test('whoever ages past somebody that it waits for lets that one pass', async () => {
  const all = open({ limits: { agingMs: 1_000 } });
  const { scheduler, wait, clock } = all;
  for (const [holder, token] of Object.entries({ z: 'kv:a:x', x: 'kv:c:x', y: 'kv:d:x' }))
    scheduler.tryAcquire(ask(holder, [token]));
  void wait(ask('w', ['kv:a:rw', 'kv:d:rw'], { priority: 0 }));
  clock.advance(500);
  void wait(ask('x', ['kv:a:rw'], { priority: 9 }));
  void wait(ask('y', ['kv:c:rw']));
  clock.advance(600);
  await drain(all);
  expect(all.order).toEqual(['x', 'y', 'w']);
});
