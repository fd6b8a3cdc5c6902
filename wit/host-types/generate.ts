/** Writes `generated.ts`: the types of every host function, its number, and the error code of every variant case. */
import {
  type HostFunction,
  type HostPackage,
  type WitDefinition,
  type WitInterface,
  type WitType,
  loadHostPackage,
} from '#wit/host-package';
import { type ErrorCode, errorCodes, isErrorCode } from '#wit/errors';

function pascal(text: string): string {
  return text.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}

function camel(text: string): string {
  return text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `blob` is the place's own: an index in arguments, bytes in completions. */
function typeText(host: HostPackage, scope: string, type: WitType, blob: string): string {
  const inner = (of: WitType): string => typeText(host, scope, of, blob);
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 's32':
    case 'f64':
    case 'u8':
      return 'number';
    case 'string':
      return 'string';
    case 'list':
      return type.of.kind === 'u8' ? 'Uint8Array' : `readonly ${bracketed(inner(type.of))}[]`;
    case 'option':
      return `${inner(type.of)} | undefined`;
    case 'tuple':
      return `readonly [${type.of.map(inner).join(', ')}]`;
    case 'result':
      throw new Error('Cannot write a nested result');
    case 'named':
      return type.name === 'blob'
        ? blob
        : type.name === 'operation'
          ? 'number'
          : definitionName(host, scope, type.name, blob);
  }
}

function bracketed(text: string): string {
  return /[|]|^readonly/.test(text) ? `(${text})` : text;
}

function holdsBlob(host: HostPackage, scope: string, definition: WitDefinition): boolean {
  const inType = (type: WitType): boolean => {
    if (type.kind === 'named')
      return (
        type.name === 'blob' || (type.name !== 'operation' && holdsBlob(host, scope, host.resolve(scope, type.name)))
      );
    if (type.kind === 'list' || type.kind === 'option') return inType(type.of);
    return type.kind === 'tuple' && type.of.some(inType);
  };
  switch (definition.kind) {
    case 'record':
      return definition.fields.some((field) => inType(field.type));
    case 'alias':
      return inType(definition.type);
    case 'variant':
    case 'enum':
      return definition.cases.some((found) => found.type && inType(found.type));
  }
}

function definitionName(host: HostPackage, scope: string, name: string, blob: string): string {
  const definition = host.resolve(scope, name);
  const shared = host.interfaces.find((found) => found.name === 'types')?.definitions.includes(definition);
  // `kv-error` of `kv` stays KvError, `page` becomes KvPage.
  const prefix = shared || name.startsWith(scope) || name === scope.replace(/s$/, '') ? '' : pascal(scope);
  const generic = holdsBlob(host, scope, definition) ? `<${blob}>` : '';
  return `${prefix}${pascal(name)}${generic}`;
}

function docsText(docs: string, indent = ''): string {
  return docs === '' ? '' : `${indent}/** ${docs.replaceAll('\n', `\n${indent} * `)} */\n`;
}

function definitionText(host: HostPackage, scope: string, definition: WitDefinition): string {
  const name = definitionName(host, scope, definition.name, 'Blob');
  const type = (of: WitType): string => typeText(host, scope, of, 'Blob');
  const head = docsText(definition.docs);
  switch (definition.kind) {
    case 'alias':
      return '';
    case 'record':
      return `${head}export interface ${name} {\n${definition.fields
        .map(
          (field) =>
            `${docsText(field.docs, '  ')}  readonly ${camel(field.name)}${field.type.kind === 'option' ? '?' : ''}: ${type(field.type)};\n`,
        )
        .join('')}}\n`;
    case 'enum':
      return `${head}export type ${name} = ${definition.cases.map((found) => `'${found.name}'`).join(' | ')};\n`;
    case 'variant':
      return `${head}export type ${name} =\n${definition.cases
        .map(
          (found) =>
            `${docsText(found.docs, '  ')}  | { readonly tag: '${found.name}'${found.type ? `; readonly val: ${type(found.type)}` : ''} }`,
        )
        .join('\n')};\n`;
  }
}

function operationText(host: HostPackage, { interface: scope, name, parameters, completion }: HostFunction): string {
  if (!completion) return '';
  const args = parameters
    .map((parameter) => `${camel(parameter.name)}: ${typeText(host, scope, parameter.type, 'number')}`)
    .join(', ');
  const ok = completion.ok ? typeText(host, scope, completion.ok, 'Uint8Array') : 'undefined';
  const err = typeText(host, scope, completion.err, 'Uint8Array');
  return `  readonly '${scope}.${name}': { readonly args: readonly [${args}]; readonly value: ${ok}; readonly error: ${err} };\n`;
}

/** Codes end the doc comment of their case. */
function errorCases(found: WitInterface): readonly { readonly name: string; readonly code: ErrorCode }[] {
  const variant = found.definitions.find(({ name, kind }) => kind === 'variant' && name.endsWith('-error'));
  if (variant?.kind !== 'variant') return [];
  return variant.cases.map(({ name, docs }) => {
    const code = /`([A-Z_]+)`\.?\s*$/.exec(docs)?.[1];
    if (!code || !isErrorCode(code))
      throw new Error(`Cannot read the code of "${found.name}.${name}": its doc comment does not end with one`);
    return { name, code };
  });
}

function errorTable(found: WitInterface): string {
  const cases = errorCases(found).map(({ name, code }) => `'${name}': '${code}'`);
  return cases.length === 0 ? '' : `  ${found.name}: { ${cases.join(', ')} },\n`;
}

function retryableCodes(host: HostPackage): readonly ErrorCode[] {
  const codes = new Set(host.interfaces.flatMap((found) => errorCases(found).map(({ code }) => code)));
  return [...codes].filter((code) => errorCodes[code].retryable).toSorted();
}

/** The whole text of `generated.ts`. */
export function generateHostTypes(): string {
  const host = loadHostPackage();
  const hosts = host.interfaces.filter(({ name }) => name !== 'tool');
  const definitions = hosts.flatMap((found) =>
    found.definitions.map((definition) => definitionText(host, found.name, definition)),
  );
  const names = host.functions.map(({ interface: scope, name }) => `  '${scope}.${name}',\n`);
  return `/** Generated from wit/host/*.wit by \`npm run generate\`: do not edit. */
import type { ErrorCode } from '#wit/errors';

${definitions.filter((text) => text !== '').join('\n')}
/** What each operation takes and gives. In arguments a blob is its index in the turn's blobs, in values it is bytes. */
export interface HostOperations {
${host.functions.map((found) => operationText(host, found)).join('')}}

/** The name of an operation, as \`kv.get\`. */
export type OperationName = keyof HostOperations;

/** Every host function; its place is its number in the guest engine. */
export const hostFunctionNames = [
${names.join('')}] as const;

/** The functions that start an operation. */
export const operationNames: readonly OperationName[] = [
${host.functions
  .filter(({ completion }) => completion)
  .map(({ interface: scope, name }) => `  '${scope}.${name}',\n`)
  .join('')}];

/** The error code of every case of an interface's error variant. */
export const interfaceErrors = {
${host.interfaces.map(errorTable).join('')}} as const satisfies Record<string, Record<string, ErrorCode>>;

/** Those of them after which the same operation may succeed later. The guest has this list and not the table of all codes, of which it meets few. */
export const retryableErrors: readonly string[] = [
${retryableCodes(host)
  .map((code) => `  '${code}',\n`)
  .join('')}];
`;
}
