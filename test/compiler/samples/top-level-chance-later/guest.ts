import { tool } from '@aria/sdk';

const epoch = new Date(0);
const parsed = new Date('2026-01-01');
const clock = { now: () => 1 };
const own = clock.now();
const newId = () => crypto.randomUUID();
let cached: number | undefined;
class Session {
  readonly since = Date.now();
}

/** Reads them in a call. */
export const later = tool({}, () => {
  cached ??= Math.random();
  return { text: [epoch, parsed, own, newId(), cached, new Session().since, Date.now()].join() };
});
