import { chmod, link, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Role } from '#wit/api';
import { tokenPath } from '#wit/api';
import { scriptedLimits } from '../scripted-service.ts';
import { bearer, codeOf, openHome } from './access-fixture.ts';

async function tokenOf(home: string): Promise<string> {
  return (await readFile(tokenPath(home), 'utf8')).trim();
}

test('the first boot makes a token of 256 bits that only its owner reads; later boots take it', async () => {
  await using place = await openHome();
  const access = await place.open();
  const token = await tokenOf(place.home);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect((await stat(tokenPath(place.home))).mode & 0o777).toBe(0o600);
  expect((await stat(join(place.home, 'token-key'))).mode & 0o777).toBe(0o600);
  expect((await readdir(place.home)).toSorted()).toEqual(['token', 'token-key']);
  expect(access.authenticate(bearer(token))).toEqual({ name: 'admin', role: 'admin' });
  const again = await place.open();
  expect(await tokenOf(place.home)).toBe(token);
  expect(again.authenticate(bearer(token))).toEqual({ name: 'admin', role: 'admin' });
});

test('hosts that boot at the same time get the same token', async () => {
  await using place = await openHome();
  const all = await Promise.all(Array.from({ length: 8 }, () => place.open()));
  const token = await tokenOf(place.home);
  expect(all.map((access) => access.authenticate(bearer(token)).name)).toEqual(
    Array.from({ length: 8 }, () => 'admin'),
  );
  expect((await readdir(place.home)).toSorted()).toEqual(['token', 'token-key']);
});

test.for([0o644, 0o640, 0o604, 0o660, 0o700])('a token file of mode %o is refused with the remedy', async (mode) => {
  await using place = await openHome();
  await place.open();
  const token = await tokenOf(place.home);
  await chmod(tokenPath(place.home), mode);
  const error: unknown = await place.open().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', wire: { remedy: expect.stringContaining('chmod 600') } });
  expect(JSON.stringify((error as { readonly wire: unknown }).wire)).not.toContain(token);
});

test('what is no private file is refused: a link, a directory, an empty one, a long one, one with two lines', async () => {
  await using place = await openHome();
  const path = tokenPath(place.home);
  const refused = async (): Promise<void> => {
    await expect(place.open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await rm(path, { recursive: true });
  };
  await writeFile(join(place.home, 'elsewhere'), 'x'.repeat(43), { mode: 0o600 });
  await symlink(join(place.home, 'elsewhere'), path);
  await refused();
  await mkdir(path);
  await refused();
  for (const text of [
    '',
    '\n',
    'short',
    'x'.repeat(5000),
    `${'x'.repeat(43)}\n${'y'.repeat(43)}\n`,
    `${'x'.repeat(30)} space`,
    '\0'.repeat(43),
  ]) {
    await writeFile(path, text, { mode: 0o600 });
    await refused();
  }
  await link(join(place.home, 'elsewhere'), path);
  expect((await place.open()).authenticate(bearer('x'.repeat(43))).name).toBe('admin');
});

test.skipIf(process.getuid?.() !== 0)('a token file of another user is refused', async () => {
  await using place = await openHome();
  await place.open();
  const { chown } = await import('node:fs/promises');
  await chown(tokenPath(place.home), 65_534, 65_534);
  await expect(place.open()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    wire: { remedy: expect.stringContaining('chown') },
  });
});

test('a home that cannot be written is IO_FAILED', async () => {
  await using place = await openHome();
  await rm(place.home, { recursive: true });
  await expect(place.open()).rejects.toMatchObject({ code: 'IO_FAILED' });
});

test('tokens of the configuration have the roles that it says', async () => {
  await using place = await openHome();
  const file = join(place.home, 'ci-token');
  await writeFile(file, `${'c'.repeat(43)}\r\n`, { mode: 0o600 });
  const access = await place.open({ accessTokens: [{ name: 'ci', role: 'operator', file }] });
  expect(access.authenticate(bearer('c'.repeat(43)))).toEqual({ name: 'ci', role: 'operator' });
});

test('tokens of the configuration that contradict each other, or could be taken for others, are refused by name', async () => {
  await using place = await openHome();
  await place.open();
  const file = join(place.home, 'one');
  await writeFile(file, 'c'.repeat(43), { mode: 0o600 });
  const open = async (...names: readonly string[]): Promise<unknown> => {
    const accessTokens = names.map((name) => ({ name, role: 'viewer' as const, file }));
    return place.open({ accessTokens }).catch((thrown: unknown) => thrown);
  };
  for (const names of [['owner'], ['admin'], ['group'], ['minted:x'], ['a', 'a'], ['a', 'b']])
    expect(await open(...names)).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`"${names.at(-1)}"`),
    });
  await rm(file);
  expect(await open('a')).toMatchObject({ code: 'CONFIG_INVALID', wire: { remedy: expect.stringContaining(file) } });
  await writeFile(file, 'c'.repeat(21), { mode: 0o600 });
  expect(await open('a')).toMatchObject({ code: 'CONFIG_INVALID' });
});

