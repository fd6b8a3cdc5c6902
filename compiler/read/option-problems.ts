/** What can be wrong with an option of a decorator, in the words that all of them share. */
import type { ts } from './typescript.js';
import { nearestName } from '#wit/tokens';
import type { ReadScope } from './read-scope.ts';

/** Says that there is no such option, and which one is near. */
export function reportUnknown(
  decorator: string,
  name: string,
  key: ts.Node,
  { known, scope }: { readonly known: readonly string[]; readonly scope: ReadScope },
): void {
  const nearest = nearestName(name, known);
  scope.report(key, {
    code: 'OPTION_UNKNOWN',
    message: `Cannot read the options of ${decorator}: it has no "${name}"`,
    remedy: nearest === undefined ? `Remove it; the options are ${known.join(', ')}` : `Write ${nearest}`,
  });
}

/** Says that a value is not written out. */
export function reportDynamic(
  what: string,
  { node, why }: { readonly node: ts.Node; readonly why: string },
  scope: ReadScope,
): void {
  scope.report(node, {
    code: 'OPTION_NOT_STATIC',
    message: `Cannot read ${what}: ${why}`,
    remedy: 'Write the value out, or refer to a const of this project that does',
  });
}

/** Says that a value is of another kind. */
export function reportType(
  what: string,
  node: ts.Node,
  { noun, example }: { readonly noun: string; readonly example: string },
  scope: ReadScope,
): void {
  scope.report(node, {
    code: 'OPTION_TYPE_INVALID',
    message: `Cannot read ${what}: it has to be ${noun}`,
    remedy: `Write ${noun}, such as ${example}`,
  });
}
