import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bundle, readBundle, writeBundle } from '#wit/bundle';
import type { Manifest } from '#wit/manifest';
import { generateKeyPair, printBundleComment, printPublicKey, sign } from '#wit/minisign';
import { type KeyRing, type TrustedKeySetting, createKeyRing } from '#wit/trust';
import type { GateCandidate, StoredVersion, Trust } from '../../../firmware/service/ports.ts';
import { type Database, openDatabase } from '../../../firmware/stores/open-database.ts';
import { trustMigrations } from '../../../firmware/trust/migrations.ts';
import { createTrust } from '../../../firmware/trust/trust.ts';
import { Random } from '../../fuzz.ts';
import { sampleContent } from '../../wit/sample-bundle.ts';
import { sampleManifest, sampleTool, storedVersion } from './sample-version.ts';

let directory: string;
let database: Database;
let nowMs: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trust-test-'));
  database = openDatabase(join(directory, 'aria.db'), [trustMigrations]);
  nowMs = 1000;
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true, force: true });
});

const coded = (code: string) => expect.objectContaining({ code });
const random = new Random(7);
const key = generateKeyPair((length) => random.bytes(length));

function ringOf(setting: Partial<TrustedKeySetting> = {}): KeyRing {
  const files = { directory: '', publicKeys: new Map(), rotations: new Map(), revocations: new Map() };
  const publicKey = printPublicKey(key.publicKey);
  return createKeyRing(files, [{ name: 'release', publicKey, revoked: false, upgrades: 'approve', ...setting }]);
}
let ring = ringOf();
beforeEach(() => {
  ring = ringOf();
});
const trustOf = (allowUnsigned = false): Trust =>
  createTrust({ database, ring: () => ring, allowUnsigned, clock: { nowMs: () => nowMs } });

/** Asks the gate for a version as the service does: what passes becomes active. */
class Host {
  readonly trust: Trust;
  active: Manifest | undefined;

  constructor(trust: Trust) {
    this.trust = trust;
  }
  install(manifest: Manifest, more: Partial<StoredVersion> = {}, candidate: Partial<GateCandidate> = {}) {
    const version = storedVersion(manifest, more);
    const upgrade = this.trust.gate({ version, manifest, active: this.active, keyName: 'release', ...candidate });
    if (upgrade === undefined) this.active = manifest;
    return upgrade;
  }
}
const version = (number: string, ...tokens: readonly string[]) => sampleManifest(number, [sampleTool('t', tokens)]);

describe('a signature', () => {
  const archive = writeBundle(sampleContent());
  const bundle: Bundle = readBundle(archive);
  const { manifest, manifestHash, hash } = bundle;
  const comment = { bundle: manifest.name, version: manifest.version, manifestHash, sequence: 9 };
  const signature = sign({ message: archive, trustedComment: printBundleComment(comment) }, key);
  const stored = { ...storedVersion(manifest), hash, manifestHash, sequence: 9, signature };

  test('that counts says whose it is, and the sequence number', () => {
    const expected = { signature, keyId: key.publicKey.keyId, keyName: 'release', thirdParty: false, sequence: 9 };
    expect(trustOf().verify(archive, bundle, signature)).toEqual(expected);
    expect(trustOf().recheck(stored)).toEqual(expected);
  });
  test('is wanted, and of an unsigned bundle the sequence number is 0 where the host allows that', () => {
    expect(() => trustOf().verify(archive, bundle, undefined)).toThrow(coded('SIGNATURE_MISSING'));
    expect(() => trustOf().recheck({ ...stored, signature: undefined })).toThrow(coded('SIGNATURE_MISSING'));
    const unsigned = { signature: undefined, keyId: undefined, keyName: undefined, thirdParty: false, sequence: 0 };
    expect(trustOf(true).verify(archive, bundle, undefined)).toEqual(unsigned);
    expect(trustOf(true).recheck({ ...stored, signature: undefined })).toEqual(unsigned);
  });
  test('that does not count is refused also where unsigned bundles may run', () => {
    ring = createKeyRing({ directory: '', publicKeys: new Map(), rotations: new Map(), revocations: new Map() });
    expect(() => trustOf(true).verify(archive, bundle, signature)).toThrow(coded('SIGNATURE_UNTRUSTED'));
    expect(() => trustOf(true).verify(archive, bundle, '')).toThrow(coded('SIGNATURE_MALFORMED'));
  });
  test('of a key that was revoked while the host runs counts no longer', () => {
    const trust = trustOf();
    trust.recheck(stored);
    ring = ringOf({ revoked: true });
    expect(() => trust.recheck(stored)).toThrow(coded('SIGNATURE_REVOKED'));
    expect(() => trust.verify(archive, bundle, signature)).toThrow(coded('SIGNATURE_REVOKED'));
  });
  test('is checked again against what the store says: name, version, manifest, sequence number', () => {
    const trust = trustOf();
    // What was found once is remembered: of this very version.
    expect(trust.recheck(stored)).toBe(trust.recheck({ ...stored }));
    for (const changed of [{ name: 'x' }, { version: '9.9.9' }, { manifestHash: 'ff' }, { sequence: 8 }])
      expect(() => trust.recheck({ ...stored, ...changed })).toThrow(coded('SIGNATURE_MISMATCH'));
    expect(() => trust.recheck({ ...stored, signature: '' })).toThrow(coded('SIGNATURE_MALFORMED'));
  });
});

