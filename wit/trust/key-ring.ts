/**
 * The keys of a host, from its files and its configuration.
 *
 * - One key has one name, and one name one key: who revokes it has revoked it.
 * - A key with a rotation counts exactly as long as the key that signed it counts, or counted when it signed. It may sign what that one
 *   may sign and nothing more, and has its tokens and its policy where the configuration does not say otherwise.
 * - A key that does not count stays in the ring with the reason, so that a refusal can say it.
 */
import { join } from 'node:path';
import { type PublicKey, parsePublicKey } from '#wit/minisign';
import { parseToken, printToken } from '#wit/tokens';
import { keyTwice, trustEntryInvalid, trustFileRefused } from './errors.ts';
import { type TrustFiles, readTrustDirectory, trustFingerprint } from './read-directory.ts';
import { type Revocation, readRevocation } from './revocation.ts';
import { type Rotation, readRotation, rotationProblem } from './rotation.ts';
import type { KeyStanding, TrustedKey, TrustedKeySetting } from './trusted-key.ts';

/** The keys that a host knows. Frozen. */
export interface KeyRing {
  /** By name. */
  readonly keys: readonly TrustedKey[];
  /** The key of an id, whether it counts or not. */
  find(keyId: string): TrustedKey | undefined;
}

/** What is said of one key, before others are looked at. */
interface Claim {
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly setting: TrustedKeySetting | undefined;
  readonly rotation: Rotation | undefined;
  readonly revocation: Revocation | undefined;
}

/** A key of the ring, and its standing if it were not revoked. */
interface Resolved {
  readonly key: TrustedKey;
  readonly before: KeyStanding;
}

/**
 * The ring of a directory, as it is whenever it is asked for: a key that comes, or is revoked, counts from then on without a restart.
 * `settings`: what the configuration says of the keys.
 * @throws {CodedError} as `createKeyRing`, also later: a directory with a fault in it trusts nobody.
 */
export function openKeyRing(directory: string, settings: readonly TrustedKeySetting[] = []): () => KeyRing {
  let kept: { readonly fingerprint: string; readonly ring: KeyRing } | undefined;
  const current = (): KeyRing => {
    // Taken before the files are read: what changes in between is seen the next time.
    const fingerprint = trustFingerprint(directory);
    if (kept?.fingerprint !== fingerprint)
      kept = { fingerprint, ring: createKeyRing(readTrustDirectory(directory), settings) };
    return kept.ring;
  };
  current();
  return current;
}

/** Builds the ring. @throws {CodedError} `KEY_INVALID`, `SIGNATURE_…` naming the file, `CONFIG_INVALID`, `TOKEN_INVALID`. */
export function createKeyRing(files: TrustFiles, settings: readonly TrustedKeySetting[] = []): KeyRing {
  const claims = readClaims(files, settings);
  const byId = new Map<string, Claim>();
  for (const claim of claims.values()) {
    const other = byId.get(claim.publicKey.keyId);
    if (other !== undefined) throw keyTwice(claim.publicKey.keyId, [other.name, claim.name]);
    byId.set(claim.publicKey.keyId, claim);
  }
  const resolved = new Map<string, Resolved>();
  for (const claim of claims.values()) resolve(claim, { byId, resolved, open: new Set() });
  const keys = Object.freeze([...resolved.values()].map(({ key }) => key).toSorted(byName));
  const found = new Map(keys.map((key) => [key.publicKey.keyId, key]));
  return Object.freeze({ keys, find: (keyId: string) => found.get(keyId) });
}

function readClaims(files: TrustFiles, settings: readonly TrustedKeySetting[]): ReadonlyMap<string, Claim> {
  const configured = new Map<string, TrustedKeySetting>();
  for (const setting of settings) {
    if (configured.has(setting.name))
      throw trustEntryInvalid(setting.name, 'it is there twice', 'Remove one of the two');
    configured.set(setting.name, setting);
  }
  const { publicKeys, rotations, revocations, directory } = files;
  const known = (name: string): boolean => publicKeys.has(name) || configured.get(name)?.publicKey !== undefined;
  for (const name of rotations.keys()) {
    if (!publicKeys.has(name))
      throw trustFileRefused(
        join(directory, `${name}.pub.minisig`),
        `there is no "${name}.pub" beside it`,
        'Put the public key there, or remove the signature',
      );
  }
  for (const name of revocations.keys()) {
    // A slip in the name of a revocation would leave a stolen key trusted.
    if (!known(name))
      throw trustFileRefused(
        join(directory, `${name}.revoked`),
        `there is no key "${name}"`,
        'Name the file after a key that is there, or remove it',
      );
  }
  const names = [...new Set([...publicKeys.keys(), ...configured.keys()])].toSorted();
  return new Map(names.map((name) => [name, readClaim(name, files, configured.get(name))]));
}

