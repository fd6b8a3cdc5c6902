//# sort is stable and puts undefined and holes last
const a = [[3, 'a'], [1, 'b'], [3, 'c'], [1, 'd'], [2, 'e']]; const b = [3, undefined, 1, , 2]; b.sort(); return [a.sort((x, y) => x[0] - y[0]).map((x) => x[1]).join(''), b, b.length, [10, 9, 1].sort()];
//# sort of a thousand equal keys keeps their order
const a = Array.from({ length: 1000 }, (_, i) => ({ k: i % 7, i })); a.sort((x, y) => x.k - y.k); let ok = true; for (let i = 1; i < a.length; i++) if (a[i - 1].k === a[i].k && a[i - 1].i > a[i].i) ok = false; return ok;
//# sort converts what its comparer returns
return [[3, 1, 2].sort((a, b) => String(a - b)), [1, 2].sort(() => NaN), (() => { try { [].sort(null); } catch (e) { return e.name; } })()];
//# toSorted, toReversed, toSpliced and with leave the original
const a = [3, 1, 2]; return [a.toSorted(), a.toReversed(), a.toSpliced(1, 1, 'x', 'y'), a.with(-1, 9), a, (() => { try { a.with(5, 1); } catch (e) { return e.name; } })()];
//# find, findLast and their indices
const a = [1, 2, 3, 4]; return [a.find((x) => x > 1), a.findLast((x) => x < 4), a.findIndex((x) => x > 9), a.findLastIndex((x) => x % 2), [, 1].find(() => true), [, 1].findIndex((x) => x === undefined)];
//# flat and flatMap
return [[1, [2, [3, [4]]]].flat(), [1, [2, [3, [4]]]].flat(Infinity), [[], [1], , [, 2]].flat(), [1, 2].flatMap((x) => [x, [x * 2]]), [[1]].flat(0)];
//# copyWithin and fill
return [[1, 2, 3, 4, 5].copyWithin(0, 3), [1, 2, 3, 4, 5].copyWithin(1, 0, 3), [1, , 3].copyWithin(0, 1), new Array(3).fill(0), [1, 2, 3].fill('x', -2, -1)];
//# splice, slice and concat
const a = [1, 2, 3, 4]; const cut = a.splice(1, 2, 'a', 'b', 'c'); return [cut, a, a.slice(-2), [1].concat(2, [3, [4]], { length: 1, 0: 's', [Symbol.isConcatSpreadable]: true }), [1, 2].splice(0), [1, 2].splice()];
//# holes are skipped by callbacks and kept by map
let n = 0; const a = [1, , 3]; a.forEach(() => n++); return [n, a.map((x) => x * 2), 1 in a.map((x) => x), a.reduce((s) => s + 1, 0), a.some((x) => x === undefined), a.every(Boolean), Object.keys(a), a.includes(undefined), a.indexOf(undefined)];
//# length truncates, extends and checks
const a = [1, 2, 3]; a.length = 1; a[3] = 'x'; return [a, a.length, (() => { try { a.length = -1; } catch (e) { return e.name; } })(), (() => { try { new Array(1.5); } catch (e) { return e.name; } })(), Array(3).length, Array.of(3)];
//# reduce and reduceRight
return [[1, 2, 3].reduce((a, b) => a + b), ['a', 'b', 'c'].reduceRight((a, b) => a + b), (() => { try { [].reduce((a) => a); } catch (e) { return e.name; } })(), [5].reduce(() => 'never')];
//# Array.from takes iterables, array-likes and a map function
return [Array.from('abc'), Array.from({ length: 2, 0: 'x' }), Array.from(new Map([[1, 2]])), Array.from([1, 2], function (x) { return x + this.k; }, { k: 5 }), Array.from({ length: 3 }, (_, i) => i * i)];
//# includes, indexOf and at
return [[1, NaN].includes(NaN), [1, 2, 1].lastIndexOf(1), [1, 2, 3].at(-1), [1].at(5), [1, 2, 3].indexOf(3, -1), ['1'].includes(1)];
//# join and toString
return [[1, null, undefined, [2, [3]], {}].join(), [1, 2].join(''), [[]].toString(), [, ,].join('-')];
//# an array that contains itself joins as empty text
const a = [1]; a.push(a); return a.join();
//# array methods work on array-likes
const o = { length: 2, 0: 'a', 1: 'b' }; return [Array.prototype.map.call(o, (x) => x + x), Array.prototype.push.call(o, 'c'), o, Array.prototype.join.call('xyz', '-')];
//# mutation while iterating
const a = [1, 2, 3]; const seen = []; for (const v of a) { seen.push(v); if (v < 3 && a.length < 6) a.push(v + 10); } const b = [1, 2, 3]; const s2 = []; b.forEach((v) => { s2.push(v); b.pop(); }); return [seen, s2];
//# push, pop, shift, unshift and reverse
const a = [2]; return [a.push(3, 4), a.unshift(0, 1), a.pop(), a.shift(), a.reverse(), [].pop(), [, 1].reverse()];
//# Array.isArray and species of map
return [Array.isArray(new Proxy([], {})), Array.isArray({ length: 0 }), Array.isArray(Array.prototype)];
//# Object.groupBy and Map.groupBy
const by = Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even')); const m = Map.groupBy([1, 2, 3], (x) => x % 2); return [by, Object.getPrototypeOf(by), m];
//# keys of a Map are compared by SameValueZero
const o = {}; const m = new Map([[NaN, 'nan'], [0, 'zero'], [o, 'obj'], ['1', 'text']]); return [m.get(NaN), m.get(-0), m.get({}), m.get(o), m.get(1), m.size, [...new Map([[-0, 1]]).keys()].map((k) => Object.is(k, 0))];
//# Map keeps insertion order through deletes
const m = new Map([['a', 1], ['b', 2], ['c', 3]]); m.delete('a'); m.set('a', 4).set('b', 5); return [...m];
//# a Map may change while it is walked
const m = new Map([[1, 1], [2, 2]]); const seen = []; for (const [k] of m) { seen.push(k); m.delete(k); if (k < 5) m.set(k + 2, 0); } return [seen, m.size];
//# Map methods getOrInsert
const m = new Map(); if (!m.getOrInsert) return 'absent'; return [m.getOrInsert('a', 1), m.getOrInsert('a', 2), m.getOrInsertComputed('b', (k) => k + k)];
//# Set operations
const a = new Set([1, 2, 3]), b = new Set([3, 4]); if (!a.union) return 'absent'; return [a.union(b), a.intersection(b), a.difference(b), a.symmetricDifference(b), a.isSubsetOf(new Set([1, 2, 3, 4])), a.isSupersetOf(new Set([1])), a.isDisjointFrom(new Set([9]))];
//# Set operations take set-likes and refuse arrays
const a = new Set([1, 2]); if (!a.union) return 'absent'; return [a.union({ size: 1, has: () => true, keys: () => [7].values() }), (() => { try { a.union([1]); } catch (e) { return e.name; } })()];
//# Set keeps order and ignores duplicates
const s = new Set('hello'); s.add('h').delete('e'); return [[...s], s.size, s.has('z'), [...s.entries()][0]];
//# Map and Set need new and iterables of pairs
const names = []; for (const f of [() => Map(), () => new Map([1]), () => new Set(1), () => Map.prototype.get.call({}, 1), () => new WeakMap([[1, 2]]), () => new WeakSet().add('x')]) try { f(); names.push('none'); } catch (e) { names.push(e.name); } return names;
//# WeakMap, WeakSet and WeakRef
const k = {}; const w = new WeakMap([[k, 1]]); const s = new WeakSet([k]); const r = new WeakRef(k); return [w.get(k), w.has({}), s.has(k), r.deref() === k, w.delete(k), w.has(k), Object.prototype.toString.call(r)];
//# WeakMap takes symbols that are not registered
const w = new WeakMap(); try { w.set(Symbol('s'), 1); } catch { return 'refused'; } try { w.set(Symbol.for('s'), 1); return 'took a registered one'; } catch (e) { return e.name; }
//# FinalizationRegistry registers and unregisters
if (typeof FinalizationRegistry === 'undefined') return 'absent'; const r = new FinalizationRegistry(() => {}); const target = {}, token = {}; r.register(target, 'held', token); return [r.unregister(token), r.unregister(token), target];
//# Symbols are unique, registered and described
const s = Symbol('d'); return [s.description, Symbol('d') === s, Symbol.for('k') === Symbol.for('k'), Symbol.keyFor(Symbol.for('k')), Symbol.keyFor(s), s.toString(), Symbol().description, typeof s, Object(s) == s];
//# symbols do not convert to text or number
const names = []; for (const f of [() => Symbol() + '', () => +Symbol(), () => `${Symbol()}`, () => new Symbol()]) try { f(); } catch (e) { names.push(e.name); } return names;
//# symbol keys are left out of JSON, keys and for in
const s = Symbol('k'); const o = { [s]: 1, a: 2 }; return [JSON.stringify(o), Object.keys(o), Object.getOwnPropertySymbols(o).length, Reflect.ownKeys(o).length, { ...o }[s], Object.assign({}, o)[s]];
//# well-known symbols are there
return ['iterator', 'asyncIterator', 'hasInstance', 'isConcatSpreadable', 'match', 'matchAll', 'replace', 'search', 'species', 'split', 'toPrimitive', 'toStringTag', 'unscopables'].map((n) => typeof Symbol[n]);
//# order of own keys is integers, texts, symbols
const s = Symbol('s'); const o = { b: 1, 2: 1, a: 1, 1: 1, [s]: 1, '-1': 1, '01': 1, 4294967295: 1 }; return Reflect.ownKeys(o);
//# freeze, seal and preventExtensions
'use strict'; const f = Object.freeze({ a: { b: 1 } }); const tries = []; const t = (g) => { try { g(); tries.push('ok'); } catch (e) { tries.push(e.name); } };
const strict = (body) => new Function('o', '"use strict";' + body); t(() => strict('o.a = 1')(f)); t(() => strict('o.a.b = 2')(f)); t(() => strict('o.x = 1')(Object.preventExtensions({}))); t(() => strict('delete o.a')(Object.seal({ a: 1 })));
return [tries, f.a.b, Object.isFrozen(f), Object.isFrozen('x'), Object.isSealed(f), Object.isExtensible({})];
//# defineProperty and descriptors
const o = {}; Object.defineProperty(o, 'x', { value: 1 }); Object.defineProperty(o, 'y', { get: () => 2, enumerable: true, configurable: true }); const d = Object.getOwnPropertyDescriptors(o);
return [d.x, typeof d.y.get, d.y.set, (() => { try { Object.defineProperty(o, 'x', { value: 2 }); } catch (e) { return e.name; } })(), (() => { try { Object.defineProperty({}, 'a', { get() {}, value: 1 }); } catch (e) { return e.name; } })()];
//# entries, fromEntries, assign, hasOwn and is
return [Object.fromEntries(new Map([['a', 1], ['b', 2]])), Object.entries('ab'), Object.assign({ a: 1 }, null, { b: 2 }, 'c'), Object.hasOwn({ a: 1 }, 'a'), Object.hasOwn({}, 'toString'), Object.is(0, -0), Object.values([5, 6])];
//# prototypes are set and read
const p = { p: 1 }; const o = Object.create(p, { x: { value: 2, enumerable: true } }); Object.setPrototypeOf(o, null); return [o.p, o.x, Object.getPrototypeOf(o), Object.getPrototypeOf(1) === Number.prototype, (() => { try { const a = {}; const b = Object.create(a); Object.setPrototypeOf(a, b); } catch (e) { return e.name; } })()];
//# a Proxy traps every operation
const log = []; const p = new Proxy(function () {}, new Proxy({}, { get: (_, name) => (...a) => { log.push(name); return Reflect[name](...a); } }));
p.a = 1; p.a; 'a' in p; delete p.a; Object.keys(p); p(); new p(); Object.getPrototypeOf(p); Object.isExtensible(p); Object.defineProperty(p, 'b', { value: 1, configurable: true }); Object.getOwnPropertyDescriptor(p, 'b'); return log;
//# Proxy invariants are enforced
const names = []; const frozen = Object.freeze({ a: 1 }); for (const f of [() => new Proxy(frozen, { get: () => 2 }).a, () => Object.keys(new Proxy(frozen, { ownKeys: () => [] })), () => 'a' in new Proxy(frozen, { has: () => false }), () => new Proxy({}, { getPrototypeOf: () => 1 }).__proto__]) try { f(); names.push('none'); } catch (e) { names.push(e.name); } return names;
//# a revoked proxy throws
const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); const names = []; for (const f of [() => proxy.a, () => Object.keys(proxy), () => typeof proxy]) try { names.push(f()); } catch (e) { names.push(e.name); } return names;
//# a Proxy of an array behaves as an array
const log = []; const a = new Proxy([1, 2], { set(t, k, v) { log.push([k, v]); t[k] = v; return true; } }); a.push(3); return [log, JSON.stringify(a), [...a], a.concat([4]), Array.isArray(a)];
//# a set trap that returns false throws in strict code
const p = new Proxy({}, { set: () => false }); return (() => { 'use strict'; try { p.x = 1; return 'none'; } catch (e) { return e.name; } })();
//# Reflect gives results and no throws
const o = Object.freeze({ a: 1 }); return [Reflect.set(o, 'a', 2), Reflect.defineProperty(o, 'b', { value: 1 }), Reflect.deleteProperty(o, 'a'), Reflect.has(o, 'a'), Reflect.ownKeys({ a: 1, [Symbol.iterator]: 1 }).length, Reflect.getPrototypeOf([]) === Array.prototype, Reflect.isExtensible(o), Reflect.setPrototypeOf(o, null)];
//# Reflect.set and get take a receiver
const o = { get x() { return this.y; }, set x(v) { this.z = v; } }; const r = { y: 1 }; return [Reflect.get(o, 'x', r), Reflect.set(o, 'x', 5, r), r.z];
//# globals that a tool may count on
return ['Object', 'Array', 'Map', 'Set', 'WeakMap', 'WeakRef', 'Promise', 'Proxy', 'Reflect', 'Symbol', 'BigInt', 'JSON', 'Math', 'Date', 'RegExp', 'ArrayBuffer', 'DataView', 'Float64Array', 'BigInt64Array', 'AggregateError', 'globalThis', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'structuredClone', 'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'AbortController', 'AbortSignal', 'console', 'crypto', 'atob', 'btoa', 'fetch'].filter((n) => typeof globalThis[n] === 'undefined');