describe('a first install', () => {
  test('has the default list, and waits for the rest', () => {
    const host = new Host(trustOf());
    expect(host.install(version('1.0.0', 'kv:a:rw', 'net:example.com:443'))).toBeUndefined();
    const other = new Host(trustOf());
    const wanting = sampleManifest('1.0.0', [sampleTool('t', ['net:10.0.0.1:80', 'kv:a:rw', 'fs:x:r'])], {
      name: 'files',
    });
    expect(other.install(wanting)).toMatchObject({
      name: 'files',
      newTokens: ['fs:x:r', 'net:10.0.0.1:80'],
      grownLimits: [],
    });
  });
  test('has the list of its key in place of the default list', () => {
    ring = ringOf({ tokens: ['fs:*:rw', 'kv:a:r'] });
    expect(new Host(trustOf()).install(version('1.0.0', 'fs:x:r', 'kv:a:r', 'kv:b:r'))?.newTokens).toEqual(['kv:b:r']);
  });
  test('that waited and asks again waits as the same upgrade', () => {
    const host = new Host(trustOf());
    const first = host.install(version('1.0.0', 'fs:x:r'));
    nowMs = 2000;
    expect(host.install(version('1.0.0', 'fs:x:r'))).toEqual(first);
    expect(host.trust.upgrades()).toEqual([first]);
  });
  test('waits also under the policy that lets upgrades pass', () => {
    ring = ringOf({ upgrades: 'allow' });
    expect(new Host(trustOf()).install(version('1.0.0', 'fs:x:r'))?.newTokens).toEqual(['fs:x:r']);
  });
});

