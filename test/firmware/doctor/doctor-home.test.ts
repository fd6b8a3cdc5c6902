import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockHome } from '../../../firmware/boot/home-lock.ts';
import { bundleMigrations } from '../../../firmware/bundles/migrations.ts';
import { openDatabase } from '../../../firmware/stores/open-database.ts';
import { type PatientHome, nowMs, patientHome } from './patient-home.ts';

const publicKey = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';
let patient: PatientHome;
let base = '';
let home = '';

beforeEach(() => {
  patient = patientHome();
  ({ base, home } = patient);
});
afterEach(() => patient[Symbol.dispose]());

describe('the configuration', () => {
  test("files that are read are named, the system's before the home's", async () => {
    writeFileSync(join(base, 'etc.toml'), '');
    patient.put('aria.toml', '[log]\nlevel = "warn"');
    expect(await patient.check('configuration')).toEqual({
      name: 'configuration',
      fine: true,
      detail: `${join(base, 'etc.toml')}, ${join(home, 'aria.toml')}`,
    });
  });

  test('every fault of every file is named with its place, and the other checks go on', async () => {
    writeFileSync(join(base, 'etc.toml'), '[lock]\n');
    patient.put('aria.toml', '[log]\nlevle = "warn"');
    const { fine, detail, remedy } = await patient.check('configuration');
    expect({ fine, detail }).toEqual({ fine: false, detail: expect.stringContaining(`${join(base, 'etc.toml')}:1`) });
    expect(remedy).toContain(`${join(home, 'aria.toml')}:2: unknown key "log.levle"; Did you mean "log.level"?`);
    expect(await patient.check('home')).toMatchObject({ fine: true });
  });

  test('a file that others may write decides for them', async () => {
    patient.put('aria.toml', '', 0o666);
    expect(await patient.check('configuration')).toMatchObject({
      fine: false,
      remedy: expect.stringContaining('chmod go-w'),
    });
  });
});

describe('the data directory', () => {
  test('one that is not there yet is fine, one that cannot be is not', async () => {
    rmSync(home, { recursive: true });
    expect(await patient.check('home')).toMatchObject({ fine: true, detail: expect.stringContaining('not there yet') });
    writeFileSync(home, '');
    expect(await patient.check('home')).toMatchObject({
      fine: false,
      detail: expect.stringContaining('is no directory'),
    });
    const below = patient.sources({ flags: { home: join(home, 'a/b') } });
    expect(await patient.check('home', { sources: below })).toMatchObject({ fine: false });
  });

  test.each([
    [0o700, { fine: true }],
    [0o750, { fine: true, warning: true }],
    [0o770, { fine: false }],
    [0o702, { fine: false }],
  ])('of mode %o', async (mode, expected) => {
    chmodSync(home, mode);
    expect(await patient.check('home')).toMatchObject(expected);
  });

  test('of another user it is refused for all but root', async () => {
    const other = patient.sources({ uid: (process.getuid?.() ?? 0) + 1 });
    expect(await patient.check('home', { sources: other })).toMatchObject({
      fine: false,
      detail: expect.stringContaining('belongs to'),
    });
  });

  test('who holds the lock is said, and a lock that cannot be looked at is', async () => {
    expect(await patient.check('lock')).toMatchObject({ fine: true, detail: expect.stringContaining('free') });
    using lock = lockHome(home, { nowMs, pid: process.pid });
    expect(await patient.check('lock')).toMatchObject({
      fine: true,
      detail: expect.stringMatching(new RegExp(`process ${lock.holder.pid} .* 2026-11-21`)),
    });
  });
});

