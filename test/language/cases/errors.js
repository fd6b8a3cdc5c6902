//# errors have name, message and a stack text
const e = new TypeError('m'); return [e.name, e.message, typeof e.stack, String(e), Object.keys(e), e instanceof Error, Object.hasOwn(e, 'message'), Object.hasOwn(new Error(), 'message')];
//# cause is kept
const c = { why: 1 }; const e = new Error('m', { cause: c }); return [e.cause === c, 'cause' in new Error('m'), new Error('x', { cause: undefined }).hasOwnProperty('cause'), Object.getOwnPropertyDescriptor(e, 'cause').enumerable];
//# AggregateError holds its errors
const e = new AggregateError(new Set([1, 2]), 'm', { cause: 'c' }); return [e.errors, e.message, e.cause, e.name, AggregateError.length];
//# every native error has its prototype
return [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((E) => [new E('x').name, Object.getPrototypeOf(E) === Error, E('no new') instanceof E]);
//# Error.prototype.toString
return [Error.prototype.toString.call({ name: 'N', message: 'M' }), Error.prototype.toString.call({}), Error.prototype.toString.call({ name: '', message: 'M' }), Error.prototype.toString.call({ name: 'N' })];
//# Error.isError
if (!Error.isError) return 'absent'; return [Error.isError(new TypeError()), Error.isError({ name: 'Error' }), Error.isError(Object.create(Error.prototype))];
//# captureStackTrace makes a stack
if (!Error.captureStackTrace) return 'absent'; const o = {}; Error.captureStackTrace(o); return typeof o.stack;
//# a stack names the functions on it
function innermost() { throw new Error('deep'); } function outer() { innermost(); } try { outer(); } catch (e) { return [e.stack.includes('innermost'), e.stack.includes('outer'), e.stack.indexOf('innermost') < e.stack.lastIndexOf('outer')]; }
//# anything can be thrown
const out = []; for (const v of [1, 'text', null, undefined, Symbol.iterator, { a: 1 }, 1n]) try { throw v; } catch (e) { out.push(e === v); } return out;
//# common mistakes have their kinds
const names = []; for (const f of [() => null.x, () => undefined(), () => ({}).f(), () => nowhere, () => new (() => {})(), () => [...1], () => { const [a] = {}; }, () => decodeURI('%'), () => new Array(-1), () => Symbol() + 1, () => ({}) instanceof 5, () => 'a' in 'b', () => Object.defineProperty(1, 'a', {}), () => new Proxy({}), () => Reflect.construct(1), () => 'x'.repeat(-1), () => null[Symbol.iterator], () => (1).toFixed(200), () => structuredClone(Symbol()) && 0, () => BigInt('z')]) try { f(); names.push('none'); } catch (e) { names.push(e.name === 'DataCloneError' ? 'DataCloneError' : e.constructor.name); } return names;
//# rethrow keeps the error
const e = new Error('x'); try { try { throw e; } catch (c) { throw c; } finally { } } catch (c) { return c === e; }
//# catch binding is scoped and may be destructured
let e = 'outer'; try { throw { a: 1, b: [2] }; } catch ({ a, b: [c] }) { e = a + c; } try { throw 1; } catch (e) { var v = e; } return [e, v];
//# nested finally blocks run inside out
const log = []; try { try { throw 1; } finally { log.push('inner'); try { throw 2; } catch { log.push('caught'); } } } catch (e) { log.push(e); } finally { log.push('outer'); } return log;
//# an error in a getter, a setter and a toString goes through
const out = []; for (const f of [() => ({ get a() { throw new RangeError(); } }).a, () => { ({ set a(v) { throw new EvalError(); } }).a = 1; }, () => `${{ toString() { throw new URIError(); } }}`, () => [1].map(() => { throw new SyntaxError(); }), () => [2, 1].sort(() => { throw new ReferenceError(); })]) try { f(); } catch (e) { out.push(e.name); } return out;
//# SuppressedError keeps both errors
if (typeof SuppressedError === 'undefined') return 'absent'; const e = new SuppressedError('a', 'b', 'm'); return [e.error, e.suppressed, e.message, e instanceof Error];
//# using disposes at the end of its block
let f; try { f = new Function('log', '{ using a = { [Symbol.dispose]() { log.push("a"); } }; using b = { [Symbol.dispose]() { log.push("b"); } }; log.push("body"); } log.push("after");'); } catch { return 'absent'; } const log = []; f(log); return log;
//# DisposableStack disposes in reverse
if (typeof DisposableStack === 'undefined') return 'absent'; const log = []; const s = new DisposableStack(); s.defer(() => log.push(1)); s.use({ [Symbol.dispose]: () => log.push(2) }); s.dispose(); s.dispose(); return [log, s.disposed];
//# Intl is absent with a clear error, or there
if (typeof Intl !== 'undefined') return 'there'; return 'absent';
//# memory runs out as a catchable error or not at all
const a = new Array(4294967295); return a.length;
//# a typed array that is too large is a RangeError
try { new Uint8Array(2 ** 53); return 'made'; } catch (e) { return e.name; }
//# import() of an unknown module rejects
try { await import('no-such-module-anywhere'); return 'loaded'; } catch (e) { return e instanceof Error || typeof e; }
//# errors from eval have line positions in their stack
try { eval('\n\nthrow new Error("x")'); } catch (e) { return /:3(:\d+)?/.test(e.stack); }
//# an error's stack begins with its name and message
return new RangeError('the message').stack.startsWith('RangeError: the message');