describe('an upgrade', () => {
  const first = version('1.0.0', 'kv:a:rw');

  test('that asks for no more passes, narrower tokens among that', () => {
    const host = new Host(trustOf());
    host.install(first);
    expect(host.install(version('1.1.0', 'kv:a.b:r', 'kv:a:append'))).toBeUndefined();
    expect(host.trust.upgrades()).toEqual([]);
  });
  test('that asks for more waits, also for what a first install would have had', () => {
    const host = new Host(trustOf());
    host.install(first);
    const wanting = version('1.1.0', 'kv:a:rw', 'kv:b:r', 'net:example.com:443');
    expect(host.install(wanting)).toEqual({
      id: `upgrade-${storedVersion(wanting).hash.slice(0, 8)}`,
      name: 'notes',
      version: '1.1.0',
      hash: storedVersion(wanting).hash,
      previousVersion: '1.0.0',
      newTokens: ['kv:b:r', 'net:example.com:443'],
      grownLimits: [],
      requestedAtMs: 1000,
    });
  });
  test('passes with what the list of its key covers', () => {
    ring = ringOf({ tokens: ['kv:*:rw'] });
    const host = new Host(trustOf());
    host.install(first);
    expect(host.install(version('1.1.0', 'kv:b:r'))).toBeUndefined();
    expect(host.install(version('1.2.0', 'net:example.com:443'))?.newTokens).toEqual(['net:example.com:443']);
  });
  test('waits for higher limits alone', () => {
    const host = new Host(trustOf());
    host.install(first);
    const wanting = sampleManifest('1.1.0', [sampleTool('t', ['kv:a:rw'], { timeoutMs: 60_000 })]);
    expect(host.install(wanting)).toMatchObject({ newTokens: [], grownLimits: [expect.stringContaining('60000 ms')] });
  });
  test('passes whatever it asks for under the policy that lets upgrades pass, and has that from then on', () => {
    ring = ringOf({ upgrades: 'allow' });
    const host = new Host(trustOf());
    host.install(first);
    expect(host.install(version('1.1.0', 'fs:x:rw'))).toBeUndefined();
    ring = ringOf();
    expect(host.install(version('1.2.0', 'fs:x:r'))).toBeUndefined();
  });
  test('of an unsigned bundle waits as any other', () => {
    const host = new Host(trustOf(true));
    host.install(first, { sequence: 0 }, { keyName: undefined });
    expect(host.install(version('1.1.0', 'kv:b:r'), { sequence: 0 }, { keyName: undefined })).toBeDefined();
  });
  test('is one where no manifest of the active version can be read: the default list does not come back', () => {
    const host = new Host(trustOf());
    host.install(version('1.0.0'));
    expect(host.install(version('1.1.0', 'kv:b:r'), {}, { active: undefined })?.newTokens).toEqual(['kv:b:r']);
  });
  test('carries the difference that "arc inspect --diff" prints, schemas and witnesses included, after a restart too', () => {
    const host = new Host(trustOf());
    host.install(first);
    const after = version('1.1.0', 'kv:a:rw', 'kv:b:r');
    const schema = (property: unknown) =>
      Buffer.from(JSON.stringify({ type: 'object', properties: { data: property }, required: ['data'] }));
    const contents = {
      before: { files: new Map([['schema/t.input.json', schema({ type: ['string', 'number'] })]]), size: 100 },
      after: { files: new Map([['schema/t.input.json', schema({ type: 'number' })]]), size: 120 },
    };
    const upgrade = host.install(after, {}, { contents });
    expect(upgrade?.diff).toMatchObject({
      breaking: 'yes',
      newTokens: ['kv:b:r'],
      tools: expect.arrayContaining([expect.objectContaining({ kind: 'input-changed', breaking: 'yes' })]),
      sizes: expect.arrayContaining([expect.objectContaining({ of: 'archive', before: 100, after: 120 })]),
    });
    database.close();
    database = openDatabase(join(directory, 'aria.db'), [trustMigrations]);
    expect(trustOf().upgrades()).toEqual([upgrade]);
  });
  test('has no difference where it would be larger than anybody reads, and waits all the same', () => {
    const host = new Host(trustOf());
    const many = (prefix: string) =>
      Array.from({ length: 256 }, (_, index) => sampleTool(`${prefix}${index}`, [], { description: 'x'.repeat(4000) }));
    host.install(sampleManifest('1.0.0', many('a')));
    const after = sampleManifest('1.1.0', [
      ...many('a').map((tool) => ({ ...tool, description: 'y'.repeat(4000), tokens: ['fs:x:r'] })),
    ]);
    const contents = { before: { files: new Map(), size: 1 }, after: { files: new Map(), size: 1 } };
    const upgrade = host.install(after, {}, { contents });
    expect(upgrade?.newTokens).toEqual(['fs:x:r']);
    // The values of the changes are left out first, and the changes stay.
    expect(upgrade?.diff?.tools).toHaveLength(256);
    expect(upgrade?.diff?.tools[0]).not.toHaveProperty('before');
  });
});

