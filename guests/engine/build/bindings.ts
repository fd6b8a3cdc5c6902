/**
 * Writes `bindings.h`: for every host function its import, a shim with its flat signature, and a description of its types that
 * `values.c` interprets. Layouts follow the canonical ABI of the component model.
 */
import { type HostPackage, type WitType, loadHostPackage } from '#wit/host-package';

interface Layout {
  /** The C name of the description. */
  readonly name: string;
  readonly size: number;
  readonly align: number;
  /** Core types of the flat form. */
  readonly flat: readonly ('i' | 'd')[];
}

interface Member {
  readonly label: string;
  readonly type: Layout | undefined;
}

/** What a description is made of. */
interface Description extends Omit<Layout, 'name'> {
  readonly kind: string;
  readonly members?: readonly Member[];
  readonly offsets?: readonly number[];
}

function roundUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

function camel(text: string): string {
  return text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

class Descriptions {
  readonly #host: HostPackage;
  readonly #known = new Map<string, Layout>();
  readonly lines: string[] = [];

  constructor(host: HostPackage) {
    this.#host = host;
  }

  /** The layout of a type as it is used in an interface. */
  of(scope: string, type: WitType): Layout {
    const key = `${scope}|${JSON.stringify(type)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.#make(scope, type);
    this.#known.set(key, made);
    return made;
  }

  #make(scope: string, type: WitType): Layout {
    switch (type.kind) {
      case 'bool':
        return this.#add({ kind: 'BOOL', size: 1, align: 1, flat: ['i'] });
      case 's32':
        return this.#add({ kind: 'S32', size: 4, align: 4, flat: ['i'] });
      case 'f64':
        return this.#add({ kind: 'F64', size: 8, align: 8, flat: ['d'] });
      case 'string':
        return this.#add({ kind: 'STRING', size: 8, align: 4, flat: ['i', 'i'] });
      case 'u8':
        throw new Error('Cannot describe u8: bytes travel as blobs');
      case 'list':
        return this.#add({
          kind: 'LIST',
          size: 8,
          align: 4,
          flat: ['i', 'i'],
          members: [{ label: '', type: this.of(scope, type.of) }],
        });
      case 'option':
        return this.#variant('OPTION', [
          { label: 'none', type: undefined },
          { label: 'some', type: this.of(scope, type.of) },
        ]);
      case 'result':
        return this.#variant('RESULT', [
          { label: 'ok', type: type.ok && this.of(scope, type.ok) },
          { label: 'err', type: type.err && this.of(scope, type.err) },
        ]);
      case 'tuple':
        return this.#record(
          'TUPLE',
          type.of.map((of) => ({ label: '', type: this.of(scope, of) })),
        );
      case 'named':
        return this.#named(scope, type.name);
    }
  }

  #named(scope: string, name: string): Layout {
    if (name === 'blob') return this.#add({ kind: 'BLOB', size: 4, align: 4, flat: ['i'] });
    if (name === 'operation') return this.#add({ kind: 'S32', size: 4, align: 4, flat: ['i'] });
    const definition = this.#host.resolve(scope, name);
    switch (definition.kind) {
      case 'alias':
        return this.of(scope, definition.type);
      case 'record':
        return this.#record(
          'RECORD',
          definition.fields.map((field) => ({ label: camel(field.name), type: this.of(scope, field.type) })),
        );
      case 'enum':
        return this.#add({
          kind: 'ENUM',
          size: 1,
          align: 1,
          flat: ['i'],
          members: definition.cases.map((found) => ({ label: found.name, type: undefined })),
        });
      case 'variant':
        return this.#variant(
          'VARIANT',
          definition.cases.map((found) => ({ label: found.name, type: found.type && this.of(scope, found.type) })),
        );
    }
  }

  #record(kind: string, members: readonly Member[]): Layout {
    let offset = 0;
    let align = 1;
    const offsets = members.map(({ type }) => {
      if (!type) throw new Error('Cannot describe a record with an empty field');
      offset = roundUp(offset, type.align);
      align = Math.max(align, type.align);
      const at = offset;
      offset += type.size;
      return at;
    });
    return this.#add({
      kind,
      size: roundUp(offset, align),
      align,
      flat: members.flatMap(({ type }) => type?.flat ?? []),
      members,
      offsets,
    });
  }

  #variant(kind: string, members: readonly Member[]): Layout {
    if (members.length > 256) throw new Error('Cannot describe more than 256 cases');
    const align = Math.max(1, ...members.map(({ type }) => type?.align ?? 1));
    const size = Math.max(0, ...members.map(({ type }) => type?.size ?? 0));
    const payload = roundUp(1, align);
    // Only options are lowered flat (checked where arguments are written), so that joined payloads never mix types.
    const flat = members.reduce<readonly ('i' | 'd')[]>(
      (longest, { type }) => ((type?.flat.length ?? 0) > longest.length ? (type?.flat ?? []) : longest),
      [],
    );
    return this.#add({
      kind,
      size: roundUp(payload + size, align),
      align,
      flat: ['i', ...flat],
      members,
      offsets: members.map(() => payload),
    });
  }

  #add({ kind, size, align, flat, members = [], offsets = [] }: Description): Layout {
    const name = `type_${this.lines.length}`;
    const fields = members
      .map(({ label, type }, index) => `{ "${label}", ${type ? `&${type.name}` : '0'}, ${offsets[index] ?? 0} }`)
      .join(', ');
    const doubles = flat.reduce((mask, core, index) => (core === 'd' ? mask | (1 << index) : mask), 0);
    this.lines.push(
      `${members.length > 0 ? `static const Member members_${this.lines.length}[] = { ${fields} };\n` : ''}static const Type ${name} = { ${kind}, ${size}, ${align}, ${flat.length}, ${doubles}, ${members.length}, ${members.length > 0 ? `members_${this.lines.length}` : '0'} };`,
    );
    return { name, size, align, flat };
  }
}

/** The whole text of `bindings.h`. */
export function bindingsText(): string {
  const host = loadHostPackage();
  const types = new Descriptions(host);
  const imports: string[] = [];
  const functions = host.functions.map((found) => {
    const id = `${found.interface}_${camel(found.name)}`;
    const module = `aria:host/${found.interface}@0.1.0`;
    const parameters = found.parameters.map((parameter) => types.of(found.interface, parameter.type));
    const flat = parameters.flatMap((layout) => layout.flat);
    // Beyond 16 the canonical ABI spills parameters to memory, which the shims do not do.
    if (flat.length > 16)
      throw new Error(`Cannot bind ${id}: it has ${flat.length} flat parameters, at most 16 are possible`);
    const declared = flat.map((core) => (core === 'd' ? 'double' : 'int32_t')).join(', ') || 'void';
    const passed = flat.map((core, index) => `s[${index}].${core}`).join(', ');
    const result = found.completion ? 'int32_t' : 'void';
    imports.push(`IMPORT("${module}", "${found.name}") ${result} import_${id}(${declared});`);
    imports.push(
      `static int32_t start_${id}(const Slot *s) { (void)s; ${found.completion ? 'return ' : ''}import_${id}(${passed});${found.completion ? '' : ' return 0;'} }`,
    );
    if (found.completion) {
      imports.push(`IMPORT("${module}", "complete-${found.name}") void complete_${id}(int32_t, void *);`);
    }
    const parameterList = parameters.length > 0 ? `parameters_${id}` : '0';
    if (parameters.length > 0)
      imports.push(
        `static const Type *const parameters_${id}[] = { ${parameters.map(({ name }) => `&${name}`).join(', ')} };`,
      );
    const completed =
      found.completion &&
      types.of(found.interface, { kind: 'result', ok: found.completion.ok, err: found.completion.err });
    // The area that complete_operation of native.c has for it.
    if (completed && completed.size > 256)
      throw new Error(`Cannot bind ${id}: its completion takes ${completed.size} bytes, at most 256 are possible`);
    const { interfaces } = host;
    const number = interfaces.findIndex(({ name }) => name === found.interface);
    return `  { "${found.interface}.${found.name}", ${number}, ${parameters.length}, ${parameterList}, start_${id}, ${completed ? `complete_${id}` : '0'}, ${completed ? `&${completed.name}` : '0'} },`;
  });
  return `/* Generated from wit/host by guests/engine/build/bindings.ts; never committed. */
${types.lines.join('\n')}

${imports.join('\n')}

static const char *const interface_names[] = { ${host.interfaces.map(({ name }) => `"${name}"`).join(', ')} };
#define INTERFACE_COUNT ${host.interfaces.length}

static const Function functions[] = {
${functions.join('\n')}
};
#define FUNCTION_COUNT ${functions.length}
`;
}
