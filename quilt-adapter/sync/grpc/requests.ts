/** Messages of clients, read with distrust. Clients name holders; the host adds whose they are. */
import { createHash } from 'node:crypto';
import { parseToken } from '#wit/tokens';
import type { AcquireRequest } from '../scheduler.ts';
import { requestInvalid } from '#wit/grpc';
import { leases } from './limits.ts';

const keyPattern = /^[A-Za-z0-9_-]{22,128}$/;
const holderPattern = /^[A-Za-z0-9._:/-]{1,128}$/;
/** Ids of grants are far shorter. */
const grantCharactersMax = 128;
const labelCharactersMax = 256;
const pathMax = 32;
const tokensMax = 64;
const priorityMax = 9;
/** What would forge or hide lines where people read labels. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** As the loader makes them. */
export interface AcquireMessage {
  readonly clientKey: string;
  readonly holder: string;
  readonly parent?: string;
  readonly label?: string;
  readonly path: readonly string[];
  readonly tokens: readonly string[];
  readonly amount?: number;
  readonly priority?: number;
  readonly leaseMs?: number;
  readonly timeoutMs?: number;
}

/**
 * A holder of a client as the scheduler knows it. No call of the host has such a name, and none of another client's: the key itself is shown to nobody.
 * @throws {CodedError} `REQUEST_INVALID`.
 */
export function externalHolder(clientKey: string, holder: string, field = 'holder'): string {
  if (!keyPattern.test(clientKey))
    throw requestInvalid('client_key', 'is not 22 to 128 characters of letters, digits, "_" and "-"');
  if (!holderPattern.test(holder))
    throw requestInvalid(field, 'is not 1 to 128 characters of letters, digits, ".", "_", ":", "/" and "-"');
  return `external:${createHash('sha256').update(clientKey).digest('base64url').slice(0, 16)}:${holder}`;
}

/** @throws {CodedError} `REQUEST_INVALID`, `TOKEN_INVALID`. */
export function acquireRequestOf(message: AcquireMessage): AcquireRequest {
  const { clientKey, holder, parent, label = holder, path, tokens, amount, priority, timeoutMs } = message;
  if (path.length > pathMax) throw requestInvalid('path', `has ${path.length} labels, and may have ${pathMax}`);
  if (tokens.length > tokensMax)
    throw requestInvalid('tokens', `has ${tokens.length} tokens, and may have ${tokensMax}`);
  if (amount === 0) throw requestInvalid('amount', 'is 0, and may be 1 or more');
  if (priority !== undefined && priority > priorityMax)
    throw requestInvalid('priority', `is ${priority}, and may be 0 to ${priorityMax}`);
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) throw requestInvalid('timeout_ms', 'is not a number from 0 up');
  return {
    holder: externalHolder(clientKey, holder),
    ...(parent !== undefined && { parent: externalHolder(clientKey, parent, 'parent') }),
    label: text('label', label),
    path: path.map((each, index) => text(`path[${index}]`, each)),
    tokens: tokens.map((each) => parseToken(each)),
    ...(amount !== undefined && { amount }),
    ...(priority !== undefined && { priority }),
    leaseMs: leaseOf(message),
    ...(timeoutMs !== undefined && Number.isFinite(timeoutMs) && { timeoutMs }),
  };
}

/** @throws {CodedError} `REQUEST_INVALID`. */
export function leaseOf({ leaseMs = leases.defaultMs }: { readonly leaseMs?: number }): number {
  if (!(leaseMs >= leases.minMs && leaseMs <= leases.maxMs))
    throw requestInvalid('lease_ms', `is ${leaseMs}, and may be ${leases.minMs} to ${leases.maxMs}`);
  return leaseMs;
}

/** @throws {CodedError} `REQUEST_INVALID`. */
export function grantOf({ grant }: { readonly grant: string }): string {
  if (grant === '' || grant.length > grantCharactersMax)
    throw requestInvalid('grant', `is not 1 to ${grantCharactersMax} characters`);
  return grant;
}

function text(field: string, value: string): string {
  if (value === '' || value.length > labelCharactersMax)
    throw requestInvalid(field, `is not 1 to ${labelCharactersMax} characters`);
  if (unprintable.test(value)) throw requestInvalid(field, 'has characters that cannot be printed');
  return value;
}
