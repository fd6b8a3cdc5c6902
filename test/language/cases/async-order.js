//# microtasks run in the order in which they were queued
const log = [];
Promise.resolve().then(() => log.push(1)).then(() => log.push(3));
Promise.resolve().then(() => log.push(2)).then(() => log.push(4));
await null; await null; await null;
return log;
//# await of a value takes one tick
const log = [];
(async () => { log.push('a'); await 1; log.push('b'); })();
Promise.resolve().then(() => log.push('c'));
log.push('d');
for (let i = 0; i < 5; i++) await null;
return log;
//# await of a native promise takes one tick
const log = [];
const tick = async (name, n) => { for (let i = 0; i < n; i++) { await null; log.push(name + i); } };
const p = Promise.resolve('v');
const run = async () => { log.push(await p); };
await Promise.all([run(), tick('t', 4)]);
return log;
//# await of a thenable takes two ticks more
const log = [];
const thenable = { then(ok) { log.push('then'); ok('thenable'); } };
const tick = async (n) => { for (let i = 0; i < n; i++) { await null; log.push(i); } };
await Promise.all([(async () => log.push(await thenable))(), tick(5)]);
return log;
//# returning a promise from an async function takes three ticks
const log = [];
const inner = async () => Promise.resolve('inner');
const tick = async (n) => { for (let i = 0; i < n; i++) { await null; log.push(i); } };
await Promise.all([inner().then((v) => log.push(v)), tick(6)]);
return log;
//# returning await of a promise is faster than returning the promise
const log = [];
const a = async () => Promise.resolve('plain');
const b = async () => await Promise.resolve('awaited');
await Promise.all([a().then((v) => log.push(v)), b().then((v) => log.push(v))]);
return log;
//# resolving with a promise takes two extra ticks
const log = [];
const p = Promise.resolve();
new Promise((ok) => ok(p)).then(() => log.push('nested'));
p.then(() => log.push(1)).then(() => log.push(2)).then(() => log.push(3)).then(() => log.push(4));
for (let i = 0; i < 8; i++) await null;
return log;
//# the executor runs at once and a throw in it rejects
const log = [];
const p = new Promise(() => { log.push('executor'); throw new TypeError('x'); });
log.push('after');
await p.catch((e) => log.push(e.name));
return log;
//# a throw after resolve is ignored
return new Promise((ok) => { ok(1); throw new Error('late'); });
//# only the first settlement counts
return new Promise((ok, no) => { no('first'); ok('second'); no('third'); }).then(() => 'ok', (e) => e);
//# a promise resolved with itself rejects with TypeError
let ok; const p = new Promise((r) => (ok = r)); ok(p);
return p.catch((e) => e.constructor === TypeError);
//# a then getter that throws rejects
return Promise.resolve({ get then() { throw new RangeError('getter'); } }).catch((e) => [e.name, e.message]);
//# a thenable's then is read once
let reads = 0;
await Promise.resolve({ get then() { reads++; return (ok) => ok(1); } });
return reads;
//# a thenable that calls both callbacks settles with the first
return Promise.resolve({ then(ok, no) { ok('a'); no('b'); throw 'c'; } });
//# Promise.resolve returns the same promise of the same constructor
const p = Promise.resolve(1);
class Sub extends Promise {}
return [Promise.resolve(p) === p, Sub.resolve(p) === p, Sub.resolve(p) instanceof Sub];
//# then on a subclass makes the subclass
class Sub extends Promise {}
const p = Sub.resolve(1).then((v) => v);
return [p instanceof Sub, p.constructor === Sub, p.finally(() => {}) instanceof Sub];
//# Symbol.species decides what then makes
class Sub extends Promise { static get [Symbol.species]() { return Promise; } }
return new Sub((ok) => ok(1)).then() instanceof Sub;
//# then without functions passes values and reasons through
return Promise.all([Promise.resolve(1).then(undefined, 2), Promise.reject(3).then(4).catch((e) => e)]);
//# finally passes the value through and waits for its promise
const log = [];
const v = await Promise.resolve('v').finally(async () => { await null; log.push('finally'); return 'ignored'; });
return [v, log];
//# finally that throws replaces the outcome
return Promise.resolve(1).finally(() => { throw new RangeError('f'); }).catch((e) => e.name);
//# finally takes two ticks more than then
const log = [];
Promise.resolve().finally(() => log.push('f')).then(() => log.push('after finally'));
Promise.resolve().then(() => log.push(1)).then(() => log.push(2)).then(() => log.push(3)).then(() => log.push(4)).then(() => log.push(5));
for (let i = 0; i < 9; i++) await null;
return log;
//# finally keeps a rejection
return Promise.reject('r').finally(() => 1).catch((e) => e);
//# Promise.all keeps the order of its input
const later = (v, n) => n ? Promise.resolve().then(() => later(v, n - 1)) : v;
return Promise.all([later('slow', 5), 'plain', later('fast', 1)]);
//# Promise.all of nothing is an empty array
return Promise.all([]);
//# Promise.all rejects with the first rejection
return Promise.all([1, Promise.reject('a'), Promise.reject('b')]).catch((e) => e);
//# Promise.all resolves after its inputs in a fixed number of ticks
const log = [];
Promise.all([1, 2]).then(() => log.push('all'));
Promise.resolve().then(() => log.push(1)).then(() => log.push(2)).then(() => log.push(3));
for (let i = 0; i < 6; i++) await null;
return log;
//# Promise.all calls the iterator's return when resolve throws
let returned = 0;
const it = { [Symbol.iterator]() { return this; }, next: () => ({ done: false, value: 1 }), return() { returned++; return {}; } };
class Bad extends Promise { static resolve() { throw new Error('resolve'); } }
const r = await Bad.all(it).catch((e) => e.message);
return [r, returned];
//# Promise.allSettled tells every outcome
return Promise.allSettled([1, Promise.reject('no'), Promise.resolve('ok'), { then(ok) { ok('thenable'); } }]);
//# Promise.any takes the first that fulfils
return Promise.any([Promise.reject(1), Promise.resolve(2), 3]);
//# Promise.any of rejections is an AggregateError in order
return Promise.any([Promise.reject('a'), Promise.reject('b')]).catch((e) => [e.constructor.name, e.errors]);
//# Promise.any of nothing rejects
return Promise.any([]).catch((e) => [e instanceof AggregateError, e.errors]);
//# Promise.race takes the first to settle
return Promise.race([new Promise(() => {}), Promise.resolve().then(() => 'second tick'), Promise.reject('first')]).catch((e) => e);
//# Promise.race prefers what is settled already, in order
return Promise.race([Promise.resolve('a'), 'b']);
//# Promise.withResolvers gives the three parts
const { promise, resolve, reject } = Promise.withResolvers();
resolve('r'); reject('ignored');
return promise;
//# Promise.try turns a throw into a rejection and passes arguments
if (!Promise.try) return 'absent';
return [await Promise.try((a, b) => a + b, 1, 2), await Promise.try(() => { throw 'x'; }).catch((e) => e)];
//# an await in a finally block runs before the return
const log = [];
const f = async () => { try { return 'r'; } finally { await null; log.push('finally'); } };
log.push(await f());
return log;
//# return in finally wins over a throw
const f = async () => { try { throw 1; } finally { return 2; } };
return f();
//# for await goes over promises in order
const log = [];
for await (const v of [Promise.resolve().then(() => 'a'), 'b', new Promise((ok) => ok('c'))]) log.push(v);
return log;
//# for await over a rejecting sync iterable closes it
let closed = 0;
const it = { [Symbol.iterator]() { let n = 0; return { next: () => ({ done: false, value: n++ === 1 ? Promise.reject('bad') : n }), return() { closed++; return {}; } }; } };
const seen = [];
try { for await (const v of it) seen.push(v); } catch (e) { seen.push(e); }
return seen.concat(typeof closed);
//# break out of for await calls return
const log = [];
const it = { [Symbol.asyncIterator]() { let n = 0; return { next: async () => ({ value: n++, done: false }), return: async () => { log.push('return'); return {}; } }; } };
for await (const v of it) { log.push(v); if (v === 2) break; }
return log;
//# an async generator queues its requests
const log = [];
async function* g() { for (let i = 0; i < 3; i++) { log.push('start ' + i); await null; yield i; } }
const it = g();
const all = await Promise.all([it.next(), it.next(), it.next(), it.next()]);
return [all, log];
//# an async generator awaits what it yields
async function* g() { yield Promise.resolve('a'); yield new Promise((ok) => ok('b')); }
const out = []; for await (const v of g()) out.push(v);
return out;
//# yield of a rejected promise throws inside the async generator
async function* g() { try { yield Promise.reject('r'); } catch (e) { yield 'caught ' + e; } }
const out = []; for await (const v of g()) out.push(v);
return out;
//# return of a promise is awaited in an async generator
async function* g() { return Promise.resolve('done'); }
return g().next();
//# yield* delegates to sync and async iterables
async function* inner() { yield 2; return 'inner result'; }
async function* g() { yield* [Promise.resolve(1)]; const r = yield* inner(); yield r; }
const out = []; for await (const v of g()) out.push(v);
return out;
//# return() runs the finally of an async generator
const log = [];
async function* g() { try { yield 1; yield 2; } finally { log.push('cleanup'); await null; log.push('awaited'); } }
const it = g(); await it.next();
const r = await it.return('r');
return [r, log, await it.next()];
//# throw() enters the catch of an async generator
async function* g() { try { yield 1; } catch (e) { yield 'caught ' + e; } }
const it = g(); await it.next();
return [await it.throw('t'), await it.next()];
//# return() on a fresh async generator ends it
async function* g() { yield 1; }
const it = g();
return [await it.return(Promise.resolve('early')), await it.next()];
//# the async generator order against plain ticks
const log = [];
async function* g() { yield 'a'; yield 'b'; }
const consume = async () => { for await (const v of g()) log.push(v); log.push('end'); };
const tick = async (n) => { for (let i = 0; i < n; i++) { await null; log.push(i); } };
await Promise.all([consume(), tick(9)]);
return log;
//# queueMicrotask and promises share one queue
if (typeof queueMicrotask !== 'function') return 'absent';
const log = [];
queueMicrotask(() => log.push('m1')); Promise.resolve().then(() => log.push('p1')); queueMicrotask(() => log.push('m2'));
await null; await null;
return log;
//# timers run after microtasks and in order of their time
const log = [];
await new Promise((ok) => {
  setTimeout(() => { log.push('t20'); ok(); }, 20);
  setTimeout(() => { log.push('t0'); Promise.resolve().then(() => log.push('micro in t0')); }, 0);
  Promise.resolve().then(() => log.push('micro'));
  log.push('sync');
});
return log;
//# timers of the same time run in the order in which they were set
const log = [];
await new Promise((ok) => { for (let i = 0; i < 5; i++) setTimeout((v) => { log.push(v); if (v === 4) ok(); }, 5, i); });
return log;
//# clearTimeout stops a timer
const log = [];
const id = setTimeout(() => log.push('never'), 1);
clearTimeout(id);
await new Promise((ok) => setTimeout(ok, 15));
return log;
//# a timer set in a timer runs later
const log = [];
await new Promise((ok) => setTimeout(() => { setTimeout(() => { log.push('inner'); ok(); }, 1); log.push('outer'); }, 1));
return log;
//# an await in a loop lets others in
const log = [];
const w = async (name) => { for (let i = 0; i < 3; i++) { log.push(name + i); await null; } };
await Promise.all([w('a'), w('b')]);
return log;
//# async functions as class methods keep this
class A { #v = 7; async get() { await null; return this.#v; } static async make() { await null; return new A(); } }
return (await A.make()).get();
//# async arrow keeps arguments and this of its surroundings
function f() { return (async () => { await null; return [this.v, arguments[0]]; })(); }
return f.call({ v: 1 }, 2);
//# an error thrown in an async function rejects its promise only
const f = async (x = (() => { throw new SyntaxError('default'); })()) => x;
let sync = 'no throw'; let p;
try { p = f(); } catch { sync = 'threw'; }
return [sync, await p.catch((e) => e.name)];
//# destructuring with await in defaults
const f = async () => { const { a = await Promise.resolve('A'), b: [c = await 'C'] = [] } = {}; return [a, c]; };
return f();
//# await binds tighter than arithmetic
return (await 2) ** 3 + await 4 * 2;
//# a rejection that is handled later is no failure
const p = Promise.reject('late');
await null; await null;
return p.catch((e) => e);
//# an await using block disposes in reverse order
let AsyncFunction = (async () => {}).constructor;
let f;
try { f = new AsyncFunction('log', 'await using a = { async [Symbol.asyncDispose]() { log.push("a"); } }; using b = { [Symbol.dispose]() { log.push("b"); } }; log.push("body");'); } catch { return 'absent'; }
const log = [];
await f(log);
return log;
//# Array.fromAsync collects async iterables and maps
if (!Array.fromAsync) return 'absent';
async function* g() { yield 1; yield 2; }
return [await Array.fromAsync(g(), async (v) => v * 2), await Array.fromAsync([Promise.resolve(3), 4])];
//# ten thousand awaits end
let n = 0; for (let i = 0; i < 10000; i++) n += await 1;
return n;
//# a chain of ten thousand thens ends
let p = Promise.resolve(0); for (let i = 0; i < 10000; i++) p = p.then((v) => v + 1);
return p;
