/**
 * How byte sequences stand in JSON, where there is no type for them.
 *
 * - `abi`: `{"$blob": n}`, an index into the blobs that travel beside the JSON (tool ABI, ICC, gRPC).
 * - `text`: `{"$base64": "…"}`, RFC 4648 §4 with padding (command line, HTTP, WebSocket).
 * - An object of the user's own that has one of the reserved keys stands as `{"$literal": <object>}` in both. Only the keys of
 *   that object are taken as they are; the values under them are encoded like any other.
 */

/** Where bytes go to and come from. The blobs of `abi` are appended to when encoding, and read when decoding. */
export type BlobForm = { readonly kind: 'text' } | { readonly kind: 'abi'; readonly blobs: Uint8Array[] };

/** The form of the command line, of HTTP and of WebSocket. */
export const textForm: BlobForm = { kind: 'text' };

/** The form inside the ABI, ICC and gRPC. The caller owns `blobs`. */
export function abiForm(blobs: Uint8Array[] = []): BlobForm & { readonly kind: 'abi' } {
  return { kind: 'abi', blobs };
}

/** The key of a byte sequence, by form. */
export const blobKeys = { abi: '$blob', text: '$base64' } as const;
/** The key of an escaped object. */
export const literalKey = '$literal';

/** How deep a value may nest, arrays and objects together, escapes aside: recursion over it stays far from any stack's end. */
export const valueDepthMax = 256;

/** Whether a key would be taken for ours. Most keys are told apart by their first character. */
export function isReservedKey(key: string): boolean {
  return key.charCodeAt(0) === 36 && (key === '$blob' || key === '$base64' || key === '$literal');
}
