/** What the service refuses. */
import type { Role } from '#wit/api';
import type { DeadlockStep } from '#quilt-adapter/sync';
import { CodedError } from '#wit/errors';
import type { Placement } from './ports.ts';
import type { Principal } from '../access/principal.ts';

/** The role does not reach. */
export function permissionDenied(action: string, { name, role }: Principal, needed: Role): CodedError {
  return new CodedError('PERMISSION_DENIED', {
    message: `Cannot ${action}: "${name}" is ${role === 'admin' ? 'an' : 'a'} ${role}, and it takes ${needed === 'viewer' ? 'a' : 'an'} ${needed}`,
    details: { role, needed },
  });
}

/** As many calls run or wait as the host takes. */
export function overloaded(inFlightMax: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot call a tool: ${inFlightMax} calls are in flight, which is the maximum`,
    details: { inFlightMax },
  });
}

/** The host stops, or has not begun. */
export function notServing(state: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot serve the request: the host is ${state}`,
    remedy: 'Try again when "aria status" says ready',
  });
}

/** A key or an id has characters that it may not have. */
export function requestInvalid(field: string, state: string): CodedError {
  return new CodedError('REQUEST_INVALID', {
    message: `Cannot take the request: ${field} ${state}`,
    details: { field },
  });
}

/** The same key came with another request. */
export function idempotencyConflict(key: string): CodedError {
  return new CodedError('IDEMPOTENCY_CONFLICT', {
    message: `Cannot take the request: the idempotency key "${key}" was used for a different one`,
  });
}

/** The host stopped while the first request with this key ran. */
export function outcomeUnknown(key: string): CodedError {
  return new CodedError('OUTCOME_UNKNOWN', {
    message: `Cannot tell the answer of the idempotency key "${key}": the host stopped while the first request ran`,
  });
}

/** The bytes do not start where the host's end. `offset`: where they have to. */
export function uploadOffset(offset: number): CodedError {
  return new CodedError('UPLOAD_INVALID', {
    message: `Cannot take the upload: the host holds ${offset} bytes of it`,
    remedy: `Send it from byte ${offset} on`,
    retryable: true,
    details: { offset },
  });
}

/** What arrived is not what was announced. */
export function uploadInvalid(state: string, details: Readonly<Record<string, unknown>> = {}): CodedError {
  return new CodedError('UPLOAD_INVALID', { message: `Cannot take the upload: ${state}`, details });
}

/** Somebody sends the same bytes at the moment; also a client that comes back before its cut connection was noticed. */
export function uploadUnderWay(): CodedError {
  return new CodedError('OVERLOADED', {
    message: 'Cannot take the upload: the same bundle is being uploaded already',
    remedy: 'Wait for the other one, then try again',
  });
}

/** As many uploads are under way as the host keeps. */
export function uploadsExceeded(uploadsMax: number): CodedError {
  return new CodedError('OVERLOADED', {
    message: `Cannot take the upload: ${uploadsMax} others are under way, which is the maximum`,
    details: { uploadsMax },
  });
}

/** No such version in the store. */
export function versionNotFound(name: string, version: string | undefined, known: readonly string[]): CodedError {
  const wanted = version === undefined ? `"${name}"` : `"${name}" ${version}`;
  return new CodedError('BUNDLE_NOT_FOUND', {
    message: `Cannot find the bundle ${wanted}: the host has ${known.length === 0 ? 'none of that name' : known.join(', ')}`,
    remedy: 'Run "aria bundles" to see what there is',
  });
}

/** Nothing was active before. */
export function nothingToRollBackTo(name: string): CodedError {
  return new CodedError('BUNDLE_NOT_FOUND', {
    message: `Cannot roll back "${name}": no other version of it was active before`,
    remedy: 'Name a version, as "aria bundles" lists them',
  });
}

/** The version waits for an approval. */
export function approvalRequired(name: string, version: string, id: string): CodedError {
  return new CodedError('APPROVAL_REQUIRED', {
    message: `Cannot activate "${name}" ${version}: it asks for more than was granted`,
    remedy: `Run "aria approve ${id}" after a look at what it asks for`,
    details: { upgrade: id },
  });
}

