/** A filter of esbuild's plugins for exactly the given paths, so that no other file costs a message between the processes. */
export function pathFilter(paths: readonly string[]): RegExp {
  const escaped = paths.map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^(?:${escaped.join('|')})$`);
}
