/** The host functions of `aria:host` with their types spelled out: what both ends of a connection read and write values by. */
import { type HostPackage, type WitType, loadHostPackage } from '#wit/host-package';

/** A type of the WIT without names. Fields are in camel case, as both sides have them. */
export type ValueType =
  | { readonly kind: 'bool' | 's32' | 'f64' | 'string' | 'blob' }
  | { readonly kind: 'list' | 'option'; readonly of: ValueType }
  | { readonly kind: 'tuple'; readonly of: readonly ValueType[] }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [name: string, type: ValueType])[] }
  | { readonly kind: 'enum'; readonly cases: readonly string[] }
  | { readonly kind: 'variant'; readonly cases: readonly (readonly [name: string, type: ValueType | null])[] };

/** A host function; its place in the list is its number. */
export interface HostSignature {
  /** As `kv.get`. */
  readonly name: string;
  readonly parameters: readonly ValueType[];
  /** Of the completion; `null` where it starts no operation. */
  readonly completion: { readonly ok: ValueType | null; readonly error: ValueType } | null;
}

/** Every host function, by its number. Reads the WIT: an agent is built with the result. */
export function hostSignatures(): readonly HostSignature[] {
  const host = loadHostPackage();
  return host.functions.map(({ interface: scope, name, parameters, completion }) => {
    const spelled = (type: WitType): ValueType => spell(host, scope, type);
    return {
      name: `${scope}.${name}`,
      parameters: parameters.map(({ type }) => spelled(type)),
      completion: completion
        ? { ok: completion.ok ? spelled(completion.ok) : null, error: spelled(completion.err) }
        : null,
    };
  });
}

function spell(host: HostPackage, scope: string, type: WitType): ValueType {
  switch (type.kind) {
    case 'bool':
    case 's32':
    case 'f64':
    case 'string':
      return { kind: type.kind };
    case 'list':
    case 'option':
      return { kind: type.kind, of: spell(host, scope, type.of) };
    case 'tuple':
      return { kind: 'tuple', of: type.of.map((of) => spell(host, scope, of)) };
    case 'named':
      return type.name === 'blob' ? { kind: 'blob' } : spellNamed(host, scope, type.name);
    case 'u8':
    case 'result':
      throw new Error(`Cannot spell out a type of "${scope}": a ${type.kind} crosses nowhere by itself`);
  }
}

function spellNamed(host: HostPackage, scope: string, name: string): ValueType {
  const definition = host.resolve(scope, name);
  switch (definition.kind) {
    case 'alias':
      return spell(host, scope, definition.type);
    case 'enum':
      return { kind: 'enum', cases: definition.cases.map((found) => found.name) };
    case 'record':
      return {
        kind: 'record',
        fields: definition.fields.map((field) => [camelCase(field.name), spell(host, scope, field.type)] as const),
      };
    case 'variant':
      return {
        kind: 'variant',
        cases: definition.cases.map(
          (found) => [found.name, found.type ? spell(host, scope, found.type) : null] as const,
        ),
      };
  }
}

function camelCase(text: string): string {
  return text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
