/** Where a request wants to go, in the one spelling that tokens have: what is checked is what is connected to. */
import { parseToken } from '#wit/tokens';
import { type Destination, requestRefused } from './errors.ts';
import { targetCharactersMax } from './limits.ts';

/** The destination of a request in absolute form, and what the server there is asked for. */
export interface AbsoluteTarget extends Destination {
  /** With the query; begins with a slash. */
  readonly path: string;
}

const printable = /^[\x21-\x7e]*$/;
const connectRemedy = 'Send "CONNECT host:port"';
const absoluteRemedy = 'Ask for the whole URL, as "GET http://host/path", and use CONNECT for https';

/** Of `CONNECT host:port`. @throws {CodedError} `REQUEST_INVALID`. */
export function connectTarget(text: string): Destination {
  const found = authorityOf(text);
  if (found?.port === undefined) throw requestRefused('the target is not host:port', connectRemedy);
  return { host: found.host, port: found.port };
}

/** Of `GET http://host/path`. @throws {CodedError} `REQUEST_INVALID`. */
export function absoluteTarget(text: string): AbsoluteTarget {
  const [, authority, rest = ''] = /^http:\/\/([^/?#]*)([^#]*)$/i.exec(text) ?? [];
  const found = authority === undefined || !printable.test(rest) ? undefined : authorityOf(authority);
  if (found === undefined) throw requestRefused('the target is no absolute URL of http', absoluteRemedy);
  return { host: found.host, port: found.port ?? 80, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** How `host` is sent to the server of a destination. */
export function authorityText({ host, port }: Destination): string {
  return port === 80 ? host : `${host}:${port}`;
}

function authorityOf(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  if (text.length > targetCharactersMax) return undefined;
  const [, written = '', digits] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{0,5}))?$/.exec(text) ?? [];
  const host = canonicalHost(written);
  if (host === undefined) return undefined;
  if (digits === undefined || digits === '') return { host, port: undefined };
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/**
 * The host as a URL parser sees it: lower case, punycode, every odd form of an IPv4 address as four decimal numbers, IPv6 compressed; without the dot at the
 * end, which changes how a name is searched for and not what it is.
 */
function canonicalHost(written: string): string | undefined {
  const decoded = utf8Of(written);
  // What would end the host within a URL, or begin another part of it.
  if (decoded === undefined || /[/?#@\\\s\p{Cc}]/u.test(decoded)) return undefined;
  const url = `http://${decoded}/`;
  if (!URL.canParse(url)) return undefined;
  const host = new URL(url).hostname.replace(/\.$/, '');
  if (host === '*') return undefined;
  try {
    const token = parseToken(`net:${host}:1`);
    return token.kind === 'net' ? token.host : undefined;
  } catch {
    return undefined;
  }
}

/** Node gives the bytes of a target one by one, as characters. */
function utf8Of(text: string): string | undefined {
  if (printable.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return undefined;
  }
}
