/**
 * Decides who comes in.
 * - Every way in has a principal of its own name: owner and group of the socket, tokens, minted tokens, certificates.
 * - A token that is shown decides, wherever it is shown: a wrong one is refused, even on the owner's socket.
 * - All tokens are compared by their hashes, all of them, whichever fits.
 */
import { hash as hashOnce, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { tokenPath } from '#wit/api';
import type { HostConfig } from '../config/host-config.ts';
import type { Access, Credentials, MintedToken } from './access.ts';
import { accessTokenRefused, failuresExceeded, rateLimited, secretFileRefused, unauthenticated } from './errors.ts';
import { type AccessClock, MintedTokens } from './minted-tokens.ts';
import type { Principal } from './principal.ts';
import { RequestRate } from './request-rate.ts';
import { openSecretFile, readSecretFile, replaceSecretFile } from './secret-file.ts';

/** Bytes of a token and of the key of minted ones: what nobody guesses. */
const secretBytes = 32;
/** Shortest token of the configuration, in characters: 128 bits of base64. */
const tokenCharactersMin = 22;
/** Longest `authorization`, in characters. */
const authorizationCharactersMax = 2048;
/** Wrong tokens that an address may send: a person who mistypes does not notice, and whoever guesses gets nowhere. */
const failureRate = { perSecond: 0.5, burst: 20, clientsMax: 4096 } as const;
/** Clients whose rate is remembered. */
const clientsMax = 4096;
/** Names that stand for something else than a token. */
const ownNames: ReadonlySet<string> = new Set(['admin', 'owner', 'group']);

/** What access needs. */
export interface AccessSetting {
  /** `$ARIA_HOME`, which exists. */
  readonly home: string;
  readonly config: Pick<HostConfig, 'accessTokens' | 'socketGroup' | 'tls' | 'limits'>;
  readonly clock: AccessClock;
  /** So many random bytes. */
  readonly random: (count: number) => Uint8Array;
}

/**
 * Reads the tokens; makes the administrator's and the key of minted ones at the first boot.
 * @throws {CodedError} `CONFIG_INVALID` for a file that others may read, that belongs to somebody else, or that holds no token; `IO_FAILED`.
 */
export async function openAccess({ home, config, clock, random }: AccessSetting): Promise<Access> {
  const make = (): string => Buffer.from(random(secretBytes)).toString('base64url');
  const keyPath = join(home, 'token-key');
  const admin = await openSecretFile(tokenPath(home), make);
  requireLength(tokenPath(home), admin);
  const entries: Entry[] = [{ hash: hashOf(admin), principal: { name: 'admin', role: 'admin' } }];
  for (const token of config.accessTokens) entries.push(await readEntry(token, entries));
  const minted = new MintedTokens(keyOf(keyPath, await openSecretFile(keyPath, make)), clock, random);
  return new HostAccess({ config, clock, entries, minted, keyPath, make });
}

interface Entry {
  readonly hash: Buffer;
  readonly principal: Principal;
}

interface HostAccessSetting {
  readonly config: AccessSetting['config'];
  readonly clock: AccessClock;
  readonly entries: readonly Entry[];
  readonly minted: MintedTokens;
  readonly keyPath: string;
  readonly make: () => string;
}

class HostAccess implements Access {
  readonly #setting: HostAccessSetting;
  readonly #requests: RequestRate;
  readonly #failures = new RequestRate(failureRate);

  constructor(setting: HostAccessSetting) {
    this.#setting = setting;
    const { requestsPerSecond, requestsBurst } = setting.config.limits;
    this.#requests = new RequestRate({ perSecond: requestsPerSecond, burst: requestsBurst, clientsMax });
  }

  authenticate(credentials: Credentials): Principal {
    const { authorization, certificateName, via, address } = credentials;
    const principal =
      authorization === undefined ? this.#withoutToken(via, certificateName) : this.#byToken(bearerOf(authorization));
    if (principal !== undefined) return principal;
    const retryAfterMs = this.#failures.take(addressKey(address), this.#setting.clock.monotonicMs());
    throw retryAfterMs === 0 ? unauthenticated() : failuresExceeded(retryAfterMs);
  }

  admit({ name }: Principal): void {
    const retryAfterMs = this.#requests.take(name, this.#setting.clock.monotonicMs());
    if (retryAfterMs !== 0) throw rateLimited(name, retryAfterMs);
  }

  mint(wanted: Parameters<Access['mint']>[0]): MintedToken {
    return this.#setting.minted.mint(wanted);
  }

  async revokeMinted(): Promise<void> {
    const { keyPath, make, minted } = this.#setting;
    const secret = make();
    await replaceSecretFile(keyPath, secret);
    minted.useKey(keyOf(keyPath, secret));
  }

  #byToken(token: string): Principal | undefined {
    const { entries, minted } = this.#setting;
    const hash = hashOf(token);
    let found: Principal | undefined;
    for (const entry of entries) if (timingSafeEqual(entry.hash, hash)) found = entry.principal;
    // Whoever shows a token that fits learns nothing by the time that it takes.
    return found ?? minted.verify(token);
  }

  #withoutToken(via: Credentials['via'], certificateName: string | undefined): Principal | undefined {
    const { socketGroup, tls } = this.#setting.config;
    // The kernel lets in the owner and the group, and nobody tells us which of them it was: with a group, all are what the group is.
    if (via === 'unix') {
      return socketGroup === undefined ? { name: 'owner', role: 'admin' } : { name: 'group', role: 'operator' };
    }
    const role = certificateName === undefined ? undefined : tls?.clientRoles.get(certificateName);
    return role === undefined ? undefined : { name: `certificate:${certificateName}`, role };
  }
}

