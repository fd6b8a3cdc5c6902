//# parse takes every kind of value
return JSON.parse(' {"a":[1,-0.5e-3,true,false,null,"\\u00e9\\n"],"b":{"":{}},"1":2} ');
//# parse refuses what is not JSON
const names = []; for (const s of ['', '{a:1}', "'a'", '[1,]', '01', '1.', '.5', '+1', 'NaN', '"\t"', '{"a":1,}', '[', 'undefined', '1 2', '"\\x41"', '// c\n1', '{"a" 1}', '\u00a01', '-', '1e', 'tru', '"']) try { JSON.parse(s); names.push('took ' + s); } catch (e) { names.push(e.name); } return names;
//# a reviver goes from the leaves up
const log = []; const v = JSON.parse('{"a":[1,2],"b":3}', function (k, v) { log.push(k); return k === 'b' ? undefined : typeof v === 'number' ? v * 2 : v; }); return [v, log];
//# a reviver gets the source text
let got = []; JSON.parse('[1.0,"x"]', (k, v, c) => { got.push(c?.source); return v; }); return got[0] === undefined ? 'absent' : got;
//# __proto__ in JSON is a plain key
const o = JSON.parse('{"__proto__":{"x":1},"constructor":2}'); return [Object.keys(o), o.x, Object.getPrototypeOf(o) === Object.prototype];
//# duplicate keys keep the last
return JSON.parse('{"a":1,"b":2,"a":3}');
//# stringify leaves out what JSON has not
return [JSON.stringify({ a: undefined, b: () => 1, c: Symbol(), d: NaN, e: Infinity, f: null, g: -0 }), JSON.stringify([undefined, () => 1, Symbol(), NaN]), JSON.stringify(undefined), JSON.stringify(() => 1), JSON.stringify(null), JSON.stringify(Object(1)), JSON.stringify(new String('s')), JSON.stringify(new Boolean(false))];
//# stringify indents
return [JSON.stringify({ a: [1, { b: 2 }], c: {}, d: [] }, null, 2), JSON.stringify([1], null, '--'), JSON.stringify([1], null, 20).length, JSON.stringify([1], null, '')];
//# a replacer function and list
return [JSON.stringify({ a: 1, b: 'x', c: { a: 2, d: 3 } }, ['a', 'c']), JSON.stringify({ a: 1, b: 2 }, (k, v) => (k === 'a' ? undefined : typeof v === 'number' ? v + 1 : v)), JSON.stringify({ 1: 1, 2: 2 }, [2])];
//# toJSON gets its key
const o = { toJSON: (k) => 'key:' + k }; return [JSON.stringify({ a: o, b: [o] }), JSON.stringify(o), JSON.stringify(new Date(0)), JSON.stringify({ d: new Date(NaN) })];
//# cycles throw TypeError
const o = {}; o.o = o; const a = []; a.push([a]); const names = []; for (const v of [o, a]) try { JSON.stringify(v); } catch (e) { names.push(e.name); } return names;
//# maps, sets, regular expressions and errors become empty objects
return JSON.stringify([new Map([[1, 2]]), new Set([1]), /x/, new Error('m'), new Uint8Array([1, 2]), Object.create({ inherited: 1 })]);
//# control characters and quotes are escaped
return JSON.stringify('\u0000\b\t\n\f\r"\\\u007f\u2028\ud800');
//# numbers are written shortest
return JSON.stringify([0.1, 1e21, 1e-7, 100, 1.5e300, -5e-324, 123456789.123]);
//# key order is kept, integers first
return JSON.stringify({ z: 1, 10: 1, a: 1, 9: 1 });
//# a getter that throws goes through
try { JSON.stringify({ get a() { throw new RangeError('g'); } }); } catch (e) { return e.name; }
//# deep nesting of a thousand levels is read and written
const s = '['.repeat(1000) + ']'.repeat(1000); return JSON.stringify(JSON.parse(s)) === s;
//# JSON.rawJSON
if (!JSON.rawJSON) return 'absent'; return [JSON.stringify({ n: JSON.rawJSON('12345678901234567890') }), JSON.isRawJSON(JSON.rawJSON('1')), JSON.isRawJSON({})];
//# a large document makes the round
const v = Array.from({ length: 2000 }, (_, i) => ({ id: i, name: 'n' + i, tags: ['a', i % 3 ? 'b' : null], nested: { x: i / 7 } })); const s = JSON.stringify(v); return [s.length, JSON.stringify(JSON.parse(s)) === s];
//# proxies are written through their traps
return JSON.stringify(new Proxy({ a: 1, b: 2 }, { get: (t, k) => (k === 'toJSON' ? undefined : t[k] * 2), ownKeys: () => ['b', 'a'] }));
