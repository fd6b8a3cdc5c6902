//# typed arrays wrap, clamp and round
return [new Uint8Array([256, -1, 1.9, NaN, '7']), new Int8Array([128, -129]), new Uint8ClampedArray([300, -5, 1.5, 2.5, NaN]), new Uint16Array([65537]), new Int32Array([2 ** 31]), new Uint32Array([-1]), new Float32Array([0.1, 1e40])];
//# 64-bit arrays take bigints only
return [new BigInt64Array([2n ** 63n, -1n]), new BigUint64Array([-1n]), (() => { try { new BigInt64Array([1]); } catch (e) { return e.name; } })(), (() => { try { new Uint8Array([1n]); } catch (e) { return e.name; } })()];
//# Float16Array
if (typeof Float16Array === 'undefined') return 'absent'; return [new Float16Array([1.337, 65504, 65520, 0.001, 0.1, -0]), Float16Array.BYTES_PER_ELEMENT];
//# views share a buffer and honour offsets
const b = new ArrayBuffer(8); const a = new Uint8Array(b); const v = new Uint16Array(b, 2, 2); v[0] = 0x0102; a[4] = 9; return [a, v, v.byteOffset, v.byteLength, v.buffer === b, (() => { try { new Uint16Array(b, 1); } catch (e) { return e.name; } })(), (() => { try { new Uint32Array(b, 4, 2); } catch (e) { return e.name; } })()];
//# DataView reads and writes both byte orders
const d = new DataView(new ArrayBuffer(32)); d.setInt16(0, -2); d.setUint32(2, 0xdeadbeef, true); d.setFloat64(8, Math.PI); d.setFloat32(16, 1.5, true); d.setBigInt64(24, -5n); return [d.getUint8(1), d.getInt16(0, true), d.getUint32(2), d.getFloat64(8), d.getFloat32(16, true), d.getBigUint64(24), (() => { try { d.getInt8(32); } catch (e) { return e.name; } })()];
//# DataView half floats
const d = new DataView(new ArrayBuffer(2)); if (!d.setFloat16) return 'absent'; d.setFloat16(0, 1.5); return [d.getFloat16(0), d.getUint16(0)];
//# set and subarray and slice
const a = new Uint8Array([1, 2, 3, 4, 5]); const s = a.subarray(1, 3); s[0] = 9; const c = a.slice(-2); c[0] = 0; a.set([7, 8], 3); a.set(a.subarray(0, 2), 1); return [a, s, c, (() => { try { a.set([1], 5); } catch (e) { return e.name; } })()];
//# typed arrays have the array methods
const a = new Int16Array([3, -1, 2]); return [a.map((x) => x * 2), a.filter((x) => x > 0), [...a.toSorted()], a.toReversed(), a.with(0, 9), a.join('-'), a.indexOf(2), a.includes(-1), a.find((x) => x < 0), a.findLast((x) => x > 0), a.reduce((x, y) => x + y), a.at(-1), a.fill(1, 1), a.copyWithin(0, 1), a.some((x) => x === 1), [...a.entries()]];
//# typed arrays sort by number
return [new Uint8Array([10, 9, 1]).sort(), new Float64Array([0, -0, NaN, -Infinity, 1]).sort(), new Int8Array([1, 2, 3]).sort((a, b) => b - a)];
//# out of range and odd keys of typed arrays
const a = new Uint8Array(2); a[5] = 1; a['-0'] = 1; a['1.5'] = 1; a.x = 1; return [a[5], Object.keys(a), '-0' in a, delete a[7], (() => { 'use strict'; try { delete a[0]; return 'none'; } catch (e) { return e.name; } })(), Object.isFrozen(a)];
//# typed array constructors take iterables, lengths and array-likes
return [new Uint8Array(new Set([1, 2])), new Uint8Array({ length: 2, 0: 5 }), Uint8Array.from('123'), Uint8Array.of(1, 2), new Uint8Array(new Float32Array([1.7])), Uint8Array.from([1, 2], (x) => x * 3), (() => { try { new Uint8Array(-1); } catch (e) { return e.name; } })(), (() => { try { Uint8Array(1); } catch (e) { return e.name; } })()];
//# ArrayBuffer slice and isView
const b = new Uint8Array([1, 2, 3, 4]).buffer; return [b.slice(1, 3), b.slice(-1), ArrayBuffer.isView(new DataView(b)), ArrayBuffer.isView(b), b.byteLength];
//# a resizable ArrayBuffer grows its views
let b; try { b = new ArrayBuffer(2, { maxByteLength: 8 }); } catch { return 'absent'; } if (!b.resize) return 'absent'; const a = new Uint8Array(b); const fixed = new Uint8Array(b, 0, 2); b.resize(4); a[3] = 7; const grown = [a.length, fixed.length]; b.resize(1); return [grown, a.length, fixed.length, b.resizable, b.maxByteLength, (() => { try { b.resize(9); } catch (e) { return e.name; } })()];
//# transfer detaches the buffer
const b = new Uint8Array([1, 2, 3]).buffer; if (!b.transfer) return 'absent'; const a = new Uint8Array(b); const c = b.transfer(2); return [b.detached, b.byteLength, a.length, a[0], c, (() => { try { b.slice(0); } catch (e) { return e.name; } })()];
//# SharedArrayBuffer and Atomics are both there or both absent
return (typeof SharedArrayBuffer === 'undefined') === (typeof Atomics === 'undefined');
//# Atomics on a plain array
if (typeof Atomics === 'undefined') return 'absent'; const a = new Int32Array(2); return [Atomics.add(a, 0, 5), Atomics.load(a, 0), Atomics.exchange(a, 0, 9), Atomics.compareExchange(a, 0, 9, 1), Atomics.isLockFree(4), a];
//# base64 and hex of Uint8Array
if (!Uint8Array.fromBase64) return 'absent'; return [Uint8Array.fromBase64('AQID'), new Uint8Array([255, 1]).toHex(), new Uint8Array([1, 2]).toBase64(), Uint8Array.fromHex('ff00')];
//# TextEncoder and TextDecoder
if (typeof TextEncoder === 'undefined') return 'absent'; const e = new TextEncoder(); return [e.encode('aé\u{1F600}\ud800'), new TextDecoder().decode(new Uint8Array([0x61, 0xc3, 0xa9, 0xff])), new TextDecoder('utf-8', { fatal: true }).decode(e.encode('ok')), (() => { try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])); } catch (x) { return x.name; } })(), new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))];
//# structuredClone copies deeply
if (typeof structuredClone === 'undefined') return 'absent'; const o = { d: new Date(5), m: new Map([[1, { x: [1] }]]), s: new Set([1]), b: new Uint8Array([1, 2]), u: undefined, n: 1n, r: /x/g }; o.self = o; const c = structuredClone(o); return [c !== o, c.self === c, c.d, c.m, c.s, c.b, 'u' in c, c.n, c.r, (() => { try { structuredClone(() => 1); } catch (e) { return e.name; } })()];
//# atob and btoa
if (typeof btoa === 'undefined') return 'absent'; return [btoa('hello'), atob('aGVsbG8='), atob(' aGVs bG8 '), (() => { try { btoa('é\u0100'); } catch (e) { return e.name; } })(), (() => { try { atob('a'); } catch (e) { return e.name; } })()];
//# byte lengths and buffers are read only
const a = new Uint8Array(3); a.length = 9; return [a.length, Uint8Array.BYTES_PER_ELEMENT, Object.getPrototypeOf(Uint8Array).name, Object.prototype.toString.call(a), a.constructor.name];
//# a large buffer is filled and summed
const a = new Uint32Array(100000); for (let i = 0; i < a.length; i++) a[i] = i * 7; let s = 0; for (const v of a) s = (s + v) % 1000003; return s;
