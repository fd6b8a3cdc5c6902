/** Cases of structuredClone. */

const refusal = `const refusal = (value, options) => { try { structuredClone(value, options); return 'fine'; } catch (error) { return [error.name, error.code, error.message]; } };
`;

export const cloneCases: Readonly<Record<string, string>> = {
  'structuredClone copies primitives': `return [1, -0, 'x', true, null, undefined, NaN, 10n].map((value) => { const copy = structuredClone(value); return [typeof copy, Object.is(copy, value)]; });`,
  'structuredClone copies deeply': `const value = { a: [1, { b: 2 }], c: null }; const copy = structuredClone(value); return [copy, copy !== value, copy.a !== value.a, copy.a[1] !== value.a[1]];`,
  'structuredClone keeps cycles and shared parts': `const shared = {}; const value = { x: shared, y: shared }; value.self = value; const copy = structuredClone(value); return [copy.x === copy.y, copy.self === copy, copy.x !== shared];`,
  'structuredClone copies Date and RegExp': `const re = /a+/giu; re.lastIndex = 3; const copy = structuredClone({ date: new Date(5), re, bad: new Date(NaN) }); return [copy.date.getTime(), copy.date instanceof Date, copy.re.source, copy.re.flags, copy.re.lastIndex, Number.isNaN(copy.bad.getTime())];`,
  'structuredClone copies Map and Set': `const key = { k: 1 }; const map = new Map([[key, new Set([key, 1])]]); const copy = structuredClone(map); const [[k, set]] = copy; return [copy instanceof Map, k !== key, k, set instanceof Set, set.has(k), set.size];`,
  'structuredClone copies boxed primitives': `return [new Number(1), new String('x'), new Boolean(false), Object(5n)].map((value) => { const copy = structuredClone(value); return [typeof copy, Object.prototype.toString.call(copy), String(copy.valueOf()), copy !== value]; });`,
  'structuredClone copies buffers and views': `const buffer = new ArrayBuffer(8); const value = { bytes: new Uint8Array(buffer, 2, 4), view: new DataView(buffer, 1), floats: new Float32Array(2), big: new BigInt64Array(1) }; value.bytes[0] = 7;
    const copy = structuredClone(value); copy.bytes[1] = 9; return [[...copy.bytes], [...value.bytes], copy.bytes.buffer === copy.view.buffer, copy.bytes.byteOffset, copy.view.byteLength, copy.floats.constructor.name, copy.big.constructor.name, copy.bytes.buffer.byteLength];`,
  'structuredClone keeps holes and extra keys of arrays': `const value = [1, , 3]; value.extra = 'e'; const copy = structuredClone(value); return [copy.length, 1 in copy, copy.extra, Array.isArray(copy), Object.keys(copy)];`,
  'structuredClone copies errors': `const error = new RangeError('m', { cause: { c: 1 } }); error.extra = 1; const copy = structuredClone(error); return [copy instanceof RangeError, copy.name, copy.message, copy.cause, copy.extra, typeof copy.stack, Object.keys(copy)];`,
  'structuredClone makes plain errors of own classes': `class Mine extends Error { name = 'Mine'; } const copy = structuredClone(new Mine('m')); return [copy.constructor === Error, copy.name, copy.message];`,
  'structuredClone makes plain objects of instances': `class Point { constructor() { this.x = 1; } get y() { return 2; } } const copy = structuredClone(new Point()); return [copy, copy.constructor === Object, 'y' in copy];`,
  'structuredClone reads getters and leaves out what is not enumerable': `const value = Object.defineProperty({ get a() { return 1; } }, 'hidden', { value: 1 }); const copy = structuredClone(value); return [copy, Object.getOwnPropertyDescriptor(copy, 'a').value, 'hidden' in copy];`,
  'structuredClone leaves out symbol keys': `return Object.getOwnPropertySymbols(structuredClone({ [Symbol('s')]: 1, a: 2 })).length;`,
  'structuredClone copies a key named __proto__ as a key': `const copy = structuredClone(JSON.parse('{"__proto__": {"x": 1}}')); return [Object.keys(copy), Object.getPrototypeOf(copy) === Object.prototype, copy.x];`,
  'structuredClone refuses functions, symbols and promises': `${refusal}return [refusal(() => 1), refusal({ f() {} }), refusal(Symbol('s')), refusal(Promise.resolve()), refusal(new WeakMap())].map((found) => found.slice(0, 2));`,
  'structuredClone names what it refuses': `${refusal}return [refusal(Symbol('s')), refusal(new WeakMap()), refusal(Promise.resolve())];`,
  'structuredClone transfers buffers': `const buffer = new Uint8Array([1, 2]).buffer; const copy = structuredClone({ buffer }, { transfer: [buffer] }); return [buffer.byteLength, buffer.detached, [...new Uint8Array(copy.buffer)]];`,
  'structuredClone transfers a buffer under a view': `const view = new Uint8Array([1, 2, 3]).subarray(1); const copy = structuredClone(view, { transfer: [view.buffer] }); return [view.length, [...copy]];`,
  'structuredClone refuses to transfer twice': `${refusal}const buffer = new ArrayBuffer(1); return refusal(buffer, { transfer: [buffer, buffer] }).slice(0, 2);`,
  'structuredClone needs an argument': `try { structuredClone(); return 'fine'; } catch (error) { return error.name; }`,
  'structuredClone passes on what a getter throws': `try { structuredClone({ get a() { throw new RangeError('mine'); } }); return 'fine'; } catch (error) { return [error.name, error.message]; }`,
  'structuredClone copies deep lists': `let value = null; for (let i = 0; i < 500; i++) value = [value]; let depth = 0; for (let copy = structuredClone(value); copy; copy = copy[0]) depth++; return depth;`,
};
