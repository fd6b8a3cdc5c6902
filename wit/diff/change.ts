/** A difference between two bundles, as data: for a person who upgrades, and for a host that decides whether it may. */
import type { Finding } from '#wit/schema';

/** Whether what worked with the bundle before may no longer work: for its callers, not for its authors. */
export type Breaking = 'yes' | 'no' | 'maybe';

/** The parts of a bundle that have a name of their own. */
export type PartKind = 'tool' | 'agent' | 'team' | 'pipeline';

/** What a change is about. */
export interface Subject {
  readonly kind: 'bundle' | PartKind;
  readonly name: string;
}

/** What happened. */
export type ChangeKind =
  | 'added'
  | 'removed'
  | 'changed'
  | 'input-changed'
  | 'output-changed'
  | 'limit-changed'
  | 'import-added'
  | 'import-removed'
  | 'dependency-added'
  | 'dependency-removed'
  | 'dependency-changed';

/** One difference. */
export interface Change {
  readonly kind: ChangeKind;
  readonly subject: Subject;
  /** The field of the manifest that changed; absent for what was added or removed whole. */
  readonly field?: string;
  readonly breaking: Breaking;
  /** As the rest of a sentence about the subject. */
  readonly message: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of a schema: where values are no longer allowed, certain ones first. */
  readonly findings?: readonly Finding[];
}

/** A token that a part of the bundle asks for, and did not before, or no longer does. */
export interface TokenChange {
  readonly kind: 'token-added' | 'token-removed';
  readonly subject: Subject;
  readonly token: string;
  /** For an added one: a token that the same part had before, and that allows all of this one. */
  readonly coveredBy?: string;
  /** An added one that nothing covered has to be granted before the part works. */
  readonly breaking: Breaking;
  readonly message: string;
}

/** A size that changed, in bytes. */
export interface SizeChange {
  readonly subject: Subject;
  readonly of: 'archive' | 'source' | 'component';
  readonly before: number;
  readonly after: number;
}

/** Everything that differs. */
export interface BundleDiff {
  /** Nothing differs in the manifests, the schemas and the sizes. */
  readonly same: boolean;
  /** The worst of all changes. */
  readonly breaking: Breaking;
  readonly bundle: readonly Change[];
  readonly tools: readonly Change[];
  /** Agents, teams and pipelines. */
  readonly orchestration: readonly Change[];
  readonly tokens: readonly TokenChange[];
  /** Tokens that some part asks for, and that nothing of the bundle before covered; sorted. What an approval is about. */
  readonly newTokens: readonly string[];
  readonly sizes: readonly SizeChange[];
}

/** The worst of several. */
export function worst(all: Iterable<Breaking>): Breaking {
  let found: Breaking = 'no';
  for (const one of all) {
    if (one === 'yes') return one;
    if (one === 'maybe') found = one;
  }
  return found;
}
