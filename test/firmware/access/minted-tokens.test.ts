/** Tokens that end by themselves, over days of simulated time, with the wall clock set back and forth. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Access } from '../../../firmware/access/access.ts';
import { mintedTtlMsMax } from '../../../firmware/access/minted-tokens.ts';
import { Random } from '../../fuzz.ts';
import { bearer, codeOf, openHome } from './access-fixture.ts';

const second = 1000;
const hour = 3600 * second;
/** Milliseconds that clocks may differ. */
const skew = 5 * second;

function valid(access: Access, token: string): boolean {
  return codeOf(() => access.authenticate(bearer(token, `10.${Math.random()}`))) === 'OK';
}

test('a minted token has its role and name until its time is over, also after a restart', async () => {
  await using place = await openHome();
  const access = await place.open();
  const { token, expiresAtMs } = access.mint({ name: 'console', role: 'viewer', ttlMs: hour });
  expect(expiresAtMs).toBe(place.clock.wallMs + hour);
  expect(access.authenticate(bearer(token))).toEqual({ name: 'minted:console', role: 'viewer' });
  place.clock.pass(hour + skew);
  expect(valid(access, token)).toBe(true);
  expect(valid(await place.open(), token)).toBe(true);
  place.clock.pass(1);
  expect(valid(access, token)).toBe(false);
  expect(valid(await place.open(), token)).toBe(false);
});

test('another key ends every minted token at once and for good, and those after it are valid', async () => {
  await using place = await openHome();
  const access = await place.open();
  const before = access.mint({ name: 'a', role: 'admin', ttlMs: hour }).token;
  await access.revokeMinted();
  expect(valid(access, before)).toBe(false);
  expect(valid(await place.open(), before)).toBe(false);
  const { token } = access.mint({ name: 'a', role: 'admin', ttlMs: hour });
  expect(valid(access, token) && valid(await place.open(), token)).toBe(true);
});

test('no changed token is taken: every byte of it, and other spellings of it', async () => {
  await using place = await openHome();
  const access = await place.open();
  const { token } = access.mint({ name: 'a', role: 'viewer', ttlMs: hour });
  const [version, claims = '', code] = token.split('.');
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(valid(access, token.slice(0, at) + other + token.slice(at + 1))).toBe(false);
  }
  const admin = Buffer.from(Buffer.from(claims, 'base64url').toString().replace('viewer', 'admin')).toString(
    'base64url',
  );
  for (const forged of [
    `${version}.${admin}.${code}`,
    `${token}=`,
    `${token}.`,
    `${token}A`,
    token.replace('aria1', 'aria2'),
    `${version}.${claims}.`,
    `${version}..${code}`,
  ])
    expect(valid(access, forged)).toBe(false);
  expect(valid(access, token)).toBe(true);
});

test('a token is not minted with a name, a life or a key that it may not have', async () => {
  await using place = await openHome();
  const access = await place.open();
  const mint = (name: string, ttlMs: number): string => codeOf(() => access.mint({ name, role: 'viewer', ttlMs }));
  expect([mint('a', 1), mint('a', mintedTtlMsMax), mint('x'.repeat(64), 1)]).toEqual(['OK', 'OK', 'OK']);
  for (const ttlMs of [0, -1, 1.5, mintedTtlMsMax + 1, Number.NaN]) expect(mint('a', ttlMs)).toBe('REQUEST_INVALID');
  for (const name of ['', 'x'.repeat(65), 'a:b', 'ä', '.a', 'a b']) expect(mint(name, 1)).toBe('REQUEST_INVALID');
  await writeFile(join(place.home, 'token-key'), 'short', { mode: 0o600 });
  await expect(place.open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(await readFile(join(place.home, 'token-key'), 'utf8')).toBe('short');
});

test('a clock that is set back brings no token back in a run of the host, one that is set forth ends tokens early', async () => {
  await using place = await openHome();
  const access = await place.open();
  const { token } = access.mint({ name: 'a', role: 'viewer', ttlMs: hour });
  place.clock.wallMs += 2 * hour;
  expect(valid(access, token)).toBe(false);
  place.clock.wallMs -= 2 * hour;
  expect(valid(access, token)).toBe(true);
  place.clock.pass(hour + skew + 1);
  for (const back of [hour, 24 * hour, 365 * 24 * hour]) {
    place.clock.wallMs -= back;
    expect(valid(access, token)).toBe(false);
  }
});

test('a token of a clock that was ahead is not taken by a host that has not seen it', async () => {
  await using place = await openHome();
  const { token } = (await place.open()).mint({ name: 'a', role: 'viewer', ttlMs: hour });
  place.clock.wallMs -= skew + 1;
  expect(valid(await place.open(), token)).toBe(false);
  place.clock.wallMs += 1;
  expect(valid(await place.open(), token)).toBe(true);
});

test('in a day of minting, restarts and set clocks, no token outlives its time in a run, and with clocks that are right none ends early', async () => {
  await using place = await openHome();
  let access = await place.open();
  const random = new Random(7);
  const minted: { token: string; endMs: number; run: number; off: number }[] = [];
  const seen = { taken: 0, ended: 0 };
  let [run, off] = [0, 0];
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    place.clock.pass(60 * second);
    if (random.oneIn(10)) {
      const ttlMs = (1 + random.below(120)) * 60 * second;
      const { token } = access.mint({ name: `m${minute}`, role: 'viewer', ttlMs });
      minted.push({ token, endMs: place.clock.steadyMs + ttlMs, run, off });
    }
    if (random.oneIn(60)) {
      // Set by up to two hours, or put right again.
      const jump = off === 0 ? (random.below(240) - 120) * 60 * second : -off;
      off += jump;
      place.clock.wallMs += jump;
    }
    if (random.oneIn(150)) {
      access = await place.open();
      run += 1;
    }
    for (const one of minted.slice(-20)) {
      const leftMs = one.endMs - place.clock.steadyMs;
      const right = one.off === 0 && off === 0;
      const taken = valid(access, one.token);
      if (leftMs < -skew && (one.run === run || right)) {
        expect(taken).toBe(false);
        seen.ended += 1;
      }
      if (leftMs > 0 && right) {
        expect(taken).toBe(true);
        seen.taken += 1;
      }
    }
  }
  expect(run).toBeGreaterThan(4);
  expect(Math.min(seen.taken, seen.ended)).toBeGreaterThan(1000);
});
