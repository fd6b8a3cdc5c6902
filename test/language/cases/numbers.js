//# toFixed
return [(1.005).toFixed(2), (1.45).toFixed(1), (-1.5).toFixed(0), (2.5).toFixed(0), (1e21).toFixed(2), (0).toFixed(2), (-0.0000001).toFixed(2), (123.456).toFixed(10), (0.1).toFixed(20), (() => { try { (1).toFixed(101); } catch (e) { return e.name; } })()];
//# toPrecision
return [(123.456).toPrecision(4), (0.000123).toPrecision(2), (1e21).toPrecision(3), (123456).toPrecision(2), (0).toPrecision(3), (1.25).toPrecision(2), (1.35).toPrecision(2)];
//# toExponential
return [(12345).toExponential(), (12345).toExponential(2), (0).toExponential(1), (0.00015).toExponential(0), (-1e-7).toExponential(3), NaN.toExponential()];
//# toString with a radix
return [(255).toString(16), (0.5).toString(2), (-255).toString(36), (2 ** 53).toString(2).length, (3.75).toString(8), (1e21).toString(10), (35).toString(36), (() => { try { (1).toString(1); } catch (e) { return e.name; } })()];
//# fractions in a radix
return [(0.1).toString(3).slice(0, 20), (1 / 3).toString(2).slice(0, 40), (255.255).toString(16).slice(0, 10)];
//# the shortest text of a number
return [0.1 + 0.2, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, 100, 1e100, -1e-10, 0.000001, 4.35, 2 ** 53, 9007199254740993].map(String);
//# parseFloat
return ['3.14abc', '  -.5e-3x', 'Infinityx', '0x10', '', '.', '1e', '1e+', '-0', '1_000', '\u00a01'].map(parseFloat);
//# parseInt
return [parseInt('0x1f'), parseInt('12px'), parseInt('101', 2), parseInt('z', 36), parseInt(''), parseInt('9', 8), parseInt(0.0000005), parseInt('1e3'), parseInt(null, 36), parseInt('123', 37), parseInt('-0'), parseInt('9007199254740993')];
//# Number of texts
return ['', ' ', '12', '1e3', '0b101', '0o17', '0xFF', '-0x10', 'Infinity', '-Infinity', 'infinity', '1,2', '1_0', '.5', '5.', '.', '+-1', '\n1\t', null, undefined, true, [], [5], [1, 2], {}].map(Number);
//# minus zero
return [-0, 0 * -1, Object.is(-0, 0), -0 === 0, 1 / -0, Math.round(-0.4), [-0].includes(0), [-0].indexOf(0), Math.max(-0, 0), Math.min(0, -0), String(-0), JSON.stringify(-0), (-0).toFixed(1), Math.sign(-0), -0 + -0, parseInt('-0')];
//# NaN
return [NaN === NaN, Object.is(NaN, NaN), [NaN].includes(NaN), [NaN].indexOf(NaN), isNaN('x'), Number.isNaN('x'), Math.max(1, NaN), NaN ** 0, new Set([NaN, NaN]).size, typeof NaN];
//# division, remainder and Infinity
return [1 / 0, -1 / 0, 0 / 0, 5 % 3, -5 % 3, 5 % -3, 5.5 % 2, 5 % 0, Infinity % 5, 5 % Infinity, -4 % 2];
//# integers and their limits
return [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.EPSILON, Number.isInteger(5.0), Number.isSafeInteger(2 ** 53), Number.isInteger('5'), 2 ** 53 + 1, Number.MAX_VALUE * 2];
//# bit operations
return [1 << 31, 1 << 32, -1 >>> 0, -1 >> 1, 5 & 3, 5 | 3, 5 ^ 3, ~5, 2 ** 32 | 0, 1.9 | 0, -1.9 | 0, NaN | 0, '7' & 3, 1 << -1, 2 ** 53 >>> 0];
//# increments and compound assignment
let a = 5, s = '5', b = 1n; return [a++ + ++a, s++, s, ++b, (a += '1'), (a -= 1), (a <<= 2), (a **= 2), (a %= 7), (a >>>= 1)];
//# Math rounds and roots
return [Math.round(2.5), Math.round(-2.5), Math.round(0.49999999999999994), Math.trunc(-1.9), Math.floor(-1.1), Math.ceil(-1.9), Math.sqrt(2), Math.cbrt(27), Math.hypot(3, 4), Math.hypot(), Math.fround(5.5), Math.fround(5.05), Math.clz32(1), Math.imul(0xffffffff, 5), Math.sign(-3)];
//# Math logarithms of exact values
return [Math.log2(8), Math.log10(1000), Math.log(1), Math.log1p(0), Math.expm1(0), Math.exp(0), Math.log2(0), Math.log(-1), Math.pow(2, 0.5), Math.atan2(0, -0), Math.atan2(-0, 0), Math.sinh(0), Math.acosh(1)];
//# Math functions to twelve digits
return [Math.sin(1), Math.cos(1), Math.tan(1), Math.asin(0.5), Math.acos(0.5), Math.atan(1), Math.exp(1), Math.log(10), Math.sinh(1), Math.cosh(1), Math.tanh(1), Math.pow(1.1, 10), Math.asinh(1), Math.atanh(0.5)].map((x) => x.toPrecision(12));
//# Math.max and min
return [Math.max(), Math.min(), Math.max(1, '3', [2]), Math.max(...[]), Math.max(1, undefined), Math.min(null, 1)];
//# the shortest text of powers of two
const out = []; for (let e = -80; e < 80; e++) out.push(String(2 ** e)); return out;
//# Math.f16round
return Math.f16round ? [1.337, 65520, 1e-8].map(Math.f16round) : 'absent';
//# Math.random is in range
const r = Array.from({ length: 1000 }, Math.random); return [r.every((x) => x >= 0 && x < 1), new Set(r).size > 990, r.some((x) => x > 0.9), r.some((x) => x < 0.1)];
//# BigInt arithmetic
return [2n ** 100n, -7n / 2n, -7n % 2n, 7n & 3n, -1n >> 1n, 1n << 70n, ~5n, -(-5n), 10n > 9, 2n == 2, 2n === 2, typeof 1n, 5n ^ 3n, 0n === -0n];
//# BigInt conversions
return [BigInt('0xff'), BigInt(' 12 '), BigInt(''), BigInt(true), Number(2n ** 64n), parseInt('12n'), BigInt(2 ** 53), (123n).toString(36), BigInt.asIntN(8, 255n), BigInt.asUintN(8, -1n), `${10n}`, 10n + 'x'];
//# BigInt errors
const names = []; for (const f of [() => 1n + 1, () => BigInt(1.5), () => BigInt('x'), () => +1n, () => 1n / 0n, () => 2n ** -1n, () => Math.max(1n), () => JSON.stringify(1n), () => 1n >>> 0n, () => BigInt(undefined), () => new BigInt(1)]) try { f(); names.push('none'); } catch (e) { names.push(e.name); }
return names;
//# BigInt of a thousand digits
let f = 1n; for (let i = 1n; i <= 200n; i++) f *= i; const s = f.toString(); return [s.length, s.slice(0, 20), f / (f / 7n), BigInt(s) === f, (f % 1000007n)];
//# BigInt sorts and compares with numbers
return [[3n, 1, 2n, 0.5].sort((a, b) => (a < b ? -1 : 1)), 1n < 1.5, 2n > '1', [1n, 2n].includes(2n), new Set([1n, 1n, 1]).size, Object(1n) == 1n];
//# Number methods check their receiver
const names = []; for (const f of [() => Number.prototype.toFixed.call('1'), () => BigInt.prototype.toString.call(1), () => Symbol.prototype.toString.call('x'), () => Boolean.prototype.valueOf.call(1)]) try { f(); names.push('none'); } catch (e) { names.push(e.name); }
return names;
//# toLocaleString groups thousands
return (1234567.5).toLocaleString();
//# toLocaleString without options of small integers
return [(5).toLocaleString(), (0).toLocaleString(), true.toString(), (12).valueOf()];
