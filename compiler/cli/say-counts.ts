/** Numbers of things, as people say them. */

/** "1 tool", "2 tools". */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
