/**
 * Where a list goes on. A token says which query it belongs to and behind which component to go on, and nothing that a swap could make wrong: what
 * is there before and after a swap comes exactly once, unless its rank in a search has changed.
 */
import { type ComponentKind, type ComponentQuery, componentKinds } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import type { ComponentKey } from './active-component.ts';
import { queryInvalid } from './errors.ts';
import { queryLimits } from './limits.ts';

/** The last component of a page; `score` where it was searched for. */
export interface PagePlace {
  readonly key: ComponentKey;
  readonly score: number | undefined;
}

/** The token of a place in the answer to a query. */
export function printPageToken(query: ComponentQuery, { key, score }: PagePlace): string {
  const value = [fingerprint(query), key.name, key.kind, key.bundle, ...(score === undefined ? [] : [score])];
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @throws {CodedError} `REQUEST_INVALID` for what this query has not given. */
export function parsePageToken(query: ComponentQuery, token: string): PagePlace {
  const place = token.length <= queryLimits.tokenCharactersMax ? placeOf(query, token) : undefined;
  if (!place) throw queryInvalid('the page token is not one of this query', 'Begin again without a page token');
  return place;
}

function placeOf(query: ComponentQuery, token: string): PagePlace | undefined {
  const value = valueOf(token);
  if (!Array.isArray(value)) return undefined;
  const [, name, kind, bundle, score] = value as readonly unknown[];
  const searched = searchedText(query) !== undefined;
  if (value.length !== (searched ? 5 : 4)) return undefined;
  if (typeof name !== 'string' || typeof bundle !== 'string' || !isKind(kind)) return undefined;
  if (searched && !(typeof score === 'number' && Number.isFinite(score))) return undefined;
  const place = { key: { name, kind, bundle }, score: typeof score === 'number' ? score : undefined };
  // One spelling only: that of another query, and what base64 or JSON would forgive, are refused.
  return printPageToken(query, place) === token ? place : undefined;
}

function valueOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isKind(value: unknown): value is ComponentKind {
  return componentKinds.some((kind) => kind === value);
}

/** The text to search for, if there is one. */
export function searchedText({ text }: ComponentQuery): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** Tells queries apart; the size of a page is none of it. */
function fingerprint(query: ComponentQuery): string {
  const { kind = null, bundle = null } = query;
  return hashBytes(Buffer.from(JSON.stringify([kind, bundle, searchedText(query) ?? null]))).slice(0, 16);
}
