/** Reads the text of a token: `kind:scope:mode`, where scopes may hold colons (collections, models, IPv6 in brackets). */
import { tokenKindUnknown, tokenModeUnknown, tokenPartMissing, tokenScopeInvalid, tokenTooLong } from './errors.ts';
import { canonicalHost } from './host-name.ts';
import { isCallableName, isCollection, isModel, isNamespace, isScopeName } from './scopes.ts';
import { type AccessMode, type Token, type TokenKind, tokenCharactersMax, tokenKinds } from './token.ts';

const accessModes: readonly AccessMode[] = ['r', 'append', 'rw', 'x'];
const namespaceForm =
  'parts of letters, digits, _ and -, joined by dots, the last one may be *; at most 128 characters';
const collectionForm =
  'parts of letters, digits, _ and -, joined by colons or dots, the last one may be *; at most 128 characters';
const nameForm = 'a letter or digit, then letters, digits, _ and -, or * for any; at most 64 characters';
const callableForm = `${nameForm}; bundle/name for one of another bundle`;
const modelForm = 'letters, digits and ._:/@+-, or * for any; at most 128 characters';
const hostForm = 'a name in ASCII, an IPv4 address of four decimal numbers, an IPv6 address in brackets, or * for any';

/** What is left of a token once its kind is known. */
interface Parts {
  readonly text: string;
  readonly kind: TokenKind;
  readonly rest: string;
}

/**
 * Reads a token; the result is canonical, so that `printToken` gives its one spelling.
 * @throws {CodedError} `TOKEN_INVALID`, naming what is wrong.
 */
export function parseToken(text: string): Token {
  if (text.length > tokenCharactersMax) throw tokenTooLong(text);
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const kind = tokenKinds.find((known) => known === name);
  if (kind === undefined) throw tokenKindUnknown(text, name);
  if (colon < 0 || colon === text.length - 1) throw tokenPartMissing(text, kind, 'scope');
  return parseRest({ text, kind, rest: text.slice(colon + 1) });
}

function parseRest(parts: Parts): Token {
  const { kind } = parts;
  switch (kind) {
    case 'kv': {
      const { scope, mode } = scopeAndMode(parts, accessModes);
      return {
        kind,
        namespace: checked(parts, 'namespace', scope, { test: isNamespace, expected: namespaceForm }),
        mode,
      };
    }
    case 'vector': {
      const { scope, mode } = scopeAndMode(parts, accessModes);
      return {
        kind,
        collection: checked(parts, 'collection', scope, { test: isCollection, expected: collectionForm }),
        mode,
      };
    }
    case 'fs': {
      const { scope, mode } = scopeAndMode(parts, ['r', 'rw']);
      return { kind, root: checked(parts, 'root', scope, { test: isScopeName, expected: nameForm }), mode };
    }
    case 'net':
      return parseNet(parts);
    case 'llm':
      return parseLlm(parts);
    case 'gpu': {
      const { scope, mode } = scopeAndMode(parts, ['compute']);
      return {
        kind,
        device: checked(parts, 'device', scope, { test: isDevice, expected: '"any", or the name of a device' }),
        mode,
      };
    }
    case 'tool':
    case 'agent': {
      const { scope, mode } = scopeAndMode(parts, ['call']);
      return { kind, name: checked(parts, 'name', scope, { test: isCallableName, expected: callableForm }), mode };
    }
    case 'context': {
      const { scope, mode } = scopeAndMode(parts, ['r', 'append']);
      checked(parts, 'scope', scope, { test: (value) => value === 'session', expected: '"session"' });
      return { kind, scope: 'session', mode };
    }
    case 'spawn': {
      const { scope, mode } = scopeAndMode(parts, ['exec']);
      checked(parts, 'scope', scope, { test: (value) => value === 'self', expected: '"self"' });
      return { kind, scope: 'self', mode };
    }
  }
}

/** A device is never `*`: its wildcard is `any`. */
function isDevice(text: string): boolean {
  return text !== '*' && isScopeName(text);
}

/** Splits at the last colon, since scopes may hold colons and modes do not. */
function scopeAndMode<Mode extends string>(
  { text, kind, rest }: Parts,
  modes: readonly Mode[],
): { scope: string; mode: Mode } {
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || colon === rest.length - 1) throw tokenPartMissing(text, kind, 'mode');
  const written = rest.slice(colon + 1);
  const mode = modes.find((known) => known === written);
  if (mode === undefined) throw tokenModeUnknown(text, kind, { mode: written, modes });
  if (colon === 0) throw tokenPartMissing(text, kind, 'scope');
  return { scope: rest.slice(0, colon), mode };
}

function checked(
  { text }: Parts,
  name: string,
  value: string,
  { test, expected }: { test: (value: string) => boolean; expected: string },
): string {
  if (!test(value)) throw tokenScopeInvalid(text, { name, value, expected });
  return value;
}

function parseNet(parts: Parts): Token {
  const { text, kind, rest } = parts;
  const colon = rest.startsWith('[') ? rest.indexOf(':', rest.indexOf(']')) : rest.indexOf(':');
  if (colon === 0) throw tokenPartMissing(text, kind, 'host');
  if (colon < 0 || colon === rest.length - 1) throw tokenPartMissing(text, kind, 'port');
  const written = rest.slice(0, colon);
  const host = canonicalHost(written);
  if (host === undefined) throw tokenScopeInvalid(text, { name: 'host', value: written, expected: hostForm });
  const port = rest.slice(colon + 1);
  checked(parts, 'port', port, {
    test: isPort,
    expected: 'a number from 1 to 65535, or * for any; an IPv6 host in brackets',
  });
  return { kind: 'net', host, port: port === '*' ? port : Number(port) };
}

function isPort(text: string): boolean {
  return text === '*' || (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535);
}

function parseLlm(parts: Parts): Token {
  const { text, kind, rest } = parts;
  const colon = rest.indexOf(':');
  if (colon === 0) throw tokenPartMissing(text, kind, 'provider');
  if (colon < 0 || colon === rest.length - 1) throw tokenPartMissing(text, kind, 'model');
  const model = checked(parts, 'model', rest.slice(colon + 1), { test: isModel, expected: modelForm });
  const provider = checked(parts, 'provider', rest.slice(0, colon), { test: isScopeName, expected: nameForm });
  if (provider === '*' && model !== '*') {
    throw tokenScopeInvalid(text, { name: 'provider', value: provider, expected: 'a name where the model is not *' });
  }
  return { kind: 'llm', provider, model };
}