test('wrong, missing and malformed tokens get one and the same answer', async () => {
  await using place = await openHome();
  const access = await place.open();
  const token = await tokenOf(place.home);
  const answers = new Set<string>();
  const tries = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `bearer\t${token}`,
    token,
    `Basic ${token}`,
    `Bearer ${token} ${token}`,
    `Bearer ${'x'.repeat(3000)}`,
    `Bearer aria1.${'x'.repeat(40)}.${'y'.repeat(43)}`,
  ];
  for (const [index, authorization] of tries.entries()) {
    try {
      access.authenticate({ authorization, certificateName: undefined, via: 'tcp', address: `10.0.0.${index}` });
      throw new Error(`"${authorization}" was let in`);
    } catch (error) {
      answers.add(JSON.stringify((error as { readonly wire: unknown }).wire));
    }
  }
  expect(answers.size).toBe(1);
  expect([...answers][0]).toContain('UNAUTHENTICATED');
  expect([...answers][0]).not.toContain(token);
  expect(access.authenticate({ ...bearer(''), authorization: `bEARER   ${token} ` }).name).toBe('admin');
});

test('the owner of the socket is admin; with a group everybody there is an operator who does not show a token', async () => {
  await using place = await openHome();
  const socket = { authorization: undefined, certificateName: undefined, via: 'unix' } as const;
  const own = await place.open();
  const token = await tokenOf(place.home);
  expect(own.authenticate(socket)).toEqual({ name: 'owner', role: 'admin' });
  expect(codeOf(() => own.authenticate({ ...socket, authorization: 'Bearer wrong' }))).toBe('UNAUTHENTICATED');
  const shared = await place.open({ socketGroup: 'aria' });
  expect(shared.authenticate(socket)).toEqual({ name: 'group', role: 'operator' });
  expect(shared.authenticate({ ...socket, authorization: `Bearer ${token}` })).toEqual({
    name: 'admin',
    role: 'admin',
  });
});

test('a certificate has the role of its name, and none by its name alone on a socket or under another one', async () => {
  await using place = await openHome();
  const clientRoles = new Map<string, Role>([['deploy', 'operator']]);
  const access = await place.open({ tls: { certificate: '', key: '', clientRoles } });
  const shows = (certificateName: string): Parameters<typeof access.authenticate>[0] => ({
    authorization: undefined,
    certificateName,
    via: 'tcp',
  });
  expect(access.authenticate(shows('deploy'))).toEqual({ name: 'certificate:deploy', role: 'operator' });
  expect(codeOf(() => access.authenticate(shows('Deploy')))).toBe('UNAUTHENTICATED');
  expect(codeOf(() => access.authenticate(shows('__proto__')))).toBe('UNAUTHENTICATED');
  expect(codeOf(() => access.authenticate({ ...shows('deploy'), authorization: 'Bearer wrong' }))).toBe(
    'UNAUTHENTICATED',
  );
});

test('wrong tokens of one address are slowed down, those of others and right ones are not', async () => {
  await using place = await openHome();
  const access = await place.open();
  const token = await tokenOf(place.home);
  const wrong = (address: string): string => codeOf(() => access.authenticate(bearer('wrong', address)));
  for (let index = 0; index < 20; index += 1) expect(wrong('10.0.0.1')).toBe('UNAUTHENTICATED');
  expect(wrong('10.0.0.1')).toBe('RATE_LIMITED');
  expect(wrong('10.0.0.2')).toBe('UNAUTHENTICATED');
  expect(access.authenticate(bearer(token, '10.0.0.1')).name).toBe('admin');
  // One more every two seconds of the clock that nobody sets.
  place.clock.wallMs += 1e9;
  expect(wrong('10.0.0.1')).toBe('RATE_LIMITED');
  place.clock.wallMs -= 2e9;
  place.clock.steadyMs += 2000;
  expect([wrong('10.0.0.1'), wrong('10.0.0.1')]).toEqual(['UNAUTHENTICATED', 'RATE_LIMITED']);
});

test('all addresses of a network of IPv6 count as one, however they are written', async () => {
  await using place = await openHome();
  const access = await place.open();
  const wrong = (address: string): string => codeOf(() => access.authenticate(bearer('wrong', address)));
  for (let index = 0; index < 20; index += 1)
    expect(wrong(`2001:db8:0:1::${index.toString(16)}`)).toBe('UNAUTHENTICATED');
  expect(wrong('2001:db8:0:1:ffff:0:0:1')).toBe('RATE_LIMITED');
  expect(wrong('2001:db8:0:2::1')).toBe('UNAUTHENTICATED');
});

test('a client sends its burst and then its rate, whichever way the wall clock is set, and others are not touched', async () => {
  await using place = await openHome();
  const limits = { ...scriptedLimits, requestsPerSecond: 10, requestsBurst: 5 };
  const access = await place.open({ limits });
  const admit = (name: string): string => codeOf(() => access.admit({ name, role: 'operator' }));
  expect(Array.from({ length: 7 }, () => admit('a'))).toEqual([
    'OK',
    'OK',
    'OK',
    'OK',
    'OK',
    'RATE_LIMITED',
    'RATE_LIMITED',
  ]);
  expect(admit('b')).toBe('OK');
  for (const jumpMs of [1e12, -2e12]) {
    place.clock.wallMs += jumpMs;
    expect(admit('a')).toBe('RATE_LIMITED');
    place.clock.steadyMs += 100;
    expect([admit('a'), admit('a')]).toEqual(['OK', 'RATE_LIMITED']);
  }
  try {
    access.admit({ name: 'a', role: 'operator' });
  } catch (error) {
    expect(error).toMatchObject({ wire: { retryable: true, details: { retryAfterMs: 100 } } });
  }
});