describe('an approval', () => {
  const first = version('1.0.0', 'kv:a:rw');
  const second = version('1.1.0', 'kv:a:rw', 'fs:x:r');
  const idOf = (manifest: Manifest) => `upgrade-${storedVersion(manifest).hash.slice(0, 8)}`;

  test('grants what was asked for, once and for later versions', () => {
    const host = new Host(trustOf());
    host.install(first);
    const upgrade = host.install(second);
    expect(host.trust.upgrade(idOf(second))).toEqual(upgrade);
    expect(host.trust.approve(idOf(second), 'ops')).toEqual(upgrade);
    expect(host.trust.upgrades()).toEqual([]);
    expect(host.trust.upgrade(idOf(second))).toBeUndefined();
    expect(host.install(version('1.2.0', 'fs:x:r'))).toBeUndefined();
    expect(host.install(version('1.3.0', 'fs:x:rw'))?.newTokens).toEqual(['fs:x:rw']);
  });
  test('holds for its version after a rollback, higher limits among it', () => {
    const host = new Host(trustOf());
    host.install(first);
    const greedy = sampleManifest('1.1.0', [sampleTool('t', ['kv:a:rw'], { memoryBytes: 128 * 1024 * 1024 })]);
    host.install(greedy);
    host.trust.approve(idOf(greedy), 'ops');
    host.active = first;
    expect(host.install(greedy)).toBeUndefined();
    host.active = first;
    const more = sampleManifest('1.2.0', greedy.tools);
    expect(host.install(more)?.grownLimits).toHaveLength(1);
  });
  test('of what does not wait is NOT_FOUND, and grants nothing', () => {
    const host = new Host(trustOf());
    host.install(first);
    for (const id of ['upgrade-00000000', '', "' OR 1=1 --"]) {
      expect(() => host.trust.approve(id, 'ops')).toThrow(coded('NOT_FOUND'));
      expect(() => host.trust.reject(id, 'ops')).toThrow(coded('NOT_FOUND'));
    }
    host.install(second);
    host.trust.reject(idOf(second), 'ops');
    expect(() => host.trust.approve(idOf(second), 'ops')).toThrow(coded('NOT_FOUND'));
    expect(host.install(version('1.2.0', 'fs:x:r'))?.newTokens).toEqual(['fs:x:r']);
  });
  test('can be asked for again after a rejection, under the same id', () => {
    const host = new Host(trustOf());
    host.install(first);
    host.install(second);
    host.trust.reject(idOf(second), 'ops');
    nowMs = 5000;
    expect(host.install(second)).toMatchObject({ id: idOf(second), requestedAtMs: 5000 });
  });
  test('of a transaction that is undone is undone', () => {
    const host = new Host(trustOf());
    host.install(first);
    host.install(second);
    const undone = database.transaction(() => {
      host.trust.approve(idOf(second), 'ops');
      throw new Error('no space');
    });
    expect(undone).toThrow('no space');
    expect(host.trust.upgrades().map(({ id }) => id)).toEqual([idOf(second)]);
    expect(host.install(version('1.2.0', 'fs:x:r'))?.newTokens).toEqual(['fs:x:r']);
  });
  test('a grant of a transaction that is undone is undone', () => {
    const host = new Host(trustOf());
    const install = database.transaction(() => {
      host.trust.gate({ version: storedVersion(first), manifest: first, active: undefined, keyName: 'release' });
      throw new Error('no space');
    });
    expect(install).toThrow('no space');
    expect(host.install(version('1.0.1', 'kv:c:r'))).toBeUndefined();
  });
});

