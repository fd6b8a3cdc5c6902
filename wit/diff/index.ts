/** What differs between two bundles, and what that means to those who call them: for `arc inspect --diff`, and for a host's upgrades. */
export {
  type Breaking,
  type BundleDiff,
  type Change,
  type ChangeKind,
  type PartKind,
  type SizeChange,
  type Subject,
  type TokenChange,
} from './change.ts';
export { type DiffedBundle, diffBundles } from './diff-bundles.ts';
export { diffedBundle } from './diffed-bundle.ts';
