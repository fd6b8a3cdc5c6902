/** JSON pointers (RFC 6901), part by part. */

/** The part of a pointer for a key, with its slash. */
export function pointerPart(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a pointer in a `$ref` names, which is percent-encoded part by part, as validators read it; `undefined` where it is not. */
export function fragmentKeys(pointer: string): readonly string[] | undefined {
  try {
    return pointer
      .split('/')
      .slice(1)
      .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch {
    return undefined;
  }
}

/** The keys that a pointer names, from the root; none for the empty pointer. */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
