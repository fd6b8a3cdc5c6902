/** What can be wrong with the text of a token. */
import { CodedError } from '#wit/errors';
import { nearestName } from './nearest-name.ts';
import { type TokenKind, tokenCharactersMax, tokenForms, tokenKinds } from './token.ts';

/** How much of a refused text a message repeats. */
const quotedCharactersMax = 80;

/** @returns the text in quotes, with control characters escaped, cut where it is long. */
function quote(text: string): string {
  return JSON.stringify(text.length <= quotedCharactersMax ? text : `${text.slice(0, quotedCharactersMax)}…`);
}

function tokenInvalid(text: string, state: string, remedy: string): CodedError {
  return new CodedError('TOKEN_INVALID', { message: `Cannot read the token ${quote(text)}: ${state}`, remedy });
}

/** The text is longer than any token. */
export function tokenTooLong(text: string): CodedError {
  const state = `it has ${text.length} characters, at most ${tokenCharactersMax} are allowed`;
  return tokenInvalid(text, state, 'Shorten its scope');
}

/** The part before the first colon is no kind. */
export function tokenKindUnknown(text: string, kind: string): CodedError {
  const nearest = nearestName(kind, tokenKinds);
  const hint =
    nearest === undefined
      ? `Use one of ${tokenKinds.join(', ')}`
      : `Did you mean "${nearest}"? Write it as ${tokenForms[nearest]}`;
  return tokenInvalid(text, kind === '' ? 'it has no kind' : `there is no kind ${quote(kind)}`, hint);
}

/** The kind is known, but a part is missing. */
export function tokenPartMissing(text: string, kind: TokenKind, part: string): CodedError {
  return tokenInvalid(text, `its ${part} is missing`, `Write it as ${tokenForms[kind]}`);
}

/** The kind does not know the mode. */
export function tokenModeUnknown(
  text: string,
  kind: TokenKind,
  refused: { mode: string; modes: readonly string[] },
): CodedError {
  const nearest = nearestName(refused.mode, refused.modes);
  const hint = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  return tokenInvalid(text, `"${kind}" has no mode ${quote(refused.mode)}`, `${hint}Write it as ${tokenForms[kind]}`);
}

/** A scope is not of the form that its kind wants. */
export function tokenScopeInvalid(text: string, part: { name: string; value: string; expected: string }): CodedError {
  return tokenInvalid(
    text,
    `its ${part.name} ${quote(part.value)} is malformed`,
    `Write ${part.name} as ${part.expected}`,
  );
}
