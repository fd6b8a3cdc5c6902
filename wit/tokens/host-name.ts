/** The host of a `net` token, in the form in which `URL.hostname` shows the host of a request. */

/** RFC 1035's longest name in text form. */
const hostCharactersMax = 253;
const labelPattern = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const octetPattern = /^(?:0|[1-9]\d{0,2})$/;
/** What a URL parser takes for an IPv4 address in decimal, octal or hexadecimal, by its last label. */
const numericPattern = /^(?:\d+|0x[0-9a-f]*)$/;

/** The canonical host, or `undefined` where the text is none. Names beyond ASCII are written in punycode. */
export function canonicalHost(text: string): string | undefined {
  if (text === '*') return text;
  if (text.startsWith('[')) return canonicalIpv6(text);
  // Checked before lowering: the Kelvin sign and its like lower to ASCII letters.
  if (!/^[\x21-\x7e]+$/.test(text)) return undefined;
  const host = text.toLowerCase();
  const labels = host.split('.');
  if (host.length > hostCharactersMax || !labels.every((label) => labelPattern.test(label))) return undefined;
  if (!numericPattern.test(labels.at(-1) ?? '')) return host;
  // Shorthands such as 127.1 or 0x7f.0.0.1 would hide an address from the reader of a diff.
  const plain = labels.length === 4 && labels.every((label) => octetPattern.test(label) && Number(label) <= 255);
  return plain ? host : undefined;
}

function canonicalIpv6(text: string): string | undefined {
  if (!/^\[[0-9A-Fa-f:.]{2,45}\]$/.test(text)) return undefined;
  const url = `http://${text}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
