//# a generator yields, receives and returns
function* g() { const a = yield 1; const b = yield a * 2; return a + b; } const it = g();
return [it.next('ignored'), it.next(5), it.next(6), it.next()];
//# return() and throw() reach finally and catch
const log = []; function* g() { try { yield 1; yield 2; } catch (e) { log.push(e); yield 'c'; } finally { log.push('f'); } }
const a = g(); a.next(); const r = a.return('R'); const b = g(); b.next();
return [r, b.throw('T'), b.next(), log];
//# yield in finally delays return
function* g() { try { yield 1; } finally { yield 'cleanup'; } } const it = g(); it.next();
return [it.return('R'), it.next(), it.next()];
//# yield* delegates and gives the inner result
function* inner() { const x = yield 'i'; return 'r' + x; } function* g() { const r = yield* inner(); yield r; yield* 'ab'; yield* [1]; } const it = g(); it.next();
return [it.next('X').value, ...it];
//# yield* forwards throw and return
const log = []; function* inner() { try { yield 1; } catch (e) { log.push('caught ' + e); yield 'after'; } finally { log.push('fin'); } } function* g() { yield* inner(); }
const it = g(); it.next(); return [it.throw('x'), it.return('r'), log];
//# a running generator cannot be entered
let it; function* g() { try { it.next(); } catch (e) { yield e.name; } } it = g(); return it.next();
//# generators are iterable and their prototype chain is shared
function* g() { yield 1; } return [[...g()], g()[Symbol.iterator]() !== undefined, g.prototype.isPrototypeOf(g()), Object.prototype.toString.call(g()), (() => { try { new g(); } catch (e) { return e.name; } })()];
//# destructuring a generator runs only what it needs
const log = []; function* g() { try { for (let i = 0; ; i++) { log.push(i); yield i; } } finally { log.push('closed'); } } const [a, b] = g(); return [a, b, log];
//# generator methods in objects and classes
const o = { *g() { yield this.v; }, v: 1 }; class A { static *[Symbol.iterator]() { yield 'static'; } *m() { yield* o.g(); } }
return [...o.g(), ...A, ...new A().m()];
//# an infinite generator is lazy
function* nat() { let n = 0; while (true) yield n++; } function* take(n, it) { let i = 0; for (const v of it) { if (i++ >= n) return; yield v; } }
return [...take(5, nat())];
//# generator arguments are evaluated at the call
const log = []; function* g(a = log.push('default')) { log.push('body'); yield a; } const it = g(); log.push('created'); it.next(); return log;
//# iterator helpers map, filter, take, drop and flatMap
const it = () => [1, 2, 3, 4, 5].values(); if (!it().map) return 'absent';
return [it().map((x) => x * 2).toArray(), it().filter((x) => x % 2).toArray(), it().take(2).toArray(), it().drop(3).toArray(), it().flatMap((x) => [x, -x]).toArray()];
//# iterator helpers reduce, some, every, find and forEach
const it = () => new Set([1, 2, 3]).values(); if (!it().map) return 'absent'; const seen = []; it().forEach((x, i) => seen.push([x, i]));
return [it().reduce((a, b) => a + b), it().reduce((a, b) => a + b, 10), it().some((x) => x > 2), it().every((x) => x > 2), it().find((x) => x > 1), seen];
//# iterator helpers are lazy and close their source
if (!Iterator.prototype.map) return 'absent'; const log = []; function* g() { try { for (let i = 0; ; i++) { log.push(i); yield i; } } finally { log.push('closed'); } }
return [g().map((x) => x * 10).take(2).toArray(), log];
//# Iterator.from wraps anything with next
if (typeof Iterator === 'undefined' || !Iterator.from) return 'absent'; let n = 0; const it = Iterator.from({ next: () => ({ done: n > 2, value: n++ }) });
return [it instanceof Iterator, it.toArray(), Iterator.from('ab').toArray()];
//# iterator helpers check their arguments
if (!Iterator.prototype.take) return 'absent'; const names = []; for (const f of [(i) => i.take(-1), (i) => i.take(NaN), (i) => i.map(1), (i) => i.drop('x'), (i) => [].values().reduce((a) => a)]) try { f([1].values()); names.push('none'); } catch (e) { names.push(e.name); }
return names;
//# Iterator is abstract and can be extended
if (typeof Iterator === 'undefined') return 'absent'; class C extends Iterator { #n = 0; next() { return { done: this.#n > 1, value: this.#n++ }; } }
return [[...new C()], new C().map((x) => x + 1).toArray(), (() => { try { new Iterator(); } catch (e) { return e.name; } })()];
//# spreading keeps the iterator protocol's laziness on done
let nexts = 0; const it = { [Symbol.iterator]: () => ({ next() { nexts++; return { done: nexts > 3, get value() { return nexts; } }; } }) }; return [[...it], nexts];
//# a next that returns no object throws
try { [...{ [Symbol.iterator]: () => ({ next: () => 1 }) }]; } catch (e) { return e.name; }
//# entries, keys and values of arrays, maps and sets
return [[...['a', 'b'].entries()], [...new Map([[1, 2]]).keys()], [...new Set([3]).entries()], [...[, 1].keys()], Object.prototype.toString.call([].values()), Object.prototype.toString.call(new Map().entries())];
//# array iterators see growth, and end for good
const a = [1]; const it = a.values(); const out = [it.next().value]; a.push(2); out.push(it.next().value, it.next().done); a.push(3); out.push(it.next().done); return out;
