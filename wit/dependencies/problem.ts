/** What keeps versions from fitting together, as data and as an error. */
import { CodedError } from '#wit/errors';
import { type DependencyNode, treeText } from './tree.ts';

/** The codes of what is wrong between bundles. */
export type DependencyCode = 'BUNDLE_DEPENDENCY_MISSING' | 'BUNDLE_DEPENDENCY_CONFLICT' | 'BUNDLE_DEPENDENCY_CYCLE';

/** Why bundles do not fit together. */
export interface DependencyProblem {
  readonly code: DependencyCode;
  /** The bundle that is missing, that the ranges differ about, or that the circle begins with. */
  readonly name: string;
  /** As the rest of a sentence: "Cannot …: <state>". */
  readonly state: string;
  /** An imperative that the reader can carry out now. */
  readonly remedy: string;
  /** Who needs what, with the problem at its place. */
  readonly tree: DependencyNode;
}

/** The error of a problem; the tree is in its details, as data and as text. `action`: what it keeps from happening. */
export function dependencyError({ code, name, state, remedy, tree }: DependencyProblem, action: string): CodedError {
  return new CodedError(code, {
    message: `Cannot ${action}: ${state}`,
    remedy,
    details: { name, tree, treeText: treeText(tree) },
  });
}

/** Versions that a message lists; the rest is counted. */
const versionsShownMax = 5;

/** "there are 2.1.0, 2.0.0 and 3 more"; the newest first. */
export function versionsText(versions: readonly string[]): string {
  const shown = versions.slice(0, versionsShownMax);
  const more = versions.length - shown.length;
  return `there ${versions.length === 1 ? 'is' : 'are'} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
