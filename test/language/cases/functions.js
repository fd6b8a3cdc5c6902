//# closures in a for loop have a binding per turn
const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i++);
return [fs.map((f) => f()), fs.map((f) => f())];
//# var in a for loop has one binding
var fs = []; for (var i = 0; i < 3; i++) fs.push(() => i);
return fs.map((f) => f());
//# let is dead before its declaration
try { x; let x = 1; } catch (e) { return e.constructor === ReferenceError; }
//# typeof of a dead binding throws
try { typeof x; let x; } catch (e) { return e.name; }
//# typeof of an unknown name is undefined
return typeof nowhere_to_be_found;
//# assignment to a const throws TypeError
const c = 1; try { c = 2; } catch (e) { return [e.name, c]; }
//# a class is dead before its declaration
try { new A(); class A {} } catch (e) { return e.name; }
//# functions are hoisted above their block's code
return [f(), typeof g]; function f() { return 'f'; } var g = 1;
//# default parameters see earlier ones and not later ones
const f = (a, b = a + 1, c = () => a + b) => [a, b, c()];
let err; try { ((a = b, b) => a)(); } catch (e) { err = e.name; }
return [f(1), f(1, 5), f(1, undefined), f(1, null), err];
//# default parameters have a scope of their own
var x = 'outer'; function f(a = () => x) { var x = 'inner'; return [a(), x]; }
return f();
//# length counts parameters before the first default
return [((a, b) => 1).length, ((a, b = 1, c) => 1).length, ((...r) => 1).length, (({ a }, [b]) => 1).length];
//# names come from where a function is assigned
const a = () => {}; const o = { b() {}, c: function () {}, ['d' + 1]: () => {}, get e() { return 1; } };
const { f = () => {} } = {};
return [a.name, o.b.name, o.c.name, o.d1.name, Object.getOwnPropertyDescriptor(o, 'e').get.name, f.name, (() => {}).name, a.bind().name, new Function('return 1').name];
//# symbols name functions in brackets
const s = Symbol('s'); return [{ [s]() {} }[s].name, { [Symbol()]() {} }[Object.getOwnPropertySymbols({ [Symbol()]: 1 })[0]]?.name];
//# arguments is not an array and is not mapped in strict code
function f(a) { 'use strict'; a = 2; return [arguments[0], Array.isArray(arguments), arguments.length, Object.prototype.toString.call(arguments)]; }
return f(1, 3);
//# arguments is mapped in sloppy code
return new Function('a', 'a = 2; arguments[0] += 5; return [a, arguments[0]]')(1);
//# this is undefined in a strict plain call
function f() { 'use strict'; return this; } return f();
//# bind fixes this and the first arguments
function f(...r) { return [this.v, ...r]; } const b = f.bind({ v: 1 }, 2);
return [b(3), b.call({ v: 9 }, 4), b.length, new (function P(a) { this.a = a; }.bind(null, 5))().a];
//# call and apply pass arguments
function f() { return [this?.v, arguments.length]; }
return [f.call({ v: 1 }, 1, 2), f.apply({ v: 2 }, { length: 3 }), Reflect.apply(f, { v: 3 }, [])];
//# spread takes any iterable and holes become undefined
return [Math.max(...new Set([1, 5, 3])), [...'a\u{1F600}b'], [...[, 1]]];
//# rest takes what is left
const [a, ...r] = 'hello'; const { x, ...o } = { x: 1, y: 2, [Symbol.for('z')]: 3 };
return [a, r, o, o[Symbol.for('z')]];
//# destructuring defaults apply to undefined only
const { a = 1, b = 2, c: { d = 3 } = {} } = { a: null, b: undefined };
return [a, b, d];
//# array destructuring closes its iterator
let closed = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { closed++; return {}; } }) };
const [x, y] = it; const [] = it;
return [x, y, closed];
//# destructuring swaps and assigns to members
let a = 1, b = 2; [a, b] = [b, a]; const o = {}; [o.x, o['y']] = [3, 4]; ({ p: o.z = 5 } = {});
return [a, b, o];
//# destructuring null throws TypeError
const names = []; for (const v of [null, undefined]) try { const { a } = v; } catch (e) { names.push(e.name); }
return names;
//# computed keys are evaluated in order
const log = []; const k = (n) => (log.push(n), n);
const { [k('a')]: x = k('default'), [k('b')]: y } = { b: 1 };
return [x, y, log];
//# labelled continue and break leave the right loop
const out = []; outer: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j === 1) continue outer; if (i === 2) break outer; out.push([i, j]); } }
return out;
//# a labelled block can be left
const out = []; block: { out.push(1); if (out.length) break block; out.push(2); } out.push(3);
return out;
//# switch compares strictly and falls through
const f = (v) => { const o = []; switch (v) { case 1: o.push('one'); case 2: o.push('two'); break; default: o.push('default'); case 3: o.push('three'); } return o; };
return [f(1), f(2), f(3), f('1'), f(NaN)];
//# switch has one scope for all cases
try { switch (1) { case 0: let x = 1; break; case 1: x; } } catch (e) { return e.name; }
//# finally overrides control flow
const f = () => { for (const v of [1, 2, 3]) { try { if (v === 2) return 'returned'; } finally { if (v === 2) continue; } } return 'loop ended'; };
return f();
//# try catch finally runs in order
const log = []; const f = () => { try { log.push('try'); throw 1; } catch { log.push('catch'); return 'value'; } finally { log.push('finally'); } };
return [f(), log];
//# the comma, void and delete operators
const o = { a: 1, b: 2 }; return [(1, 2), void 0, delete o.a, delete o.nope, o];
//# delete of a frozen property throws in strict code
'use strict'; return (() => { 'use strict'; try { delete Object.freeze({ a: 1 }).a; } catch (e) { return e.name; } })();
//# optional chaining stops the whole chain
let n = 0; const f = () => n++; const o = null; const p = { m() { return this.v; }, v: 5 };
return [o?.a.b.c(f()), o?.[f()], p.m?.(), p.x?.(f()), p?.['m'](), delete o?.a, n];
//# nullish coalescing keeps zero and empty text
return [0 ?? 1, '' ?? 1, null ?? 1, undefined ?? 1, false ?? 1, NaN ?? 1];
//# logical assignment evaluates only what it needs
let n = 0; const o = { a: 1, b: 0, c: null }; o.a ||= ++n; o.b &&= ++n; o.c ??= 'set'; o.d ??= 'new'; o.a &&= 'and';
return [o, n];
//# exponent is right associative and takes bigint
return [2 ** 3 ** 2, (-2) ** 2, 2 ** -1, 2n ** 64n, (() => { let x = 3; x **= 2; return x; })()];
//# in and instanceof honour prototypes and symbols
class Even { static [Symbol.hasInstance](v) { return v % 2 === 0; } }
return ['a' in { a: 1 }, 'toString' in {}, 2 instanceof Even, 3 instanceof Even, [] instanceof Object, Object.create(null) instanceof Object];
//# for in goes over own keys first, integers ascending, and inherited ones
const o = Object.create({ inherited: 1, b: 2 }); o.b = 1; o[2] = 1; o.a = 1; o[1] = 1; Object.defineProperty(o, 'hidden', { value: 1 });
const out = []; for (const k in o) out.push(k);
return out;
//# for in skips what is deleted during the loop
const o = { a: 1, b: 2, c: 3 }; const out = []; for (const k in o) { out.push(k); delete o.b; }
return out;
//# for of closes its iterator on throw
let closed = 0; const it = { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }), return() { closed++; return {}; } }) };
try { for (const v of it) throw 'x'; } catch {}
return closed;
//# template literals join and convert
const o = { toString: () => 'str', valueOf: () => 'val' };
return [`a${1}b${null}c${undefined}`, `${o}`, '' + o, `line
break`];
//# tagged templates get raw and cooked parts and a stable array
const tag = (s, ...v) => [s, s.raw, v, Object.isFrozen(s)];
const same = () => ((s) => s)`x`;
return [tag`a\n${1}\u0041${2}`, same() === same()];
//# tagged templates allow bad escapes as undefined
return ((s) => [s[0], s.raw[0]])`\unicode and \xerxes`;
//# String.raw keeps backslashes
return [String.raw`a\nb${1 + 1}`, String.raw({ raw: ['x', 'y', 'z'] }, 0, 1, 2)];
//# getters and setters on objects
const o = { v: 1, get x() { return this.v; }, set x(n) { this.v = n * 2; } }; o.x = 5;
return [o.x, o.v, Object.keys(o), JSON.stringify(o)];
//# computed members, shorthand and spread of objects
const a = 1; return { a, ['b' + a]: 2, ...{ c: 3, a: 9 }, ...null, ...[7, 8] };
//# spread of a text into an object copies its characters
return { ...'xy' };
//# __proto__ in a literal sets the prototype, computed does not
const p = { inherited: 1 }; const a = { __proto__: p }; const b = { ['__proto__']: p };
return [Object.getPrototypeOf(a) === p, Object.keys(b), a.inherited];
//# duplicate keys keep the last value and the first place
return Object.entries({ a: 1, b: 2, a: 3 });
//# eval in function scope and indirect eval in global scope
var local = 'local'; globalThis.evalProbe = 'global'; var evalProbe = 'inner';
return [eval('local'), (0, eval)('evalProbe'), eval('1;if(true){2}'), eval('var q = 3; q')];
//# new Function sees only globals
var hidden = 1; return [new Function('a', 'b', 'return a + b')(1, 2), new Function('return typeof hidden')(), new Function('...r', 'return r.length')(1, 2, 3)];
//# a syntax error in eval is catchable
const names = []; for (const s of ['let let = 1', 'a b', '({', 'return', 'await 1 1', '"\\u{110000}"', 'for(;;', '1++', 'class { }', 'x => {}()']) try { new Function(s); names.push('none'); } catch (e) { names.push(e.name); }
return names;
//# strict mode early errors
const names = []; for (const s of ['with({}){}', 'var public', '010', 'delete x', 'arguments = 1', '"\\07"', 'function f(a, a) {}', 'eval = 1']) try { new Function('"use strict";' + s); names.push('none'); } catch (e) { names.push(e.name); }
return names;
//# with works in sloppy code and honours unscopables
return new Function('o', 'with (o) { var r = [a, typeof b]; } return r')({ a: 1, b: 2, [Symbol.unscopables]: { b: true } });
//# sloppy this is the global object and assignments make globals
return [new Function('return this === globalThis')(), new Function('implicitGlobal = 5; return globalThis.implicitGlobal')()];
//# toString of a function is its source
function f(a, b) { return a + b; } class A { m() { return 1; } }
return [f.toString(), A.toString(), ((x) => x * 2).toString(), A.prototype.m.toString(), Math.max.toString().includes('[native code]')];
//# new.target tells how a function was called
function F() { return new.target === undefined; } let viaNew; function G() { viaNew = new.target === G; } new G();
return [F(), viaNew];
//# deep recursion is a catchable RangeError
const f = (n) => f(n + 1) + 1; try { f(0); } catch (e) { return [e instanceof RangeError, e.name]; }
//# after a stack overflow the engine goes on
const f = () => f(); let caught = 0; for (let i = 0; i < 3; i++) try { f(); } catch { caught++; }
return [caught, [1, 2].map((x) => x + 1)];
//# recursion of a few hundred levels works
const f = (n) => (n === 0 ? 0 : 1 + f(n - 1)); return f(400);
//# hashbang, html comments and unusual white space parse
return [eval('1 \u00a0\ufeff+\u2003 2'), eval('3 // c\u2028+ 4'), eval('/* multi\n line */ 5')];
//# automatic semicolons
const f = () => { return
  1; };
