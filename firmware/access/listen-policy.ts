/** Where a host may listen: on loopback, and elsewhere only behind TLS. Every gateway and the metrics ask here. */
import { BlockList, isIP } from 'node:net';
import type { ListenAddress } from '../config/host-config.ts';
import { listenRefused } from './errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** Whether nobody but this machine reaches an address. Names but `localhost` do not count, since they may come to mean another one. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * The address to bind, with `localhost` made a number, so that no file of names moves it elsewhere.
 * `tls`: whether it speaks TLS; `never` for what cannot.
 * @throws {CodedError} `LISTEN_REFUSED`.
 */
export function listenAddress(what: string, wanted: ListenAddress, tls: boolean | 'never'): ListenAddress {
  const host = wanted.host.replace(/^\[(.*)\]$/, '$1');
  if (tls !== true && !isLoopback(host)) throw listenRefused(what, host, tls !== 'never');
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: wanted.port };
}
