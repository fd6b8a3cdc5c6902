/** Types that JSON has no form for: how a message names them, and what to write instead. */
import { ts } from '../typescript.js';
import { isOfZod } from './zod-words.ts';

/** Why a type is refused. */
export interface Unsupported {
  /** "a Date", "a function": completes "… is". */
  readonly noun: string;
  /** An imperative. */
  readonly remedy: string;
}

const json = "Write the type that it is, or Json of '@aria/sdk' for any JSON value";
const numbers = 'Write number[], or Uint8Array for bytes';
const list = 'Return an array';

const libraryTypes: ReadonlyMap<string, string> = new Map([
  ['Map', 'Write Record<string, …>'],
  ['ReadonlyMap', 'Write Record<string, …>'],
  ['WeakMap', 'Write Record<string, …>'],
  ['Set', 'Write an array'],
  ['ReadonlySet', 'Write an array'],
  ['WeakSet', 'Write an array'],
  ['Promise', 'Await it, and give its value'],
  ['PromiseLike', 'Await it, and give its value'],
  ['RegExp', 'Write string'],
  ['URL', 'Write string, with @format uri in its JSDoc'],
  ['Error', 'Write { code: string; message: string }, or throw a ToolError'],
  ['ArrayBuffer', 'Write Uint8Array'],
  ['SharedArrayBuffer', 'Write Uint8Array'],
  ['DataView', 'Write Uint8Array'],
  ['Blob', 'Write Uint8Array'],
  ['Uint8ClampedArray', 'Write Uint8Array'],
  ['Int8Array', numbers],
  ['Int16Array', numbers],
  ['Uint16Array', numbers],
  ['Int32Array', numbers],
  ['Uint32Array', numbers],
  ['Float32Array', numbers],
  ['Float64Array', numbers],
  ['BigInt64Array', 'Write bigint[]'],
  ['BigUint64Array', 'Write bigint[]'],
  ['Generator', list],
  ['AsyncGenerator', list],
  ['Iterable', list],
  ['AsyncIterable', list],
  ['Iterator', list],
  ['IteratorObject', list],
  ['String', 'Write string'],
  ['Number', 'Write number'],
  ['Boolean', 'Write boolean'],
  ['BigInt', 'Write bigint'],
  ['Object', json],
  ['Function', 'Remove it'],
]);

/** What is wrong with a type that is neither an object nor a union; `undefined` where nothing is. */
export function unsupportedPrimitive(type: ts.Type): Unsupported | undefined {
  const { flags } = type;
  if (flags & ts.TypeFlags.Any) return { noun: 'any', remedy: json };
  if (flags & ts.TypeFlags.Unknown) return { noun: 'unknown', remedy: json };
  if (flags & ts.TypeFlags.ESSymbolLike) return { noun: 'a symbol', remedy: 'Write string' };
  if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) {
    return { noun: 'undefined', remedy: 'Write null, or make the property that holds it optional' };
  }
  if (flags & ts.TypeFlags.Never) return { noun: 'never', remedy: 'Remove it: no value fits it' };
  if (flags & ts.TypeFlags.NonPrimitive)
    return { noun: 'object', remedy: "Write its properties, or Record<string, Json> with Json of '@aria/sdk'" };
  if (flags & (ts.TypeFlags.Instantiable ^ (ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping))) {
    return { noun: 'a type that is not known yet', remedy: 'Name the type in place of the type parameter' };
  }
  return undefined;
}

/** What is wrong with an object type; `undefined` where it may be plain data. */
export function unsupportedObject(
  type: ts.Type,
  checker: ts.TypeChecker,
  isLibrary: (node: ts.Node) => boolean,
): Unsupported | undefined {
  const { symbol } = type;
  const name = symbol?.name ?? '';
  if (symbol?.declarations?.some(isLibrary) && symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) {
    return {
      noun: article(name),
      remedy: libraryTypes.get(name) ?? 'Write an interface with the data of it that matters',
    };
  }
  // To zod a file is what the host has for one, and a guest has none.
  if (name === 'File' && symbol?.declarations?.some(isOfZod))
    return { noun: article(name), remedy: 'Write z.instanceof(Uint8Array)' };
  const isFunction =
    checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0 ||
    checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0;
  if (isFunction) return { noun: 'a function', remedy: 'Remove it: a tool takes and gives data only' };
  if (symbol && symbol.flags & ts.SymbolFlags.Class && checker.getPropertiesOfType(type).some(isBehaviour)) {
    return { noun: `an instance of the class ${name}`, remedy: `Write an interface with the data of ${name}` };
  }
  return undefined;
}

/** Whether a member of a class is more than public data. */
function isBehaviour(member: ts.Symbol): boolean {
  if (member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) return true;
  const declaration = member.valueDeclaration;
  if (declaration === undefined || !ts.isPropertyDeclaration(declaration)) return false;
  if (ts.isPrivateIdentifier(declaration.name)) return true;
  return (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
}

function article(name: string): string {
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}
