import { afterAll, describe, expect, test } from 'vitest';
import type { LoadedComponent } from '#wit/interfaces';
import { Random } from '../fuzz.ts';
import { limits, start } from './engine-subject.ts';
import { enginesUnderTest } from './engines-under-test.ts';
import { type VisitEnd, memoryPagesMax, tenantGuest, tenants } from './hostile/tenants.ts';

const rounds = 300;
/** Spinning costs its deadline, and on v8 a thread: a few of the rounds do. */
const spinsEvery = 100;
const memoryBytesMax = memoryPagesMax * 65_536;

const endsAs: Record<VisitEnd, object> = {
  d: { kind: 'done' },
  w: { kind: 'waiting' },
  t: { kind: 'ended', code: 'TOOL_TRAPPED' },
  m: { kind: 'ended', code: 'TOOL_TRAPPED' },
  q: { kind: 'ended', code: 'DEADLINE_EXCEEDED' },
};

describe.each(enginesUnderTest)('on $name', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());

  test('no tenant finds a mark of another or of itself, however the calls before ended', async () => {
    const loaded = await Promise.all(
      tenants.map(async (tenant) => engine.load(await engine.compile(await tenantGuest(tenant)))),
    );
    const random = new Random(7);
    const visit = async (component: LoadedComponent, how: VisitEnd, grown = random.oneIn(3)): Promise<void> => {
      using call = component.open({ ...limits, memoryBytesMax, computeMsMax: how === 'q' ? 20 : limits.computeMsMax });
      const { outcome } = await call.begin(start(grown ? `${how}+` : how));
      expect(outcome).toMatchObject(endsAs[how]);
    };
    for (let round = 0; round < rounds; round += 1) {
      const how = round % spinsEvery === 0 ? 'q' : random.pick(['d', 'd', 't', 'w', 'm'] as const);
      await visit(random.pick(loaded), how);
      // Two beside each other: slots are taken in another order.
      if (round % 10 === 0) await Promise.all(loaded.map((component) => visit(component, 'd')));
    }
    for (const component of loaded) component[Symbol.dispose]();
  });
});
