/** Who a request comes from. */
import type { Role } from '#wit/api';

export interface Principal {
  /** Name of the token or of the certificate; `owner` for the owner of the socket. Idempotency keys and rate limits are by this name. */
  readonly name: string;
  readonly role: Role;
}
