/**
 * Tokens that end by themselves: `aria1.<claims>.<code>`, both base64url, the code HMAC-SHA-256 over what stands before it.
 * - Nothing is stored, so a restart keeps them valid; another key ends all of them.
 * - The wall clock decides about a token that this process sees for the first time. From then on the monotonic clock ends it as well, so that no token
 *   lives longer than its time in one run of the host, whichever way the wall clock is set. A clock set forth ends tokens early: then mint new ones.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Role, roles } from '#wit/api';
import type { MintedToken } from './access.ts';
import { mintRefused } from './errors.ts';
import type { Principal } from './principal.ts';

/** Milliseconds that clocks may differ: of a machine before and after it has asked for the time. */
const skewMs = 5_000;
/** Longest life of a token, in milliseconds: what lives longer is an entry of aria.toml. */
export const mintedTtlMsMax = 7 * 24 * 60 * 60 * 1000;
/** Tokens whose end by the monotonic clock is remembered; beyond it the wall clock alone ends the oldest. */
const rememberedMax = 10_000;
const prefix = 'aria1.';
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The clocks. */
export interface AccessClock {
  /** Milliseconds since 1970; may be set. */
  nowMs(): number;
  /** Milliseconds since some moment; only grows. */
  monotonicMs(): number;
}

interface Claims {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly from: number;
  readonly to: number;
}

/** Mints and verifies. */
export class MintedTokens {
  readonly #clock: AccessClock;
  readonly #random: (count: number) => Uint8Array;
  #key: Uint8Array;
  /** End by the monotonic clock, by id; in the order of the first sight. */
  readonly #ends = new Map<string, number>();

  constructor(key: Uint8Array, clock: AccessClock, random: (count: number) => Uint8Array) {
    this.#key = key;
    this.#clock = clock;
    this.#random = random;
  }

  /** Another key: every token of the one before is void. */
  useKey(key: Uint8Array): void {
    this.#key = key;
    this.#ends.clear();
  }

  /** @throws {CodedError} `REQUEST_INVALID`. */
  mint({ name, role, ttlMs }: { readonly name: string; readonly role: Role; readonly ttlMs: number }): MintedToken {
    if (!namePattern.test(name))
      throw mintRefused('name', 'is not 1 to 64 of "A-Z a-z 0-9 . _ -", beginning with a letter or digit');
    if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > mintedTtlMsMax)
      throw mintRefused('ttlMs', `is not a whole number from 1 to ${mintedTtlMsMax}`);
    const from = Math.floor(this.#clock.nowMs());
    const claims: Claims = { id: text(this.#random(16)), name, role, from, to: from + ttlMs };
    const head = `${prefix}${text(Buffer.from(JSON.stringify(claims)))}`;
    this.#remember(claims.id, ttlMs);
    return { token: `${head}.${text(this.#code(head))}`, expiresAtMs: claims.to };
  }

  /** Who a token is of; `undefined` for whatever is not one that is valid now. The same work for every text of a length. */
  verify(token: string): Principal | undefined {
    const at = token.lastIndexOf('.');
    const head = token.slice(0, Math.max(at, 0));
    const code = Buffer.from(token.slice(at + 1), 'base64url');
    const expected = this.#code(head);
    const authentic = timingSafeEqual(code.length === expected.length ? code : Buffer.alloc(expected.length), expected);
    // One spelling for one token: base64url has bits to spare.
    if (!authentic || !head.startsWith(prefix) || text(code) !== token.slice(at + 1)) return undefined;
    const claims = JSON.parse(Buffer.from(head.slice(prefix.length), 'base64url').toString()) as Claims;
    return roles.includes(claims.role) && this.#valid(claims)
      ? { name: `minted:${claims.name}`, role: claims.role }
      : undefined;
  }

  #valid({ id, from, to }: Claims): boolean {
    const wallMs = this.#clock.nowMs();
    if (wallMs > to + skewMs) return false;
    const end = this.#ends.get(id);
    if (end !== undefined) return this.#clock.monotonicMs() <= end;
    // Not yet: it was minted by a clock that has been set back since.
    if (wallMs < from - skewMs) return false;
    this.#remember(id, Math.min(to - wallMs, to - from));
    return true;
  }

  #remember(id: string, leftMs: number): void {
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size < rememberedMax) break;
      this.#ends.delete(oldest);
    }
    this.#ends.set(id, this.#clock.monotonicMs() + leftMs + skewMs);
  }

  #code(head: string): Buffer {
    return createHmac('sha256', this.#key).update(head).digest();
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
