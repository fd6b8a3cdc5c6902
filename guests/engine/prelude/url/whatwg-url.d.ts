/** The parts of whatwg-url that are used: the package has no types of its own. */
declare module 'whatwg-url/lib/url-state-machine.js' {
  /** https://url.spec.whatwg.org/#concept-url */
  export interface UrlRecord {
    readonly scheme: string;
    username: string;
    password: string;
    readonly host: string | number | readonly number[] | null;
    port: number | null;
    path: string | string[];
    query: string | null;
    fragment: string | null;
  }
  export function basicURLParse(
    input: string,
    options?: { readonly baseURL?: UrlRecord | null; readonly url?: UrlRecord; readonly stateOverride?: string },
  ): UrlRecord | null;
  export function serializeURL(url: UrlRecord): string;
  export function serializePath(url: UrlRecord): string;
  export function serializeURLOrigin(url: UrlRecord): string;
  export function serializeHost(host: NonNullable<UrlRecord['host']>): string;
  export function setTheUsername(url: UrlRecord, username: string): void;
  export function setThePassword(url: UrlRecord, password: string): void;
  export function cannotHaveAUsernamePasswordPort(url: UrlRecord): boolean;
  export function hasAnOpaquePath(url: UrlRecord): boolean;
}
declare module 'whatwg-url/lib/urlencoded.js' {
  export function parseUrlencodedString(text: string): [string, string][];
  export function serializeUrlencoded(pairs: readonly (readonly [string, string])[]): string;
}
declare module 'punycode/punycode.es6.js' {
  export function encode(text: string): string;
  export function decode(text: string): string;
}
