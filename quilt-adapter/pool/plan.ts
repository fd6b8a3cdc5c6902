/** Which kinds may keep how many ready, where there is not room for all that they would like. */

/** What a kind would like. */
export interface Wish {
  readonly key: string;
  readonly target: number;
  readonly bytes: number;
  readonly seenAtMs: number;
}

/**
 * Shares a budget: everybody gets a first one before anybody gets a second, the kinds that were wanted last first. Nobody gets more than it
 * wishes, and all together never more than the budget or `itemsMax`.
 */
export function planSizes(
  wishes: readonly Wish[],
  { budgetBytes, itemsMax }: { readonly budgetBytes: number; readonly itemsMax: number },
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  let bytesLeft = budgetBytes;
  let itemsLeft = itemsMax;
  let open = wishes.toSorted((left, right) => right.seenAtMs - left.seenAtMs || (left.key < right.key ? -1 : 1));
  for (let level = 1; open.length > 0; level += 1) {
    open = open.filter((wish) => {
      if (wish.target < level || wish.bytes > bytesLeft || itemsLeft === 0) return false;
      bytesLeft -= wish.bytes;
      itemsLeft -= 1;
      sizes.set(wish.key, level);
      return true;
    });
  }
  return sizes;
}
