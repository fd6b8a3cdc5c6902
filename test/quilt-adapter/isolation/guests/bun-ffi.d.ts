/** What guests use of Bun's own modules; the types of the rest are Node's. */
declare module 'bun:ffi' {
  type Type = 'i32' | 'i64' | 'ptr';
  type Value = number | bigint | Uint8Array;
  export function dlopen(
    library: string,
    symbols: Readonly<Record<string, { readonly args: readonly Type[]; readonly returns: Type }>>,
  ): { readonly symbols: Readonly<Record<string, (...values: readonly Value[]) => number | bigint>> };
  export function CFunction(signature: {
    readonly ptr: number;
    readonly args: readonly Type[];
    readonly returns: Type;
  }): (...values: readonly Value[]) => number | bigint;
  export function ptr(view: Uint8Array): number;
  export function toArrayBuffer(pointer: number, offset: number, length: number): ArrayBuffer;
  export const read: { i32(pointer: number, offset: number): number };
}
