/** Whether the host of a `net` token is on the public internet, as far as its text tells. */

/** Ends of names that resolve inside a network or on the machine itself (RFC 6761, RFC 6762, RFC 8375, ICANN's "internal"). */
const privateEndings = ['localhost', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan', 'home.arpa'];

/** First address and prefix length of what is not global in IPv4 (IANA's registry of special-purpose addresses). */
const specialIpv4: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
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

/** The same for IPv6, within 2000::/3; what is outside of it is never global. 2001::/23 and 2002::/16 hold addresses of IPv4. */
const specialIpv6: readonly (readonly [address: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/**
 * Whether a host, in the canonical form of a token, is public. `*`, and names of one word, are not: they may be anything.
 * A public name may still resolve to a private address; who opens the connection looks at that.
 */
export function isPublicHost(host: string): boolean {
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1));
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return isPublicIpv4(host);
  return host.includes('.') && !privateEndings.some((ending) => host === ending || host.endsWith(`.${ending}`));
}

function isPublicIpv4(host: string): boolean {
  const address = ipv4Number(host);
  return !specialIpv4.some(
    ([first, prefix]) => address >> BigInt(32 - prefix) === ipv4Number(first) >> BigInt(32 - prefix),
  );
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function isPublicIpv6(text: string): boolean {
  const address = ipv6Number(text);
  if (address >> 125n !== 1n) return false;
  return !specialIpv6.some(
    ([first, prefix]) => address >> BigInt(128 - prefix) === ipv6Number(first) >> BigInt(128 - prefix),
  );
}

/** Of the compressed form without dots that a URL shows. */
function ipv6Number(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + group, 0n);
}

function groupsOf(text: string): readonly bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}
