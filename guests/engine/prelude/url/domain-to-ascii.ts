/**
 * Stands in for the package tr46, whose mapping tables would be a megabyte of every tool's snapshot: UTS #46 (non-transitional)
 * from the Unicode tables that the engine has anyway.
 *
 * The mapping of UTS #46 is, but for what is listed here, lower case in NFKC without the ignored characters. What it disallows
 * is here what is unassigned, private or a control; the rules for right-to-left labels go by script.
 */
import { decode, encode } from 'punycode/punycode.es6.js';

/** What whatwg-url asks for. */
export interface DomainOptions {
  readonly checkHyphens?: boolean;
  readonly verifyDNSLength?: boolean;
  readonly useSTD3ASCIIRules?: boolean;
}

// oxlint-disable-next-line no-misleading-character-class
const ignored = /[\u00ad\u034f\u180b-\u180d\u180f\u200b\u2060\u2064\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/gu;
const dots = /[\u3002\uff0e\uff61]/gu;
const disallowed =
  // oxlint-disable-next-line no-misleading-character-class
  /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Z}\u061c\u115f\u1160\u17b4\u17b5\u180e\u200e\u200f\u202a-\u202e\u2061-\u2063\u2066-\u206f\u3164\ufff9-\ufffd\uffa0]/u;
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/u;
const arabicDigit = /[\u0660-\u0669\u06dd\u{10d30}-\u{10d39}]/u;
const leftToRight = /[\p{L}]/u;
const virama =
  // oxlint-disable-next-line no-misleading-character-class
  /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua8c4\ua953\ua9c0\uaaf6\uabed]$/u;

/** A domain as DNS has it, or null where it is none. */
export function toASCII(domain: string, options: DomainOptions = {}): string | null {
  const unicode = mapped(domain).split('.').map(decodedLabel);
  const bidi = unicode.some((label) => label !== null && rightToLeft.test(label));
  const labels: string[] = [];
  for (const label of unicode) {
    if (label === null || !isValid(label, bidi, options)) return null;
    labels.push(isAscii(label) ? label : `xn--${encode(label)}`);
  }
  const length = labels.join('.').length;
  const fits = length > 0 && length <= 253 && labels.every((label) => label.length > 0 && label.length <= 63);
  return options.verifyDNSLength && !fits ? null : labels.join('.');
}

/** A domain as people read it. */
export function toUnicode(domain: string): { domain: string; error: boolean } {
  const labels = mapped(domain).split('.').map(decodedLabel);
  return { domain: labels.map((label) => label ?? '').join('.'), error: labels.includes(null) };
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}

/* Characters one by one: in context the engine would make a final sigma of Σ, which UTS #46 does not. */
function mapped(domain: string): string {
  if (isAscii(domain)) return domain.toLowerCase();
  const lower = (text: string): string => Array.from(text, (character) => character.toLowerCase()).join('');
  return lower(
    lower(domain.replace(ignored, '').replace(dots, '.').replaceAll('\u1e9e', 'ß')).normalize('NFKC'),
  ).normalize('NFC');
}

function decodedLabel(label: string): string | null {
  if (!label.startsWith('xn--')) return label;
  try {
    const text = decode(label.slice(4));
    return text === '' || isAscii(text) || text !== mapped(text) ? null : text;
  } catch {
    return null;
  }
}

function isValid(label: string, bidi: boolean, { checkHyphens, useSTD3ASCIIRules }: DomainOptions): boolean {
  if (label === '' || (isAscii(label) && !checkHyphens && !useSTD3ASCIIRules && !bidi))
    return !label.startsWith('xn--');
  if (label.startsWith('xn--') || label.normalize('NFC') !== label || /^\p{M}/u.test(label)) return false;
  // oxlint-disable-next-line no-control-regex
  if (disallowed.test(label.replace(/[\x00-\x7f]/g, ''))) return false;
  if (checkHyphens && (label.startsWith('-') || label.endsWith('-') || label.slice(2, 4) === '--')) return false;
  if (useSTD3ASCIIRules && /[^a-z0-9-\u0080-\u{10ffff}]/u.test(label)) return false;
  return joinersFit(label) && (!bidi || directionsFit(label));
}

/* RFC 5892, appendix A: a joiner follows a virama; a non-joiner may also stand between letters that join. */
function joinersFit(label: string): boolean {
  return label.split(/([\u200c\u200d])/u).every((part, place, parts) => {
    if (part !== '\u200c' && part !== '\u200d') return true;
    const before = parts[place - 1] ?? '';
    if (virama.test(before)) return true;
    const between = rightToLeft.test(before.slice(-1)) && rightToLeft.test((parts[place + 1] ?? '').slice(0, 1));
    return part === '\u200c' && between;
  });
}

/* RFC 5893, section 2: a label reads in one direction, and begins with a letter that has it. */
function directionsFit(label: string): boolean {
  const characters = Array.from(label).filter((character) => !/\p{M}/u.test(character));
  const first = characters[0] ?? '';
  const last = characters.at(-1) ?? '';
  if (rightToLeft.test(first)) {
    const strong = characters.every((character) => rightToLeft.test(character) || !leftToRight.test(character));
    const mixed = arabicDigit.test(label) && /[0-9\u06f0-\u06f9]/u.test(label);
    return strong && !mixed && (rightToLeft.test(last) || /[0-9\u06f0-\u06f9]/u.test(last) || arabicDigit.test(last));
  }
  const endsWell = leftToRight.test(last) || /\p{N}/u.test(last);
  return leftToRight.test(first) && endsWell && !characters.some((character) => rightToLeft.test(character));
}
