/**
 * A mount asked for as read-only is writable. A mount that the daemon refuses leaves a row behind whose id it does not say, so what it is known
 * to refuse is refused here.
 */
import type { RequestedMount } from '../../runtime/container-runtime.ts';
import { isPlainPath, isWithin, rootHome } from '../../runtime/mount-rules.ts';
import { specInvalid } from '../errors.ts';
import type { WireMount } from '../messages.ts';

const mebibyte = 2 ** 20;
const mountsMax = 64;
const deniedSources = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/sudoers',
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  `${rootHome}/.ssh`,
];
const protectedTargets = new Set(['/', '/bin', '/sbin', '/lib', '/lib64', '/usr', '/proc', '/sys', '/dev', '/etc']);

/** Mounts for the wire. @throws {CodedError} `CONTAINER_SPEC_INVALID`. */
export function wireMounts(mounts: readonly RequestedMount[]): readonly WireMount[] {
  if (mounts.length > mountsMax)
    throw specInvalid(`it has ${mounts.length} mounts, and ${mountsMax} are the maximum`, 'Mount less');
  return mounts.map((mount, index) => {
    checkTarget(mount.target, index);
    if (mount.kind === 'tmpfs') {
      // The daemon takes whole mebibytes, and at least one.
      const size = `${Math.max(Math.ceil(mount.bytesMax / mebibyte), 1)}m`;
      return { source: '', target: mount.target, type: 'TMPFS', readonly: false, options: { size } };
    }
    if (mount.readOnly) {
      throw specInvalid(
        `mounts[${index}] is read-only, and the daemon would mount it writable`,
        'Mount a copy that may be written to, with readOnly: false',
      );
    }
    if (mount.kind === 'bind') checkSource(mount.source, index);
    const type = mount.kind === 'bind' ? 'BIND' : 'VOLUME';
    return { source: mount.source, target: mount.target, type, readonly: false, options: {} };
  });
}

function checkTarget(target: string, index: number): void {
  if (!isPlainPath(target))
    throw specInvalid(`mounts[${index}].target is no plain absolute path`, 'Start it with "/", without ".." and "//"');
  if (protectedTargets.has(target))
    throw specInvalid(`mounts[${index}].target is "${target}", which the daemon protects`, 'Mount it elsewhere');
}

function checkSource(source: string, index: number): void {
  if (!isPlainPath(source))
    throw specInvalid(`mounts[${index}].source is no plain absolute path`, 'Start it with "/", without ".." and "//"');
  const denied = deniedSources.find((one) => isWithin(one, source));
  if (denied !== undefined || source === '/')
    throw specInvalid(`mounts[${index}].source is "${source}", which the daemon denies`, 'Mount something else');
}
