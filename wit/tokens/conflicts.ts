/**
 * Which tokens may not be held at the same time by different holders. `x` is held for a whole call, the others for one operation.
 *
 * | overlapping | r | append | rw | x |
 * |---|---|---|---|---|
 * | r | no | no | yes | yes |
 * | append | no | no | yes | yes |
 * | rw | yes | yes | yes | yes |
 * | x | yes | yes | yes | yes |
 *
 * Additions never change what is there, so they disturb neither readers nor each other. Kinds without these modes (`net`,
 * `llm`, `gpu`, `tool`, `agent`, `spawn`) are quotas or calls and never conflict.
 */
import { scopeCovers } from './covers.ts';
import type { Token } from './token.ts';

/** Whether two tokens exclude each other: overlapping scopes of one kind, and a mode that writes over or is exclusive. */
export function conflicts(left: Token, right: Token): boolean {
  if (left.kind !== right.kind || !('mode' in left) || !('mode' in right)) return false;
  if (!isAlone(left.mode) && !isAlone(right.mode)) return false;
  // Scopes of the kinds with such modes are trees or single names: they are nested or apart, never partly shared.
  return scopeCovers(left, right) || scopeCovers(right, left);
}

function isAlone(mode: string): boolean {
  return mode === 'rw' || mode === 'x';
}
