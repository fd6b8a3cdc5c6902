/** How libraries that open sockets of their own reach the hosts of exact tokens: each name has a loopback address in the container, where the agent forwards. */
import { isIP } from 'node:net';
import type { Token } from '#wit/tokens';
import { hostsMax } from './limits.ts';

/** Where the agent's forwarder listens, and what it asks the proxy for with `CONNECT host:port`. */
export interface Forward {
  /** Of the container's own loopback. */
  readonly address: string;
  readonly port: number;
  /** IPv6 without brackets. */
  readonly host: string;
}

interface ExactDestination {
  readonly host: string;
  readonly port: number;
}

/** Names that a hosts file has anyway. */
const loopbackName = 'localhost';
const namePattern = /^[a-z0-9_.-]{1,253}$/;

/**
 * The forwarders of a call, by host and port. None for wildcards, and none for addresses that are not of the loopback: a container cannot have them as its own,
 * and reaches them by HTTP_PROXY. The same tokens give the same addresses.
 */
export function forwards(tokens: readonly Token[]): readonly Forward[] {
  const exact = exactDestinations(tokens);
  const addresses = addressesOf(exact);
  return exact.flatMap(({ host, port }) => {
    const address = addresses.get(host);
    return address === undefined ? [] : [{ address, port, host: host.replace(/^\[|\]$/g, '') }];
  });
}

/** What `/etc/hosts` says for a call with these tokens, beside `localhost`; empty for none. */
export function hostsLines(tokens: readonly Token[]): string {
  const named = [...addressesOf(exactDestinations(tokens))].filter(
    ([host]) => host !== loopbackName && namePattern.test(host) && isIP(host) === 0,
  );
  return named.map(([host, address]) => `${address} ${host}\n`).join('');
}

function exactDestinations(tokens: readonly Token[]): readonly ExactDestination[] {
  const found = new Map<string, ExactDestination>();
  for (const token of tokens) {
    if (token.kind !== 'net' || token.host === '*' || token.port === '*') continue;
    found.set(`${token.host}:${token.port}`, { host: token.host, port: token.port });
  }
  return [...found.values()].toSorted((a, b) => compareText(a.host, b.host) || a.port - b.port);
}

/** 127.0.0.2 and on, past those that tokens name themselves. */
function addressesOf(exact: readonly ExactDestination[]): ReadonlyMap<string, string> {
  const hosts = [...new Set(exact.map(({ host }) => host))];
  const literal = new Set(hosts);
  const addresses = new Map<string, string>();
  let last = 1;
  for (const host of hosts) {
    if (addresses.size >= hostsMax) break;
    const own = ownAddress(host);
    if (own !== undefined) addresses.set(host, own);
    if (own !== undefined || isAddress(host)) continue;
    do last += 1;
    while (literal.has(`127.0.0.${last}`));
    addresses.set(host, `127.0.0.${last}`);
  }
  return addresses;
}

/** Of a host that is the container's own loopback already. */
function ownAddress(host: string): string | undefined {
  if (host === loopbackName) return '127.0.0.1';
  if (host === '[::1]') return '::1';
  return isIP(host) === 4 && host.startsWith('127.') ? host : undefined;
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || isIP(host) !== 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
