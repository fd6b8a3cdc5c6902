/** What a line of work may hold and wait for: scopes of tokens, and units of quotas that are held. */
import { type Token, conflicts, covers, printToken } from '#wit/tokens';
import type { Quota } from '../scheduler.ts';

/** One of them. */
export type Resource =
  | { readonly kind: 'scope'; readonly text: string; readonly token: Token }
  | {
      readonly kind: 'unit';
      readonly text: string;
      readonly quota: string;
      readonly max: number;
      /** The tokens that count. */
      readonly tokens: readonly Token[];
    };

/** A token's scope; only of kinds that exclude each other. */
export function scopeOf(token: Token): Resource {
  return { kind: 'scope', text: printToken(token), token };
}

/** Units that a holder of these tokens holds. A rate is used up and never held, so that nobody waits for whoever used it. */
export function unitsOf(tokens: readonly Token[], quotas: readonly Quota[]): readonly Resource[] {
  return quotas.flatMap(({ name, covers: wide, rule }): readonly Resource[] => {
    const counted = tokens.filter((token) => covers(wide, token));
    if (rule.kind === 'rate' || counted.length === 0) return [];
    return [{ kind: 'unit', text: `quota ${name}`, quota: name, max: rule.max, tokens: counted }];
  });
}

/** What is in each other's way has the same first part of its scope, or one of them is for every scope of its kind: `wide` names those. */
export function placeOf(resource: Resource): {
  readonly place: string;
  readonly wide: string;
  readonly isWide: boolean;
} {
  const text = resource.kind === 'unit' ? `unit:${resource.quota}` : resource.text;
  const start = text.indexOf(':') + 1;
  const wide = `${text.slice(0, start)}*`;
  if (resource.kind === 'unit') return { place: text, wide, isWide: false };
  const [first = ''] = text.slice(start).split(/[.:]/u, 1);
  return { place: `${text.slice(0, start)}${first}`, wide, isWide: first.includes('*') };
}

/** Whether one that is wanted may have to wait because of one that is held. */
export function mayWaitFor(wanted: Resource, held: Resource): boolean {
  if (wanted.kind === 'unit') return held.kind === 'unit' && wanted.quota === held.quota;
  return held.kind === 'scope' && conflicts(wanted.token, held.token);
}

/** Whether two cannot be held at the same time by two lines of work. `nested`: quotas whose units a call may share with others, by way of its caller. */
export function excludesOther(left: Resource, right: Resource, nested: ReadonlySet<string>): boolean {
  return mayWaitFor(left, right) && !(left.kind === 'unit' && (left.max > 1 || nested.has(left.quota)));
}

/** Whether nobody else can be in the way of what is wanted, because of what the line itself holds. */
export function isCovered(wanted: Resource, held: Resource): boolean {
  if (wanted.kind === 'unit') return held.kind === 'unit' && wanted.quota === held.quota;
  if (held.kind !== 'scope' || !covers(alone(held.token), alone(wanted.token))) return false;
  return isAlone(held.token) || !isAlone(wanted.token);
}

function isAlone(token: Token): boolean {
  return 'mode' in token && (token.mode === 'rw' || token.mode === 'x');
}

/** The same scope in the strongest mode, so that only scopes are compared. */
function alone(token: Token): Token {
  if (token.kind === 'kv' || token.kind === 'vector') return { ...token, mode: 'x' };
  return token.kind === 'fs' ? { ...token, mode: 'rw' } : token;
}

/** The same without those that another one of them covers, in the order of their texts. */
export function withoutCovered(resources: Iterable<Resource>): readonly Resource[] {
  const byText = new Map([...resources].map((resource) => [resource.text, resource]));
  const all = [...byText.values()].toSorted((left, right) => (left.text < right.text ? -1 : 1));
  return all.filter(
    (one, at) =>
      !all.some((other, place) => other !== one && isCovered(one, other) && (!isCovered(other, one) || place < at)),
  );
}
