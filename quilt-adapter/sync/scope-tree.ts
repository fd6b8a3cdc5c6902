/** The scopes that are held or waited for, as trees: one for namespaces, one for collections, one for roots. */
import type { Token } from '#wit/tokens';
import { idleScopesMax } from './limits.ts';
import { type Demand, type Hold, type Lock, type ScopeNode, overlaps } from './records.ts';
import { RankedQueue } from './ranked-queue.ts';

const wildcard = '*';

/** Every scope of one kind. A scope is made when it is first named, and forgotten some time after it is idle. */
class KindTree {
  readonly #nodes = new Map<string, ScopeNode>();
  readonly #wider: (scope: string) => readonly string[];

  constructor(wider: (scope: string) => readonly string[]) {
    this.#wider = wider;
  }

  get size(): number {
    return this.#nodes.size;
  }

  at(scope: string): ScopeNode {
    const known = this.#nodes.get(scope);
    if (known !== undefined) return known;
    let above: ScopeNode | undefined;
    for (const key of this.#wider(scope)) above = this.#nodes.get(key) ?? this.#make(key, above);
    return this.#make(scope, above);
  }

  #make(scope: string, above: ScopeNode | undefined): ScopeNode {
    const chain: ScopeNode[] = above === undefined ? [] : [...above.chain];
    const node = newNode(chain);
    chain.push(node);
    above?.children.add(node);
    this.#nodes.set(scope, node);
    return node;
  }

  forgetIdle(): void {
    for (const [scope, node] of this.#nodes) {
      const { heldAlone, heldShared, belowAlone, belowShared, waitingHere, waitingBelow } = node;
      if (heldAlone + heldShared + belowAlone + belowShared + waitingHere + waitingBelow > 0) continue;
      // Nothing below it is busy either, so that its whole branch goes.
      node.chain.at(-2)?.children.delete(node);
      this.#nodes.delete(scope);
    }
  }
}

function newNode(chain: readonly ScopeNode[]): ScopeNode {
  return {
    chain,
    depth: chain.length,
    children: new Set(),
    holds: [],
    heldAlone: 0,
    heldShared: 0,
    belowAlone: 0,
    belowShared: 0,
    waitingHere: 0,
    waitingBelow: 0,
    aloneQueue: undefined,
    sharedQueue: undefined,
    specials: new Set(),
  };
}

/** The scopes that cover a namespace, widest first: `a.b` is covered by `*`, `a` and `a.*`. */
function widerNamespaces(namespace: string): readonly string[] {
  const wider = namespace === wildcard ? [] : [wildcard];
  for (let dot = namespace.indexOf('.'); dot >= 0; dot = namespace.indexOf('.', dot + 1)) {
    const above = namespace.slice(0, dot);
    wider.push(above);
    if (`${above}.${wildcard}` !== namespace) wider.push(`${above}.${wildcard}`);
  }
  return wider;
}

/** A collection names itself only, so that nothing but `*` after a separator covers it. */
function widerCollections(collection: string): readonly string[] {
  const wider = collection === wildcard ? [] : [wildcard];
  for (let at = 0; at < collection.length; at += 1) {
    if (collection[at] !== ':' && collection[at] !== '.') continue;
    const above = `${collection.slice(0, at + 1)}${wildcard}`;
    if (above !== collection) wider.push(above);
  }
  return wider;
}

function widerRoots(root: string): readonly string[] {
  return root === wildcard ? [] : [wildcard];
}

/** Every scope that can be held. */
export class ScopeTree {
  readonly #kv = new KindTree(widerNamespaces);
  readonly #vector = new KindTree(widerCollections);
  readonly #fs = new KindTree(widerRoots);
  #kept = idleScopesMax;

