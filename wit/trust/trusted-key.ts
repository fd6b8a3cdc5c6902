/** A key that a host knows, and how far it trusts it. */
import type { PublicKey } from '#wit/minisign';

/** What the configuration says of a key; `[trust.<name>]`. */
export interface TrustedKeySetting {
  readonly name: string;
  /** Base64 of the public key, as in a `.pub` file; absent where the directory has `<name>.pub`. */
  readonly publicKey?: string;
  /** Bundle names that it may sign, `*` at the end of one allowed; all where absent. */
  readonly bundles?: readonly string[];
  /** Tokens that a bundle of it gets without an approval; the default list where absent. */
  readonly tokens?: readonly string[];
  /** Nothing that it signed counts any more. */
  readonly revoked: boolean;
  /** Whether an upgrade that asks for more waits for a person. */
  readonly upgrades: 'approve' | 'allow';
  /** Whether it is somebody else's, whose tools the host may place elsewhere; as its voucher's where absent. */
  readonly thirdParty?: boolean;
}

/** Whether what a key signs counts. `unconfirmed`: another key would have to vouch for it, and does not. */
export type KeyStanding =
  | { readonly kind: 'trusted' }
  | { readonly kind: 'revoked'; readonly reason: string }
  | { readonly kind: 'unconfirmed'; readonly reason: string };

/** A key of the ring. */
export interface TrustedKey {
  /** Unique in its ring. */
  readonly name: string;
  readonly publicKey: PublicKey;
  readonly standing: KeyStanding;
  /** Bundle names that it may sign; every list has to have one that fits. A key that replaces another has its lists, too. */
  readonly bundles: readonly (readonly string[])[];
  /** Canonical tokens; the default list where absent. */
  readonly tokens: readonly string[] | undefined;
  readonly upgrades: 'approve' | 'allow';
  readonly thirdParty: boolean;
  /** Name of the key that vouches for it. */
  readonly replaces: string | undefined;
}

/** Whether a key may sign bundles of this name; whether it counts at all is its standing. */
export function maySign({ bundles }: Pick<TrustedKey, 'bundles'>, bundle: string): boolean {
  return bundles.every((patterns) => patterns.some((pattern) => fitsPattern(pattern, bundle)));
}

function fitsPattern(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
