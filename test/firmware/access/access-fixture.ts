/** Access over a temporary home, with clocks that are set by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../../../firmware/access/access.ts';
import { type AccessSetting, openAccess } from '../../../firmware/access/open-access.ts';
import { Random } from '../../fuzz.ts';
import { scriptedLimits } from '../scripted-service.ts';

/** Two clocks: one that may be set, one that only grows. */
export class HandClock {
  wallMs = Date.UTC(2026, 0, 1);
  steadyMs = 1000;

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.steadyMs;
  }

  /** Time goes by on both. */
  pass(ms: number): void {
    this.wallMs += ms;
    this.steadyMs += ms;
  }
}

/** A home with its clock. */
export interface AccessHome extends AsyncDisposable {
  readonly home: string;
  readonly clock: HandClock;
  open(config?: Partial<AccessSetting['config']>): Promise<Access>;
}

/** Makes one. */
export async function openHome(seed = 1): Promise<AccessHome> {
  const home = await mkdtemp(join(tmpdir(), 'aria-access-'));
  const clock = new HandClock();
  const random = new Random(seed);
  const usual = { accessTokens: [], socketGroup: undefined, tls: undefined, limits: scriptedLimits };
  return {
    home,
    clock,
    open: (config = {}) =>
      openAccess({ home, config: { ...usual, ...config }, clock, random: (count) => random.bytes(count) }),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** What a request over TCP shows. */
export function bearer(token: string, address = '10.0.0.1'): Parameters<Access['authenticate']>[0] {
  return { authorization: `Bearer ${token}`, certificateName: undefined, via: 'tcp', address };
}

/** The code of what is thrown. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'OK';
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}
