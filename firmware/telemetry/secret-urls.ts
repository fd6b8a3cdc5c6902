/** Credentials in URLs and in connection strings. */
import { redacted } from './secret-values.ts';

/** Whoever writes a longer one is not logging an address. */
const charactersMax = 1024;
const segmentEnd = /[\s"'`<>]/;
/** `user:password@host` without a scheme; a version behind `@` is no host. */
const bare =
  /(?<![\w.+-])[\w.+-]{1,64}:[^\s:@/"'`<>]{1,128}@(?=(?:[A-Za-z][\w-]{0,63}(?:\.[\w-]{1,63}){1,8}|localhost|\d{1,3}(?:\.\d{1,3}){3})(?![\w.])|(?:tcp|unix)\(|\[[0-9a-fA-F:.]{2,45}\])/g;

/** The text with `[redacted]` in the place of everything between `://` and `@`. */
export function cleanUrls(text: string): string {
  if (!text.includes('@')) return text;
  return cleanWithScheme(text).replaceAll(bare, `${redacted}@`);
}

function cleanWithScheme(text: string): string {
  let cleaned = '';
  let copied = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const begin = at + 3;
    if (begin < copied) continue;
    const length = userInfoLength(text.slice(begin, begin + charactersMax));
    if (length === 0) continue;
    cleaned += text.slice(copied, begin) + redacted;
    copied = begin + length;
  }
  return copied === 0 ? text : cleaned + text.slice(copied);
}

/** Characters before the `@` that ends them; 0 where there are none. */
function userInfoLength(rest: string): number {
  const end = rest.search(segmentEnd);
  const segment = end === -1 ? rest : rest.slice(0, end);
  const slash = segment.search(/[/?#]/);
  const authority = slash === -1 ? segment : segment.slice(0, slash);
  const inAuthority = authority.lastIndexOf('@');
  if (inAuthority !== -1) return inAuthority;
  // A password with a slash that nobody escaped. A port is no password.
  const colon = authority.indexOf(':');
  if (colon === -1 || /^\d{1,5}$/.test(authority.slice(colon + 1)) || authority.startsWith('[')) return 0;
  return Math.max(0, segment.lastIndexOf('@'));
}
