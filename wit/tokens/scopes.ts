/** The forms of scopes, and which scope lies within which. */
import { nameCharactersMax, scopeCharactersMax } from './token.ts';

const part = '[A-Za-z0-9_-]+';
const namespacePattern = new RegExp(`^(?:${part}(?:\\.${part})*(?:\\.\\*)?|\\*)$`);
const collectionPattern = new RegExp(`^(?:${part}(?:[.:]${part})*(?:[.:]\\*)?|\\*)$`);
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const callablePattern = /^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/)?[A-Za-z0-9][A-Za-z0-9_-]*$/;
const modelPattern = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/;

/** Whether a text is a namespace: parts of letters, digits, `_` and `-`, joined by dots; the last may be `*`. */
export function isNamespace(text: string): boolean {
  return text.length <= scopeCharactersMax && namespacePattern.test(text);
}

/** Whether a text is a collection: as a namespace, joined by dots or colons. */
export function isCollection(text: string): boolean {
  return text.length <= scopeCharactersMax && collectionPattern.test(text);
}

/** Whether a text is the name of a root, provider or device, or `*`. */
export function isScopeName(text: string): boolean {
  return text === '*' || (text.length <= nameCharactersMax && namePattern.test(text));
}

/**
 * Whether a text is the name of a tool or an agent, `bundle/name` for one of another bundle, or `*` for all of them. The two spellings
 * never cover each other, so that leave to call one bundle's tool is none to call another's of the same name.
 */
export function isCallableName(text: string): boolean {
  return (
    text === '*' || (callablePattern.test(text) && text.split('/').every((part) => part.length <= nameCharactersMax))
  );
}

/** Whether a text is the name of a model, or `*`. */
export function isModel(text: string): boolean {
  return text === '*' || (text.length <= scopeCharactersMax && modelPattern.test(text));
}

/** `orders` covers itself and all below; `orders.*` all below; `*` everything. */
export function namespaceCovers(granted: string, wanted: string): boolean {
  if (granted === wanted) return true;
  return granted.endsWith('*') ? wanted.startsWith(granted.slice(0, -1)) : wanted.startsWith(`${granted}.`);
}

/** A collection covers itself; with a last part `*`, whatever begins with what is before it. */
export function collectionCovers(granted: string, wanted: string): boolean {
  return granted === wanted || (granted.endsWith('*') && wanted.startsWith(granted.slice(0, -1)));
}

/** A name covers itself, the wildcard everything. */
export function nameCovers(granted: string | number, wanted: string | number, wildcard = '*'): boolean {
  return granted === wanted || granted === wildcard;
}