describe('the database', () => {
  function fill(): string {
    const path = join(home, 'aria.db');
    const database = openDatabase(path, [bundleMigrations]);
    database.exec(`
      INSERT INTO bundle_objects VALUES ('aa', 100), ('bb', 50);
      INSERT INTO bundle_versions VALUES (1, 'h1', 'kit', '1.0.0', 'm', 1, 150, 0, NULL, NULL, 0);
      INSERT INTO bundle_version_objects VALUES (1, 'a', 'aa'), (1, 'b', 'bb');
      CREATE TABLE padding (text TEXT);`);
    const insert = database.prepare('INSERT INTO padding VALUES (?)');
    database.transaction(() => {
      for (let index = 0; index < 500; index += 1) insert.run('x'.repeat(500));
    })();
    database.close();
    return path;
  }

  test('one that is whole, also while a host has it open', async () => {
    const path = fill();
    const database = openDatabase(path, []);
    database.exec('BEGIN IMMEDIATE; DELETE FROM padding');
    expect(await patient.check('database')).toMatchObject({
      fine: true,
      detail: expect.stringMatching(/^whole, 0\.\d MiB$/),
    });
    expect(await patient.check('bundles')).toMatchObject({ fine: true, detail: '1 versions, 0.0 MiB of 2048.0 MiB' });
    database.close();
  });

  test('a torn page, a cut file and a file of something else are named', async () => {
    const path = fill();
    const whole = readFileSync(path);
    const torn = Uint8Array.from(whole);
    torn.fill(0x5a, whole.length - 8192, whole.length - 4096);
    writeFileSync(path, torn);
    expect(await patient.check('database')).toMatchObject({ fine: false, remedy: expect.stringContaining('backup') });
    writeFileSync(path, whole);
    truncateSync(path, whole.length - 20_000);
    expect(await patient.check('database')).toMatchObject({ fine: false });
    writeFileSync(path, 'something else'.repeat(1000));
    expect(await patient.check('database')).toMatchObject({ fine: false });
    expect(await patient.check('bundles')).toMatchObject({ fine: false });
  });

  test('versions in quarantine are named with the reason', async () => {
    const database = openDatabase(fill(), []);
    database.exec("INSERT INTO bundle_damage VALUES ('bb', 'has another hash')");
    database.close();
    expect(await patient.check('bundles')).toMatchObject({
      fine: false,
      detail: expect.stringMatching(/kit 1\.0\.0 \(.*another hash\)/),
      remedy: expect.stringContaining('arc upload'),
    });
  });

  test('a store that is nearly full is a warning', async () => {
    const database = openDatabase(fill(), []);
    database.exec("UPDATE bundle_objects SET bytes = 1000000 WHERE hash = 'aa'");
    database.close();
    patient.put('aria.toml', '[store]\nbytes_max = "1 MiB"');
    expect(await patient.check('bundles')).toMatchObject({ fine: true, warning: true });
  });
});

