//# fields are set before the constructor's body and after super
const log = []; class A { a = log.push('A.a'); constructor() { log.push('A'); } } class B extends A { b = log.push('B.b'); constructor() { log.push('before'); super(); log.push('B'); } }
new B(); return log;
//# private fields, methods and accessors
class A { #v = 1; #m() { return this.#v * 10; } get #g() { return this.#m() + 1; } set #g(x) { this.#v = x; } run() { this.#g = 5; return [this.#g, this.#v]; } }
return new A().run();
//# private names are checked with in
class A { #x; static has(o) { return #x in o; } } return [A.has(new A()), A.has({}), (() => { try { A.has(1); } catch (e) { return e.name; } })()];
//# reading a private name of a stranger throws TypeError
class A { #x = 1; static read(o) { return o.#x; } } try { A.read({}); } catch (e) { return e.name; }
//# a private method cannot be assigned
class A { #m() {} set() { this.#m = 1; } } try { new A().set(); } catch (e) { return e.name; }
//# static fields, blocks and private statics run in order
const log = []; class A { static a = log.push('a'); static { log.push('block'); this.b = 'b'; } static #c = log.push('c'); static { log.push(typeof this.#c); } static d = this.b; }
return [log, A.d];
//# static methods are inherited
class A { static make() { return new this(); } } class B extends A {} return [B.make() instanceof B, Object.getPrototypeOf(B) === A];
//# super reaches methods, getters and statics
class A { m() { return 'A.m'; } get g() { return 'A.g' + this.x; } static s() { return 'A.s'; } } class B extends A { x = 1; m() { return super.m() + '>B'; } get g() { return super.g + '!'; } static s() { return super.s() + '>B'; } }
const b = new B(); return [b.m(), b.g, B.s()];
//# super in object literals follows the home object
const base = { hi() { return 'base ' + this.n; } }; const o = { __proto__: base, n: 1, hi() { return super.hi(); } }; const other = { n: 2, hi: o.hi };
return [o.hi(), other.hi()];
//# super property assignment sets on this
class A { set v(x) { this.got = x; } } class B extends A { go() { super.v = 3; super.plain = 4; return [this.got, this.plain]; } } return new B().go();
//# this before super throws ReferenceError
class A {} class B extends A { constructor() { try { this.x = 1; } catch (e) { super(); this.e = e.name; } } } return new B().e;
//# a derived constructor may return another object
class A {} class B extends A { constructor() { return { other: true }; } } return new B();
//# super twice throws
class A {} class B extends A { constructor() { super(); try { super(); } catch (e) { this.e = e.name; } } } return new B().e;
//# extends null and extends expressions
class N extends null { static s() { return 1; } } const mix = (B) => class extends B { mixed() { return 'mixed'; } }; class C extends mix(Array) {}
return [N.s(), Object.getPrototypeOf(N.prototype), new C(3).length, new C().mixed(), (() => { try { class X extends 5 {} } catch (e) { return e.name; } })()];
//# a class cannot be called without new
class A {} try { A(); } catch (e) { return e.name; }
//# subclassing Array keeps length and species
class Stack extends Array { top() { return this.at(-1); } } const s = Stack.of(1, 2, 3); const m = s.map((x) => x * 2);
s[5] = 1; return [m instanceof Stack, m.top(), s.length, Stack.from('ab').top(), s.concat([1]) instanceof Stack];
//# Symbol.species changes what map makes
class P extends Array { static get [Symbol.species]() { return Array; } } return [new P(1, 2).map((x) => x) instanceof P, new P(1, 2).filter(Boolean).constructor.name];
//# subclassing Error keeps name, message, cause and instanceof
class E extends RangeError { name = 'E'; constructor(m, o) { super(m, o); this.code = 7; } } const e = new E('msg', { cause: 'c' });
return [e instanceof E, e instanceof RangeError, e.message, e.cause, String(e), Object.prototype.toString.call(e), e.code, Object.keys(e)];
//# subclassing Map, Promise and Function
class M extends Map { get(k) { return super.get(k) ?? 'default'; } } class F extends Function { twice() { return this() * 2; } }
return [new M([[1, 2]]).get(1), new M().get(5), new F('return 21').twice()];
//# accessors and computed, symbol and numeric members
const k = 'comp'; class A { static [k + 1] = 1; get [k]() { return 'got'; } [Symbol.toStringTag] = 'Tag'; 5() { return 'five'; } 'quoted name'() { return 'q'; } async *gen() { yield 1; } }
const a = new A(); return [A.comp1, a.comp, String(a), a[5](), a['quoted name'](), (await a.gen().next()).value];
//# fields without value and with computed names
const k = 'b'; class A { a; [k] = this.a; static c; 'd e' = 1; } return [Object.keys(new A()), 'c' in A];
//# field initializers define and do not set
let set = 0; class A { set x(v) { set++; } } class B extends A { x = 1; } return [set, new B().x, Object.hasOwn(new B(), 'x')];
//# arrow fields keep this
class A { v = 3; get = () => this.v; } const { get } = new A(); return get();
//# methods are not enumerable and classes are strict
class A { m() { return (function () { return this; })(); } } return [Object.keys(A.prototype), new A().m(), Object.getOwnPropertyNames(A.prototype), typeof A];
//# class names are bound inside and can be anonymous
const A = class Inner { static name2 = Inner.name; }; return [A.name, A.name2, (class {}).name, (() => { const x = class {}; return x.name; })(), typeof Inner];
//# prototype of a class is read only
class A {} try { (() => { 'use strict'; A.prototype = {}; })(); } catch (e) { return e.name; }
//# toString, valueOf and JSON of instances
class P { constructor(x) { this.x = x; } toString() { return `P(${this.x})`; } valueOf() { return this.x; } toJSON() { return { p: this.x }; } }
const p = new P(4); return [`${p}`, p + 1, p > 3, JSON.stringify([p])];
//# instanceof works across a chain and after changing prototypes
class A {} class B extends A {} const b = new B(); const before = b instanceof A; Object.setPrototypeOf(B.prototype, null);
return [before, b instanceof A, b instanceof B];
//# Reflect.construct sets new.target
class A { constructor() { this.t = new.target.name; } } class B {} const o = Reflect.construct(A, [], B); return [o.t, o instanceof B, o instanceof A];
//# getters on a prototype chain see the receiver
const o = { get me() { return this.id; } }; const c = Object.create(o, { id: { value: 'child' } }); return [c.me, Reflect.get(o, 'me', { id: 'given' })];
//# private members survive freezing
class A { #n = 0; inc() { return ++this.#n; } } const a = Object.freeze(new A()); a.inc(); return a.inc();
//# private fields can be put on foreign objects by a returning base
class Base { constructor(o) { return o; } } class Stamp extends Base { #s = 'stamped'; static read(o) { return o.#s; } } const o = {}; new Stamp(o); return [Stamp.read(o), Object.keys(o), (() => { try { new Stamp(o); return 'again'; } catch (e) { return e.name; } })()];
//# static private methods belong to one class only
class A { static #s() { return 1; } static call() { return this.#s(); } } class B extends A {} return [A.call(), (() => { try { return B.call(); } catch (e) { return e.name; } })()];
//# class static block sees private names and super
class A { static v() { return 'base'; } } let read; class B extends A { #p = 'priv'; static { read = (o) => o.#p; this.w = super.v(); } } return [read(new B()), B.w];
//# arguments and eval are not allowed in field initializers
try { new Function('class A { x = arguments; }'); return 'none'; } catch (e) { return e.name; }
//# a duplicate private name is an early error
const names = []; for (const s of ['class A { #a; #a; }', 'class A { m() { this.#b; } }', 'class A { #constructor; }', 'class A { constructor() {} constructor() {} }', 'class A { get constructor() {} }', 'class A { static prototype() {} }']) try { new Function(s); names.push('none'); } catch (e) { names.push(e.name); }
return names;
