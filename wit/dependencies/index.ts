/** Bundles that need others: ranges, the choice of versions, and whether a version goes with those that are active. */
export { type BundleFacts, type ForeignReference, type ReferredKind, checkActive } from './check-active.ts';
export { type DependencyCode, type DependencyProblem, dependencyError } from './problem.ts';
export { compareVersions, isPrerelease, isVersion, rangeCharactersMax, rangeFits, rangeProblem } from './ranges.ts';
export {
  type AvailableVersion,
  type Resolution,
  type ResolutionRequest,
  resolutionMaxima,
  resolveDependencies,
} from './resolve.ts';
export { type DependencyNode, treeText } from './tree.ts';
