/** Who a request comes from. */
import type { Role } from '#wit/api';

export interface Principal {
  /**
   * Name of the token; `owner` or `group` for a caller of the socket, `certificate:NAME` for a certificate, `minted:NAME` for a minted token, so that
   * none of them passes for another. Idempotency keys and rate limits are by this name.
   */
  readonly name: string;
  readonly role: Role;
}