describe('secrets and trust', () => {
  test('without a key nothing runs, and that is said', async () => {
    expect(await patient.check('trust')).toMatchObject({
      fine: true,
      warning: true,
      detail: 'no key is trusted, so no bundle runs',
    });
    patient.put('trust/release.pub', `untrusted comment: x\n${publicKey}\n`, 0o644);
    expect(await patient.check('trust')).toEqual({ name: 'trust', fine: true, detail: 'trusted: release' });
  });

  test('unsigned bundles are said aloud', async () => {
    patient.put('aria.toml', '[host]\nallow_unsigned = true');
    expect(await patient.check('trust')).toMatchObject({
      fine: true,
      warning: true,
      detail: expect.stringMatching(/^BUNDLES THAT NOBODY SIGNED RUN/),
    });
  });

  test('a file in trust that is no key, and one by a wrong name, are faults', async () => {
    const file = patient.put('trust/release.pub', 'nonsense', 0o644);
    expect(await patient.check('trust')).toMatchObject({ fine: false });
    rmSync(file);
    patient.put('trust/release.pup', publicKey, 0o644);
    expect(await patient.check('trust')).toMatchObject({ fine: false, detail: expect.stringContaining('release.pup') });
  });

  test('a token that others may read is a fault, one that is named and missing, too', async () => {
    const file = patient.put('token', 'secret');
    expect(await patient.check('tokens')).toMatchObject({ fine: true });
    chmodSync(file, 0o640);
    expect(await patient.check('tokens')).toMatchObject({ fine: false, remedy: `Run "chmod 600 ${file}"` });
    chmodSync(file, 0o600);
    patient.put('aria.toml', '[access.tokens.ci]\nrole = "viewer"\nfile = "ci"');
    expect(await patient.check('tokens')).toMatchObject({
      fine: false,
      detail: expect.stringContaining('/ci" is not there'),
    });
  });

  test('a log that cannot be written is a fault, one that goes to stderr is fine', async () => {
    expect(await patient.check('log')).toMatchObject({ fine: true, detail: 'level info, to stderr' });
    patient.put('aria.toml', '[log]\nfile = "aria.log"');
    expect(await patient.check('log')).toMatchObject({ fine: true });
    patient.put('aria.toml', '[log]\nfile = "none/aria.log"');
    expect(await patient.check('log')).toMatchObject({ fine: false, detail: expect.stringContaining('ENOENT') });
    patient.put('aria.toml', '[log]\nfile = "."');
    expect(await patient.check('log')).toMatchObject({ fine: false, detail: expect.stringContaining('is no file') });
  });

  test('compiled code that others may write, or whose key they may read, is a fault', async () => {
    expect(await patient.check('compiled code')).toMatchObject({ fine: true, detail: 'none yet' });
    const key = patient.put('compiled/key', Buffer.alloc(32));
    patient.put('compiled/aa/b', Buffer.alloc(2 ** 20));
    expect(await patient.check('compiled code')).toMatchObject({
      fine: true,
      detail: expect.stringContaining('1.0 MiB of '),
    });
    chmodSync(key, 0o644);
    expect(await patient.check('compiled code')).toMatchObject({
      fine: false,
      remedy: expect.stringContaining('chmod 600'),
    });
    chmodSync(key, 0o600);
    chmodSync(join(home, 'compiled'), 0o770);
    expect(await patient.check('compiled code')).toMatchObject({
      fine: false,
      remedy: expect.stringContaining('chmod 700'),
    });
    rmSync(join(home, 'compiled'), { recursive: true });
    symlinkSync(base, join(home, 'compiled'));
    expect(await patient.check('compiled code')).toMatchObject({ fine: false });
  });

  test('a certificate counts by its key and its days', async () => {
    const openssl = (days: string, name: string): void => {
      const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', days];
      const files = ['-subj', '/CN=localhost', '-keyout', join(home, `${name}.key`), '-out', join(home, `${name}.pem`)];
      execFileSync('openssl', [...args, ...files], { stdio: 'ignore' });
    };
    openssl('30', 'a');
    openssl('30', 'b');
    const now = Date.now();
    const days = (count: number): number => now + count * 24 * 60 * 60 * 1000 + 60_000;
    patient.put('aria.toml', '[tls]\ncertificate = "a.pem"\nkey = "a.key"');
    expect(await patient.check('certificates', { nowMs: days(0) })).toMatchObject({
      fine: true,
      detail: expect.stringMatching(/^valid until/),
    });
    expect(await patient.check('certificates', { nowMs: days(17) })).toMatchObject({ fine: true, warning: true });
    expect(await patient.check('certificates', { nowMs: days(31) })).toMatchObject({ fine: false });
    expect(await patient.check('certificates', { nowMs: days(-1) })).toMatchObject({
      fine: false,
      detail: expect.stringContaining('valid from'),
    });
    patient.put('aria.toml', '[tls]\ncertificate = "a.pem"\nkey = "b.key"');
    expect(await patient.check('certificates', { nowMs: days(0) })).toMatchObject({
      fine: false,
      detail: expect.stringContaining('is not the key of'),
    });
    patient.put('aria.toml', '[tls]\ncertificate = "none.pem"\nkey = "b.key"');
    expect(await patient.check('certificates')).toMatchObject({
      fine: false,
      detail: expect.stringContaining('ENOENT'),
    });
  });
});