describe('what waits', () => {
  const wanting = (number: string) => version(number, 'kv:a:rw', 'fs:x:r');

  test('is at most one version of a bundle, the one that was asked for last', () => {
    const host = new Host(trustOf());
    host.install(version('1.0.0', 'kv:a:rw'));
    const [older, newer] = [host.install(wanting('1.1.0')), host.install(wanting('1.2.0'))];
    expect(host.trust.upgrades()).toEqual([newer]);
    expect(host.trust.upgrade(older?.id ?? '')).toBeUndefined();
    expect(host.install(wanting('1.1.0'))?.id).toBe(older?.id);
    expect(host.trust.upgrades().map(({ version: number }) => number)).toEqual(['1.1.0']);
  });
  test('is listed in the order of asking, whatever the clock says', () => {
    const trust = trustOf();
    const names = ['c', 'a', 'b'];
    for (const [index, name] of names.entries()) {
      nowMs = 5000 - index * 1000;
      const manifest = { ...wanting('1.0.0'), name };
      trust.gate({ version: storedVersion(manifest), manifest, active: undefined, keyName: 'release' });
    }
    expect(trust.upgrades().map(({ name }) => name)).toEqual(names);
  });
  test('no longer does when a newer version passes, and goes on when an older one does', () => {
    const host = new Host(trustOf());
    host.install(version('1.0.0', 'kv:a:rw'), { sequence: 1 });
    const waiting = host.install(wanting('1.1.0'), { sequence: 2 });
    host.install(version('0.9.0', 'kv:a:r'), { sequence: 1, installedAtMs: 10 });
    expect(host.trust.upgrades().map(({ id }) => id)).toEqual([waiting?.id]);
    host.install(version('1.2.0', 'kv:a:r'), { sequence: 3 });
    expect(host.trust.upgrades()).toEqual([]);
  });
  test('has an id that never means another version, also where the first digits of two hashes are the same', () => {
    const trust = trustOf();
    const ask = (name: string, hash: string) => {
      const manifest = { ...wanting('1.0.0'), name };
      return trust.gate({ version: storedVersion(manifest, { hash }), manifest, active: undefined, keyName: 'release' })
        ?.id;
    };
    const hashes = ['11', '22'].map((end) => `abcdef01${end.repeat(28)}`);
    expect(ask('a', hashes[0] ?? '')).toBe('upgrade-abcdef01');
    expect(ask('b', hashes[1] ?? '')).toBe('upgrade-abcdef0122222222');
    trust.reject('upgrade-abcdef01', 'ops');
    expect(ask('b', hashes[1] ?? '')).toBe('upgrade-abcdef0122222222');
    expect(ask('a', hashes[0] ?? '')).toBe('upgrade-abcdef01');
  });
  test('survives a restart with the very same words', () => {
    const host = new Host(trustOf());
    host.install(version('1.0.0', 'kv:a:rw'));
    const upgrade = host.install(wanting('1.1.0'));
    database.close();
    database = openDatabase(join(directory, 'aria.db'), [trustMigrations]);
    const trust = trustOf();
    expect(trust.upgrades()).toEqual([upgrade]);
    expect(trust.approve(upgrade?.id ?? '', 'ops')).toEqual(upgrade);
  });
});

test('settled upgrades are remembered up to a maximum, and those that wait are never forgotten', () => {
  const trust = trustOf();
  const manifest = version('1.0.0', 'fs:x:r');
  const ask = (name: string, hash: string) =>
    trust.gate({ version: storedVersion(manifest, { name, hash }), manifest, active: undefined, keyName: 'release' });
  database.pragma('synchronous = OFF');
  const waiting = ask('waits', 'ff'.repeat(32));
  database.transaction(() => {
    for (let index = 0; index < 4_200; index += 1) ask('changes', index.toString(16).padStart(8, '0').repeat(8));
  })();
  const count = database.prepare<[], { count: number }>('SELECT count(*) AS count FROM trust_upgrades').get()?.count;
  expect(count).toBeLessThanOrEqual(4_096 + 2);
  expect(trust.upgrades().map(({ name }) => name)).toEqual(['waits', 'changes']);
  expect(trust.upgrade(waiting?.id ?? '')).toEqual(waiting);
});

test('grants of a bundle stay below a maximum: those of older versions lapse', () => {
  const host = new Host(trustOf());
  database.pragma('synchronous = OFF');
  const lot = (round: number) => Array.from({ length: 20_000 }, (_, index) => `kv:n${round}-${index}:r`);
  ring = ringOf({ upgrades: 'allow' });
  host.install(version('1.0.0', ...lot(0)));
  host.install(version('1.1.0', ...lot(1)));
  const count = database.prepare<[], { count: number }>('SELECT count(*) AS count FROM trust_grants').get()?.count;
  expect(count).toBe(20_000);
});
