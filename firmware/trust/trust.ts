/** Whose bundles run on a host, and what they may touch. */
import type { Upgrade } from '#wit/api';
import type { Bundle } from '#wit/bundle';
import type { Clock } from '#host';
import { type KeyRing, type TrustedKey, recheckBundle, verifyBundle } from '#wit/trust';
import type { GateCandidate, StoredVersion, Trust, Trusted } from '../service/ports.ts';
import type { Database } from '../stores/open-database.ts';
import { signatureMissing } from './errors.ts';
import { askGate } from './gate.ts';
import { GrantStore } from './grant-store.ts';
import { tokensOf } from './tokens-of.ts';
import { diffText } from './upgrade-diff.ts';
import { UpgradeStore } from './upgrade-store.ts';

/** Signatures that were checked and are remembered: those of all versions of a large host. */
const recheckedMax = 4_096;

/** What the trust of a host is made of. */
export interface TrustSetting {
  /** With the tables of `trustMigrations`. Stays the caller's. */
  readonly database: Database;
  /** The keys as they are now: a key that is revoked while the host runs no longer counts. */
  readonly ring: () => KeyRing;
  readonly allowUnsigned: boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Opens the trust of a host. */
export function createTrust(setting: TrustSetting): Trust {
  return new SqliteTrust(setting);
}

/** What a check looks at. */
const signedFields = ['name', 'version', 'manifestHash', 'sequence', 'signature'] as const;

/** A version that passed, as it was then. */
interface Rechecked {
  readonly stored: StoredVersion;
  readonly trusted: Trusted;
}

class SqliteTrust implements Trust {
  readonly #setting: TrustSetting;
  readonly #grants: GrantStore;
  readonly #upgrades: UpgradeStore;
  /** What a check by a ring came to, by hash: the same ring gives the same answer, and a list asks for all of them. */
  readonly #rechecked = new WeakMap<KeyRing, Map<string, Rechecked>>();

  constructor(setting: TrustSetting) {
    this.#setting = setting;
    this.#grants = new GrantStore(setting.database);
    this.#upgrades = new UpgradeStore(setting.database);
  }

  verify(archive: Uint8Array, { manifest, manifestHash }: Bundle, signature: string | undefined): Trusted {
    const { name, version } = manifest;
    if (signature === undefined) return this.#unsigned(name, version);
    const verified = verifyBundle(archive, () => ({ name, version, manifestHash }), {
      signature,
      ring: this.#setting.ring(),
    });
    return { signature, keyId: verified.keyId, sequence: verified.sequence, ...keyFacts(verified.key) };
  }

  recheck(stored: StoredVersion): Trusted {
    const { name, version, signature } = stored;
    if (signature === undefined) return this.#unsigned(name, version);
    const ring = this.#setting.ring();
    const known = this.#rechecked.get(ring) ?? new Map<string, Rechecked>();
    const before = known.get(stored.hash);
    if (before !== undefined && signedFields.every((field) => before.stored[field] === stored[field]))
      return before.trusted;
    const verified = recheckBundle(stored, { signature, ring });
    const { keyId, sequence, key } = verified;
    const trusted: Trusted = { signature, keyId, sequence, ...keyFacts(key) };
    if (known.size >= recheckedMax) known.clear();
    this.#rechecked.set(ring, known.set(stored.hash, { stored, trusted }));
    return trusted;
  }

  gate(candidate: GateCandidate): Upgrade | undefined {
    return this.#setting.database.transaction(() => this.#gate(candidate))();
  }

  upgrades(): readonly Upgrade[] {
    return this.#upgrades.list();
  }

  upgrade(id: string): Upgrade | undefined {
    return this.#upgrades.find(id);
  }

  approve(id: string, by: string): Upgrade {
    const atMs = this.#setting.clock.nowMs();
    return this.#setting.database.transaction(() => {
      const { upgrade, tokens } = this.#upgrades.settle(id, { state: 'approved', by, atMs });
      this.#grants.grant(upgrade.name, tokens, { by, atMs });
      return upgrade;
    })();
  }

  reject(id: string, by: string): Upgrade {
    const atMs = this.#setting.clock.nowMs();
    const settle = () => this.#upgrades.settle(id, { state: 'rejected', by, atMs });
    return this.#setting.database.transaction(settle)().upgrade;
  }

  #gate({ version, manifest, active, keyName, contents }: GateCandidate): Upgrade | undefined {
    const { name, hash } = version;
    const atMs = this.#setting.clock.nowMs();
    const tokens = tokensOf(manifest);
    const answer = askGate({
      manifest,
      active,
      isFirst: active === undefined && !this.#grants.isKnown(name),
      granted: this.#grants.tokens(name),
      key: this.#key(keyName),
    });
    const asks = answer.newTokens.length + answer.grownLimits.length > 0;
    if (!asks || this.#upgrades.hasPassed(hash)) {
      this.#grants.grant(name, tokens, { by: keyName === undefined ? 'unsigned' : `key ${keyName}`, atMs });
      this.#upgrades.pass(version, atMs);
      return undefined;
    }
    const text =
      active && contents && diffText({ manifest: active, ...contents.before }, { manifest, ...contents.after });
    return this.#upgrades.wait({
      name,
      version: version.version,
      hash,
      ...(active !== undefined && { previousVersion: active.version }),
      ...answer,
      tokens,
      diffText: text,
      sequence: version.sequence,
      installedAtMs: version.installedAtMs,
      requestedAtMs: atMs,
    });
  }

  #key(name: string | undefined): TrustedKey | undefined {
    return name === undefined ? undefined : this.#setting.ring().keys.find((key) => key.name === name);
  }

  #unsigned(name: string, version: string): Trusted {
    if (!this.#setting.allowUnsigned) throw signatureMissing(name, version);
    return { signature: undefined, keyId: undefined, sequence: 0, keyName: undefined, thirdParty: false };
  }
}

function keyFacts({ name, thirdParty }: TrustedKey): Pick<Trusted, 'keyName' | 'thirdParty'> {
  return { keyName: name, thirdParty };
}