/** No such upgrade waits. */
export function upgradeNotFound(id: string, waiting: readonly { readonly id: string }[]): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot find the upgrade "${id}": ${waiting.length === 0 ? 'none waits' : `those that wait are ${waiting.map((one) => one.id).join(', ')}`}`,
    remedy: 'Run "aria approve" without an ID to see what waits',
  });
}

/** Other active bundles need it. */
export function bundleNeeded(name: string, needing: readonly string[]): CodedError {
  return new CodedError('BUNDLE_IN_USE', {
    message: `Cannot uninstall "${name}": ${needing.map((one) => `"${one}"`).join(', ')} ${needing.length === 1 ? 'depends' : 'depend'} on it`,
    remedy: 'Uninstall what depends on it first',
    details: { name, dependents: [...needing] },
  });
}

/** An old version was sent again. */
export function replayed(
  { name, version }: { readonly name: string; readonly version: string },
  {
    sequence,
    active,
  }: { readonly sequence: number; readonly active: { readonly version: string; readonly sequence: number } },
): CodedError {
  return new CodedError('BUNDLE_DOWNGRADE', {
    message: `Cannot activate "${name}" ${version}: its sequence number ${sequence} is below ${active.sequence} of the active version ${active.version}`,
    remedy: 'Go back with "aria rollback", or let an administrator allow the downgrade',
    details: { name, version, sequence, active: active.version },
  });
}

/** No call that runs, and none of those that ended lately. */
export function noSuchCall(callId: string, endedMax: number): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot explain the call "${callId.slice(0, 128)}": no call of this id runs, nor is it among the last ${endedMax} that ended`,
    remedy: 'Take the id from "aria tokens", from the events or from the result of the call',
  });
}

/** Tools call each other too deeply, mostly in a circle. */
export function callTooDeep(path: readonly string[], depthMax: number): CodedError {
  const last = path.at(-1) ?? '';
  const first = path.indexOf(last);
  const circle = first >= 0 && first < path.length - 1;
  const shown = (circle ? path.slice(first) : path).join(' → ');
  return new CodedError('CALL_DEPTH_EXCEEDED', {
    message: `Cannot call "${last}": ${circle ? 'tools call each other in a circle' : 'calls are nested'} more than ${depthMax} deep, ${shown.length > 2048 ? `${shown.slice(0, 2048)}…` : shown}`,
    remedy: circle ? `End the recursion of "${last}" earlier` : 'Call fewer tools within each other',
    details: { path, depthMax, ...(circle && { cycle: path.slice(first) }) },
  });
}

/** There is nothing to compare with. */
export function runsOnOneOnly(tool: string, substrate: Placement['substrate']): CodedError {
  const state = substrate === 'host' ? 'it is a tool of the host itself' : 'it needs what only a container has';
  return new CodedError('UNAVAILABLE', {
    message: `Cannot compare the substrates of "${tool}": ${state}`,
    remedy: 'Compare a tool whose source also runs in the sandbox; "arc inspect" shows the engine of each',
    retryable: false,
  });
}

/** The host has a bundle of this name itself. */
export function nameReserved(name: string): CodedError {
  return new CodedError('BUNDLE_VERSION_TAKEN', {
    message: `Cannot install "${name}": it is the name of a bundle of the host itself`,
    remedy: 'Name the bundle otherwise, build and sign it again',
    details: { name },
  });
}

/** Calls of its tools could wait for others that wait for them, whatever is taken at their start. */
export function deadlockPossible(
  bundle: string,
  tooLarge: string | undefined,
  cycle: readonly DeadlockStep[] | undefined,
): CodedError {
  const state =
    cycle?.map(({ heldBy, held, wants }) => `${heldBy.join(' → ')} holds ${held} and wants ${wants}`).join('; ') ??
    `nobody can tell whether its calls could wait for each other: ${tooLarge ?? ''}`;
  return new CodedError('DEADLOCK_POSSIBLE', {
    message: `Cannot activate "${bundle}": ${state}`,
    details: { ...(cycle && { cycle }), ...(tooLarge !== undefined && { tooLarge }) },
  });
}
