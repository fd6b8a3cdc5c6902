/** Whether an address, or the host of a `net` token as far as its text tells, is on the public internet. */
import { isIP } from 'node:net';

type Block = readonly [address: string, prefix: number];

/** Ends of names that resolve inside a network or on the machine itself (RFC 6761, RFC 6762, RFC 8375, ICANN's "internal"). */
const privateEndings = ['localhost', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'home.arpa'];

/** What is not global in IPv4 (IANA's registry of special-purpose addresses). */
const specialIpv4: readonly Block[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // With the metadata services of the clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, reserved, broadcast.
  ['224.0.0.0', 3],
];

/** The same for IPv6, within 2000::/3; what is outside of it is not global, save for NAT64. Teredo and 6to4 hold addresses of IPv4 and serve nobody any more. */
const specialIpv6: readonly Block[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/**
 * RFC 6052's prefix: what follows it is the IPv4 address that a gateway connects to, so that address decides. It is the only way out of a network
 * without IPv4, where all names resolve to such addresses.
 */
const nat64: Block = ['64:ff9b::', 96];

/** Whether an address, as `node:net` writes it, is public. A zone (`fe80::1%eth0`) never is. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return isPublicIpv4(ipv4Number(address));
    case 6:
      return !address.includes('%') && isPublicIpv6(ipv6Number(address));
    default:
      return false;
  }
}

/**
 * Whether a host, in the canonical form of a token, is public. `*`, and names of one word, are not: they may be anything.
 * A public name may still resolve to a private address; who opens the connection looks at that.
 */
export function isPublicHost(host: string): boolean {
  if (host.startsWith('[')) return isPublicAddress(host.slice(1, -1));
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return isPublicAddress(host);
  return host.includes('.') && !privateEndings.some((ending) => host === ending || host.endsWith(`.${ending}`));
}

/** An address as the host of a `net` token: IPv6 compressed and in brackets; `undefined` for one that no token can name. */
export function hostOfAddress(address: string): string | undefined {
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return URL.canParse(`http://[${address}]/`) ? new URL(`http://[${address}]/`).hostname : undefined;
    default:
      return undefined;
  }
}

function isPublicIpv4(address: bigint): boolean {
  return !specialIpv4.some(([first, prefix]) => within(address, ipv4Number(first), BigInt(32 - prefix)));
}

function isPublicIpv6(address: bigint): boolean {
  if (within(address, ipv6Number(nat64[0]), BigInt(128 - nat64[1]))) return isPublicIpv4(address & 0xffff_ffffn);
  if (address >> 125n !== 1n) return false;
  return !specialIpv6.some(([first, prefix]) => within(address, ipv6Number(first), BigInt(128 - prefix)));
}

function within(address: bigint, first: bigint, hostBits: bigint): boolean {
  return address >> hostBits === first >> hostBits;
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function ipv6Number(text: string): bigint {
  // A URL writes the last 32 bits in hexadecimal, too.
  const plain = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + group, 0n);
}

function groupsOf(text: string): readonly bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}
