/** Who may come in: bearer tokens, client certificates, sockets of the owner, and how often. */
import type { Principal } from './principal.ts';

/** What a request shows. */
export interface Credentials {
  /** The header or metadata `authorization`. */
  readonly authorization: string | undefined;
  /** Common name of a verified client certificate. */
  readonly certificateName: string | undefined;
  readonly via: 'unix' | 'tcp';
}

/** Decides. */
export interface Access {
  /** @throws {CodedError} `UNAUTHENTICATED`; the answer does not tell a wrong token from a missing one, and takes the same time. */
  authenticate(credentials: Credentials): Principal;
  /** Counts a request of a client. @throws {CodedError} `RATE_LIMITED`, with `details.retryAfterMs`. */
  admit(principal: Principal): void;
}
