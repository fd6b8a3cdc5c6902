/**
 * Keeps pages of others out. Whoever browses on this machine runs programs of strangers that can send requests to it; none of them may be taken.
 * - The Host header names the server by a name of the list. A name of a stranger that points here (DNS rebinding) is not on it.
 * - The Origin header, which a page cannot choose, is on the list or absent.
 * - Without an Origin, `Sec-Fetch-Site` says `same-origin` or `none`. `same-site` is not enough: every port of localhost is one site.
 * A bearer token is needed all the same, and no page has it: there are no cookies, and none is ever in a URL.
 */
import { hostRefused, originRefused } from './errors.ts';

/** What a browser says, whether a page wants it or not. */
export interface BrowserHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/** The lists. */
export interface BrowserPolicySetting {
  /** `name`, for any port that leads here, or `name:port`. */
  readonly hosts: readonly string[];
  /** `scheme://name[:port]`. */
  readonly origins: readonly string[];
  /** As bound. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

/** Judges requests by what browsers say of themselves. */
export class BrowserPolicy {
  readonly #hosts: ReadonlySet<string>;
  readonly #own: ReadonlySet<string>;
  readonly #foreign: ReadonlySet<string>;

  constructor({ hosts, origins, port, scheme }: BrowserPolicySetting) {
    const named = ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${port}`);
    const given = hosts
      .map((host) => host.toLowerCase())
      .flatMap((host) => (hasPort(host) ? [host] : [host, `${host}:${port}`]));
    this.#hosts = new Set([...named, ...given]);
    // A proxy in front may speak TLS for the names of the configuration.
    this.#own = new Set([
      ...[...this.#hosts].map((host) => `${scheme}://${host}`),
      ...given.map((host) => `https://${host}`),
    ]);
    this.#foreign = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /** Refuses a name that is not one of the server. @throws {CodedError} `ORIGIN_REFUSED`. */
  requireHost({ host }: BrowserHeaders): void {
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) throw hostRefused(host ?? '');
  }

  /**
   * Refuses what a page of somebody else may have sent.
   * @returns the origin of the configuration that has to be told that it may read the answer, if it is one.
   * @throws {CodedError} `ORIGIN_REFUSED`.
   */
  judgeOrigin({ origin, fetchSite }: BrowserHeaders): string | undefined {
    if (origin !== undefined) {
      const named = origin.toLowerCase();
      if (this.#own.has(named)) return undefined;
      if (this.#foreign.has(named)) return origin;
      throw originRefused(origin);
    }
    if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none')
      throw originRefused(`another site (sec-fetch-site: ${fetchSite})`);
    return undefined;
  }
}

function hasPort(host: string): boolean {
  return /:\d+$/.test(host) && !/^[0-9a-f]*:[0-9a-f:]*$/.test(host);
}
