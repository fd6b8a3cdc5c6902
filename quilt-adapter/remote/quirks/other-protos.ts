/**
 * Another `quilt.proto` has the same package and service with other numbers: its RUNNING is our EXITED. It lacks GetHealth, so that is asked before anything
 * else.
 */
import { CodedError } from '#wit/errors';

/** A daemon that would misunderstand us, and we it. */
export function otherProto(address: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot use the daemon at "${address}": it has no GetHealth, so it speaks another quilt.proto, with other numbers`,
    remedy: 'Use a daemon of the public Quilt repository',
    retryable: false,
    details: { address, rpc: 'GetHealth', status: 'UNIMPLEMENTED' },
  });
}