async function readEntry(
  { name, role, file }: HostConfig['accessTokens'][number],
  before: readonly Entry[],
): Promise<Entry> {
  if (ownNames.has(name) || name.includes(':'))
    throw accessTokenRefused(name, 'the name is one of the host itself, or has a colon');
  if (before.some((entry) => entry.principal.name === name)) throw accessTokenRefused(name, 'the name is there twice');
  const token = await readSecretFile(file);
  if (token === undefined) {
    const remedy = `Run "umask 077; openssl rand -hex 32 > ${file}"`;
    throw secretFileRefused(file, 'there is no such file', remedy);
  }
  requireLength(file, token);
  const hash = hashOf(token);
  const twin = before.find((entry) => timingSafeEqual(entry.hash, hash));
  if (twin !== undefined) throw accessTokenRefused(name, `"${twin.principal.name}" has the same token`);
  return { hash, principal: { name, role } };
}

function requireLength(path: string, token: string): void {
  if (token.length >= tokenCharactersMin && token.length <= authorizationCharactersMax / 2) return;
  const state = `it holds ${token.length} characters, and a token has ${tokenCharactersMin} to ${authorizationCharactersMax / 2}`;
  throw secretFileRefused(path, state, `Run "umask 077; openssl rand -hex 32 > ${path}"`);
}

function keyOf(path: string, secret: string): Uint8Array {
  const key = Buffer.from(secret, 'base64url');
  if (key.length >= secretBytes) return key;
  throw secretFileRefused(path, `it holds fewer than ${secretBytes} bytes`, 'Remove it to have it made anew');
}

/** The token of the header; a text that fits none where there is no token. */
function bearerOf(authorization: string): string {
  if (authorization.length > authorizationCharactersMax) return '';
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1] ?? '';
}

function hashOf(text: string): Buffer {
  return hashOnce('sha256', text, 'buffer');
}

/** Whoever has one address of IPv6 has all of its /64. */
function addressKey(address: string | undefined): string {
  if (address === undefined || !isIPv6(address) || address.startsWith('::ffff:')) return address ?? 'unknown';
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const front = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - front.length - (tail === '' ? 0 : tail.split(':').length);
  const groups = [...front, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return groups.slice(0, 4).join(':');
}