  /** What a token locks; nothing where its kind or its modes never exclude each other. */
  lockOf(token: Token): Lock | undefined {
    switch (token.kind) {
      case 'kv':
        return { node: this.#kv.at(token.namespace), alone: isAlone(token.mode), token };
      case 'vector':
        return { node: this.#vector.at(token.collection), alone: isAlone(token.mode), token };
      case 'fs':
        return { node: this.#fs.at(token.root), alone: isAlone(token.mode), token };
      default:
        return undefined;
    }
  }

  /** Forgets idle scopes where there are many. Only between requests, since a request keeps the scopes that it has found. */
  tidy(): void {
    if (this.#size() <= this.#kept) return;
    for (const tree of [this.#kv, this.#vector, this.#fs]) tree.forgetIdle();
    this.#kept = Math.max(idleScopesMax, this.#size() * 2);
  }

  #size(): number {
    return this.#kv.size + this.#vector.size + this.#fs.size;
  }
}

function isAlone(mode: string): boolean {
  return mode === 'rw' || mode === 'x';
}

/** Counts a hold at its scope and above. */
export function addHold(hold: Hold): void {
  const { node, alone } = hold;
  hold.index = node.holds.length;
  node.holds.push(hold);
  count(node, alone, 1);
}

/** Takes a hold away again. */
export function removeHold(hold: Hold): void {
  const { holds } = hold.node;
  const last = holds.pop();
  if (last !== undefined && last !== hold) {
    last.index = hold.index;
    holds[hold.index] = last;
  }
  count(hold.node, hold.alone, -1);
}

function count({ chain, depth }: ScopeNode, alone: boolean, by: number): void {
  for (let at = 0; at <= depth; at += 1) {
    const node = chain[at];
    if (node === undefined) continue;
    if (at < depth && alone) node.belowAlone += by;
    else if (at < depth) node.belowShared += by;
    else if (alone) node.heldAlone += by;
    else node.heldShared += by;
  }
}

/** How many holds stand against a lock, those of its own line included. */
export function heldAgainst({ node, alone }: Lock): number {
  let found = node.heldAlone + node.belowAlone;
  if (alone) found += node.heldShared + node.belowShared;
  const { chain, depth } = node;
  for (let at = 0; at < depth; at += 1) {
    const above = chain[at];
    if (above !== undefined) found += alone ? above.heldAlone + above.heldShared : above.heldAlone;
  }
  return found;
}

/** Counts a request that waits at a scope and above, and gives it the queue. */
export function queueAt(lock: Lock): RankedQueue<Demand> {
  const { node } = lock;
  countWaiting(node, 1);
  if (lock.alone) return (node.aloneQueue ??= new RankedQueue());
  return (node.sharedQueue ??= new RankedQueue());
}

/** A request no longer waits at a scope. */
export function countWaiting(node: ScopeNode, by: number): void {
  for (const above of node.chain) if (above !== node) above.waitingBelow += by;
  node.waitingHere += by;
}

/** Every hold that stands against a lock. */
export function* holdsAgainst(lock: Lock): Generator<Hold> {
  for (const node of lock.node.chain) yield* ofNode(node, lock.alone);
  if (lock.node.belowAlone + (lock.alone ? lock.node.belowShared : 0) === 0) return;
  for (const child of lock.node.children) yield* below(child, lock.alone);
}

function* ofNode(node: ScopeNode, alone: boolean): Generator<Hold> {
  if (node.heldAlone === 0 && !alone) return;
  for (const hold of node.holds) if (alone || hold.alone) yield hold;
}

function* below(node: ScopeNode, alone: boolean): Generator<Hold> {
  const any = node.heldAlone + node.belowAlone + (alone ? node.heldShared + node.belowShared : 0);
  if (any === 0) return;
  yield* ofNode(node, alone);
  for (const child of node.children) yield* below(child, alone);
}

/** The scopes for which somebody waits and that have something in common with this one. */
export function* waitedAround(node: ScopeNode): Generator<ScopeNode> {
  for (const above of node.chain) if (above.waitingHere > 0) yield above;
  if (node.waitingBelow > 0) yield* waitedBelow(node);
}

function* waitedBelow(node: ScopeNode): Generator<ScopeNode> {
  for (const child of node.children) {
    if (child.waitingHere > 0) yield child;
    if (child.waitingBelow > 0) yield* waitedBelow(child);
  }
}

/** Whether anybody waits for a scope that has something in common with this one. */
export function isWaitedAround({ chain, waitingBelow }: ScopeNode): boolean {
  if (waitingBelow > 0) return true;
  for (const above of chain) if (above.waitingHere > 0) return true;
  return false;
}

/** Whether everybody for whom the inner lock would be in the way finds the outer one in the way as well. */
export function isWithin(inner: Lock, outer: Lock): boolean {
  return outer.node.depth <= inner.node.depth && overlaps(outer.node, inner.node) && (outer.alone || !inner.alone);
}
