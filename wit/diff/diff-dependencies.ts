/** The bundles that a bundle needs, before and after: what has to be active beside it. */
import type { Change, Subject } from './change.ts';

/** Ranges by the names of bundles; absent where there are none. */
type Dependencies = Readonly<Record<string, string>> | undefined;

/** What came, went and changed, by name. Whoever calls the bundle only notices where a host lacks what it needs now. */
export function diffDependencies(
  { before = {}, after = {} }: { readonly before: Dependencies; readonly after: Dependencies },
  subject: Subject,
): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name): readonly Change[] => {
    const field = `dependencies.${name}`;
    const left = Object.hasOwn(before, name) ? before[name] : undefined;
    const right = Object.hasOwn(after, name) ? after[name] : undefined;
    if (left === right) return [];
    if (left === undefined)
      return [
        {
          kind: 'dependency-added',
          subject,
          field,
          breaking: 'maybe',
          message: `needs "${name}" ${right}`,
          after: right,
        },
      ];
    if (right === undefined)
      return [
        {
          kind: 'dependency-removed',
          subject,
          field,
          breaking: 'no',
          message: `no longer needs "${name}"`,
          before: left,
        },
      ];
    const message = `needs "${name}" ${right} instead of ${left}`;
    return [{ kind: 'dependency-changed', subject, field, breaking: 'maybe', message, before: left, after: right }];
  });
}