function readClaim(name: string, files: TrustFiles, setting: TrustedKeySetting | undefined): Claim {
  const path = join(files.directory, `${name}.pub`);
  const text = files.publicKeys.get(name);
  const inFile = text === undefined ? undefined : parsePublicKey(text, path);
  const inSetting = setting?.publicKey === undefined ? undefined : parsePublicKey(setting.publicKey, `trust.${name}`);
  const publicKey = inFile ?? inSetting;
  if (publicKey === undefined)
    throw trustEntryInvalid(name, 'there is no public key', `Put the key at "${path}", or write it as public_key`);
  if (inFile !== undefined && inSetting !== undefined && !isSameKey(inFile, inSetting))
    throw trustEntryInvalid(name, `it is another key than "${path}"`, 'Remove one of the two, or rename it');
  const rotation = inSetting === undefined ? readRotation(name, files) : undefined;
  return {
    name,
    publicKey,
    setting: setting && { ...setting, ...(setting.tokens && { tokens: setting.tokens.map(canonicalToken) }) },
    // Who writes the key itself into the configuration trusts it without anybody vouching for it.
    rotation,
    revocation: readRevocation(name, files, setting),
  };
}

interface Resolving {
  readonly byId: ReadonlyMap<string, Claim>;
  readonly resolved: Map<string, Resolved>;
  /** Keys whose standing is being looked for: one that is met again goes in a circle. */
  readonly open: Set<string>;
}

function resolve(claim: Claim, resolving: Resolving): Resolved {
  const { resolved, open } = resolving;
  const known = resolved.get(claim.name);
  if (known !== undefined) return known;
  open.add(claim.name);
  const { name, publicKey, setting, revocation } = claim;
  const { standing, voucher } = vouched(claim, resolving);
  const key: TrustedKey = Object.freeze({
    name,
    publicKey,
    standing: revocation === undefined ? standing : ({ kind: 'revoked', reason: revocation.reason } as const),
    bundles: Object.freeze([...(voucher?.bundles ?? []), ...(setting?.bundles === undefined ? [] : [setting.bundles])]),
    tokens: setting?.tokens ?? voucher?.tokens,
    upgrades: setting?.upgrades ?? voucher?.upgrades ?? 'approve',
    thirdParty: setting?.thirdParty === true || voucher?.thirdParty === true,
    replaces: voucher?.name,
  });
  open.delete(name);
  const result = { key, before: standing };
  resolved.set(name, result);
  return result;
}

interface Vouched {
  readonly standing: KeyStanding;
  readonly voucher: TrustedKey | undefined;
}

function vouched({ name, rotation }: Claim, resolving: Resolving): Vouched {
  if (rotation === undefined) return { standing: { kind: 'trusted' }, voucher: undefined };
  const unconfirmed = (reason: string): Vouched => {
    return { standing: { kind: 'unconfirmed', reason }, voucher: undefined };
  };
  const { keyId } = rotation.signature;
  const old = resolving.byId.get(keyId);
  if (old === undefined) return unconfirmed(`the key ${keyId} that signed it is not trusted`);
  if (old.name === name || resolving.open.has(old.name)) return unconfirmed('its rotations go in a circle');
  const { key, before } = resolve(old, resolving);
  const problem =
    before.kind === 'trusted'
      ? rotationProblem(rotation, old)
      : `the key "${old.name}" that signed it does not count itself`;
  return problem === undefined ? { standing: { kind: 'trusted' }, voucher: key } : unconfirmed(problem);
}

function isSameKey(one: PublicKey, other: PublicKey): boolean {
  return one.keyId === other.keyId && Buffer.from(one.bytes).equals(other.bytes);
}

function canonicalToken(token: string): string {
  return printToken(parseToken(token));
}

function byName(one: TrustedKey, other: TrustedKey): number {
  return one.name < other.name ? -1 : Number(one.name > other.name);
}
