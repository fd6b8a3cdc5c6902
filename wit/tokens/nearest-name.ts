/** Finds the known name that a mistyped one most likely meant. */

/** Names further away than this are no help. */
const distanceMax = 3;
/** Longer texts are not compared: no known name is near them, and the comparison is quadratic. */
const charactersMax = 32;

/** The nearest of `known` by edit distance, letter case aside; `undefined` if none is near or `text` is longer than all help. */
export function nearestName<Name extends string>(text: string, known: readonly Name[]): Name | undefined {
  if (text.length === 0 || text.length > charactersMax) return undefined;
  let nearest: Name | undefined;
  let best = Infinity;
  for (const name of known) {
    const distance = editDistance(text.toLowerCase(), name.toLowerCase());
    const allowed = Math.min(distanceMax, Math.ceil(Math.max(name.length, text.length) / 2));
    if (distance < best && distance <= allowed && distance < Math.max(name.length, text.length)) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let index = 1; index <= left.length; index += 1) {
    const next = [index];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (left[index - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
