/** Who may come in: bearer tokens, client certificates, sockets of the owner, and how often. */
import type { Role } from '#wit/api';
import type { Principal } from './principal.ts';

/** What a request shows. */
export interface Credentials {
  /** The header or metadata `authorization`. */
  readonly authorization: string | undefined;
  /** Common name of a verified client certificate. */
  readonly certificateName: string | undefined;
  readonly via: 'unix' | 'tcp';
  /** IP address of the peer, where there is one: wrong tokens are counted by it. */
  readonly address?: string | undefined;
}

/** A token of limited life. */
export interface MintedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Decides. */
export interface Access {
  /**
   * Says who it is. A right token passes however many wrong ones came from its address.
   * @throws {CodedError} `UNAUTHENTICATED`, and `RATE_LIMITED` for more wrong ones than an address may send; the answer does not tell a wrong token from a
   * missing one, and takes the same time.
   */
  authenticate(credentials: Credentials): Principal;
  /** Counts a request of a client. @throws {CodedError} `RATE_LIMITED`, with `details.retryAfterMs`. */
  admit(principal: Principal): void;
  /** Makes a token that ends by itself; a restart keeps it valid. @throws {CodedError} `REQUEST_INVALID`. */
  mint(wanted: { readonly name: string; readonly role: Role; readonly ttlMs: number }): MintedToken;
  /** Ends all tokens that were minted, at once. @throws {CodedError} `IO_FAILED`; then those that were minted stay valid. */
  revokeMinted(): Promise<void>;
}
