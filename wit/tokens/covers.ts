/** Whether what was granted allows what is wanted: a partial order, so that grants can be compared and narrowed. */
import { collectionCovers, nameCovers, namespaceCovers } from './scopes.ts';
import type { AccessMode, Token } from './token.ts';

/** What each mode includes. `append` does not include `r`: a tool may add to what it must not see. */
const modesCovered: Readonly<Record<AccessMode, readonly AccessMode[]>> = {
  r: ['r'],
  append: ['append'],
  rw: ['r', 'append', 'rw'],
  x: ['r', 'append', 'rw', 'x'],
};

/** Whether a granted token allows all that a wanted one asks for: same kind, a scope within its scope, a mode within its mode. */
export function covers(granted: Token, wanted: Token): boolean {
  if (granted.kind !== wanted.kind) return false;
  if ('mode' in granted && 'mode' in wanted && !modeCovers(granted.mode, wanted.mode)) return false;
  return scopeCovers(granted, wanted);
}

function modeCovers(granted: string, wanted: string): boolean {
  if (granted === wanted) return true;
  const covered: readonly string[] = isAccessMode(granted) ? modesCovered[granted] : [];
  return covered.includes(wanted);
}

function isAccessMode(mode: string): mode is AccessMode {
  return Object.hasOwn(modesCovered, mode);
}

/** Whether the scope of `wanted` lies within that of `granted`; modes aside. */
export function scopeCovers(granted: Token, wanted: Token): boolean {
  switch (granted.kind) {
    case 'kv':
      return wanted.kind === 'kv' && namespaceCovers(granted.namespace, wanted.namespace);
    case 'vector':
      return wanted.kind === 'vector' && collectionCovers(granted.collection, wanted.collection);
    case 'fs':
      return wanted.kind === 'fs' && nameCovers(granted.root, wanted.root);
    case 'net':
      return wanted.kind === 'net' && nameCovers(granted.host, wanted.host) && nameCovers(granted.port, wanted.port);
    case 'llm':
      return (
        wanted.kind === 'llm' &&
        nameCovers(granted.provider, wanted.provider) &&
        nameCovers(granted.model, wanted.model)
      );
    case 'gpu':
      return wanted.kind === 'gpu' && nameCovers(granted.device, wanted.device, 'any');
    case 'tool':
    case 'agent':
      return wanted.kind === granted.kind && nameCovers(granted.name, wanted.name);
    case 'context':
    case 'spawn':
      return wanted.kind === granted.kind;
  }
}
