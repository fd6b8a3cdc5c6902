/** What the trust of a host refuses beside signatures that do not count. */
import { CodedError } from '#wit/errors';

/** Nobody signed the bundle, and the host runs signed ones only. */
export function signatureMissing(name: string, version: string): CodedError {
  return new CodedError('SIGNATURE_MISSING', {
    message: `Cannot trust "${name}" ${version}: it is not signed`,
    remedy: 'Sign it with "arc sign", or set allow_unsigned = true in aria.toml on a machine for development',
    details: { bundle: name, version },
  });
}

/** No such upgrade waits. */
export function upgradeNotWaiting(id: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot settle the upgrade "${id}": none of that id waits`,
    remedy: 'Run "aria approve" without an ID to see what waits',
    details: { id },
  });
}