let a = 1
let b = a
++a
return [f(), a, b]
//# numeric separators and literals
return [1_000_000, 0b1010, 0o17, 0xff, .5e1, 5., 1e21, 0.1 + 0.2];
//# unicode escapes in names and texts
var \u0061bc = 1; const ünï = 2; return [abc, ünï, '\u{1F600}'.length, '\x41', 'a\
b'];
//# comparison follows the conversion table
return [null == undefined, null == 0, '' == 0, '0' == false, [] == '', [1] == 1, NaN != NaN, null >= 0, undefined >= 0, '10' < '9', '10' < 9, 1n == 1, 1n < 1.5, 'b' > 'a'];
//# addition converts by its rules
return [1 + '2', '3' - 1, [] + {}, [] + [], 1 + null, 1 + undefined, true + true, '5' * '2', +[], +{}, +'0x10', +' 12 ', +'1e3', -'-5'];
//# Symbol.toPrimitive gets its hint
const o = { [Symbol.toPrimitive]: (h) => (h === 'number' ? 42 : h) };
return [+o, `${o}`, o + '', o * 2, new Date(o).getTime(), [o] + ''];
//# an object without a primitive throws
try { return '' + { toString: () => ({}), valueOf: () => ({}) }; } catch (e) { return e.name; }
