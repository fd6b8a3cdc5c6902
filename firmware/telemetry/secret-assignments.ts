/** Secrets that the name before them gives away, in text: `password=…`, `"api_key": "…"`, `Authorization: …`, `token%3D…`. */
import { isPublicName, isSecretName, looksRandom } from './secret-names.ts';
import { redacted } from './secret-values.ts';

const nameCharactersMax = 64;
/** Texts without one of these name no secret. */
const hint = /pass|pwd|pw|secret|token|auth|cookie|credential|key|bearer|jwt|mnemonic|pin|otp|cv[vc]|ssn|psk/i;
/** What comes between a name and its value. */
const separators = /%3[dDaA]|[=:]/g;
/** Of a tool; they name what it may touch and open nothing. */
const capability = /^(?:kv|vector|fs|net|llm|gpu|tool|agent|context|spawn):/;
/** Values of several words: they go on up to the end of the line. */
const wholeLine = /authorization|cookie|passphrase|mnemonic|credential/i;

/** The text without what stands behind the name of a secret, and without random texts behind any name. */
export function cleanAssignments(text: string): string {
  const named = hint.test(text);
  let cleaned = '';
  let copied = 0;
  for (const match of text.matchAll(separators)) {
    if (match.index < copied) continue;
    const value = valueAt(text, match.index, match[0].length);
    if (value === undefined || text.startsWith(redacted, value.start)) continue;
    const { name, quoted } = nameBefore(text, match.index);
    const end = secretEnd({ text, name, quoted, value, separator: match[0], named });
    if (end === undefined || end <= value.start) continue;
    cleaned += text.slice(copied, value.start) + redacted;
    copied = end;
  }
  return copied === 0 ? text : cleaned + text.slice(copied);
}

interface Value {
  readonly start: number;
  /** With the backslashes before it, as it closes. */
  readonly quote: string;
  readonly spaced: boolean;
}

function isNameCharacter(character: string): boolean {
  return /[A-Za-z0-9_.-]/.test(character);
}

/** The last word before a place, with the one before that where only a space is between ("api key"). */
function nameBefore(text: string, at: number): { readonly name: string; readonly quoted: boolean } {
  let end = at;
  while (end > 0 && at - end < 8 && /[\s"'`\\\]]/.test(text[end - 1] ?? '')) end -= 1;
  const quoted = /["'`]/.test(text.slice(end, at));
  let start = end;
  while (start > 0 && end - start < nameCharactersMax && isNameCharacter(text[start - 1] ?? '')) start -= 1;
  if (text[start - 1] === ' ' && isNameCharacter(text[start - 2] ?? '')) {
    start -= 1;
    while (start > 0 && end - start < nameCharactersMax && isNameCharacter(text[start - 1] ?? '')) start -= 1;
  }
  return { name: text.slice(start, end), quoted };
}

/** Where the value begins behind a separator; absent at the end of the text. */
function valueAt(text: string, at: number, length: number): Value | undefined {
  let start = at + length;
  while (start - at < 6 && /[=:>]/.test(text[start] ?? '')) start += 1;
  const spaces = /^\s{0,16}/.exec(text.slice(start, start + 16))?.[0].length ?? 0;
  start += spaces;
  const quote = /^\\{0,8}["'`]/.exec(text.slice(start, start + 9))?.[0] ?? '';
  start += quote.length;
  return start < text.length ? { start, quote, spaced: spaces > 0 } : undefined;
}

function secretEnd({
  text,
  name,
  quoted,
  value,
  separator,
  named,
}: {
  readonly text: string;
  readonly name: string;
  readonly quoted: boolean;
  readonly value: Value;
  readonly separator: string;
  readonly named: boolean;
}): number | undefined {
  if (name === '') return undefined;
  if (!named || !isSecretName(name)) return isPublicName(name) ? undefined : randomEnd(text, value.start);
  const head = text.slice(value.start, value.start + 32);
  if (capability.test(head)) return undefined;
  if (value.quote !== '') return closing(text, value);
  // A nested value of JSON: where it ends is not worth finding out.
  if (quoted && /^[{[]/.test(head)) return text.length;
  if (quoted && /^(?:true|false|null)\b/.test(head)) return undefined;
  if (separator === ':' && value.spaced && isProse(head)) return undefined;
  return value.start + lengthUpTo(text, value.start, wholeLine.test(name) ? /[\r\n"]|\\n/g : /[\s"'`]|\\["'n]/g);
}

/** "Cannot check the password: it is wrong". */
function isProse(head: string): boolean {
  return /^[a-z]{1,14}[.,;:]?(?:\s|$)/.test(head) && !/^(?:basic|bearer|digest|negotiate)\s/.test(head);
}

/** Behind the value in quotes; the end of the text where they do not close. */
function closing(text: string, { start, quote }: Value): number {
  const character = quote.slice(-1);
  const backslashes = quote.length - 1;
  for (let at = text.indexOf(character, start); at !== -1; at = text.indexOf(character, at + 1)) {
    let before = 0;
    while (before < 9 && text[at - 1 - before] === '\\' && at - 1 - before >= start) before += 1;
    // Escaped once more than the opening one: a character of the value.
    if (backslashes === 0 ? before % 2 === 0 : before <= backslashes) return at - Math.min(before, backslashes);
  }
  return text.length;
}

/** No separator is in what is looked at, so that no character is looked at twice. */
function randomEnd(text: string, start: number): number | undefined {
  const end = start + lengthUpTo(text, start, /[^A-Za-z0-9+/_.~-]/g);
  return looksRandom(text.slice(start, end)) ? end : undefined;
}

/** Characters from a place to the first that fits; the expression is global. */
function lengthUpTo(text: string, start: number, stop: RegExp): number {
  stop.lastIndex = start;
  return (stop.exec(text)?.index ?? text.length) - start;
}
