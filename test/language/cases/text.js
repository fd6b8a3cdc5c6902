//# named groups
const m = /(?<y>\d{4})-(?<m>\d\d)/.exec('on 2024-03'); return [m.groups.y, { ...m.groups }, m.index, '2024-03'.replace(/(?<y>\d+)-(?<m>\d+)/, '$<m>/$<y>')];
//# lookbehind
return ['$10 €20'.match(/(?<=€)\d+/)[0], 'a1b2'.match(/(?<!a)\d/)[0], 'abcabc'.replace(/(?<=ab)c/g, 'X')];
//# lookahead and backreferences
return [/(?=.*\d)(?=.*[a-z]).{3,}/.test('ab1'), /(['"]).*?\1/.exec(`say "it's"`)[0], /(?<q>a)\k<q>/.test('aa'), 'foobar'.match(/foo(?!baz)/)[0]];
//# the u flag reads code points
return [/^.$/.test('\u{1F600}'), /^.$/u.test('\u{1F600}'), '\u{1F600}'.match(/./g).length, /\u{61}/u.test('a'), /\p{Script=Greek}/u.test('α'), /^\p{Lu}\p{Ll}+$/u.test('Émile')];
//# the v flag has set operations
let r; try { r = new RegExp('[\\p{L}--[a-z]]', 'v'); } catch (e) { return 'absent'; } return [r.test('a'), r.test('B'), new RegExp('[[a-z]&&[aeiou]]', 'v').test('b'), new RegExp('^\\p{Emoji_Keycap_Sequence}$', 'v').test('1\uFE0F\u20E3'), r.unicodeSets];
//# the y flag is sticky
const r = /\d/y; const s = '1a2'; const out = [r.test(s), r.lastIndex, r.test(s), r.lastIndex]; r.lastIndex = 2; return [...out, r.exec(s)[0], 'a1'.replace(/\d/y, 'x'), '12a3'.replace(/\d/gy, 'x')];
//# the d flag gives indices
const m = /a(?<b>b)?(c)?/d.exec('xab'); return [m.indices[0], m.indices[1], m.indices[2], m.indices.groups.b];
//# the s, i and m flags
return [/a.b/.test('a\nb'), /a.b/s.test('a\nb'), /ÀÉ/i.test('àé'), 'a\nb'.match(/^b$/m)?.index, /\u212a/i.test('k'), /\u212a/iu.test('k'), new RegExp('x', 'dgimsuy').flags];
//# inline modifiers
let r; try { r = new RegExp('(?i:a)b'); } catch { return 'absent'; } return [r.test('Ab'), r.test('AB'), new RegExp('(?-i:a)b', 'i').test('AB')];
//# duplicate named groups in alternatives
let r; try { r = new RegExp('(?<y>\\d{4})-x|x-(?<y>\\d{4})'); } catch { return 'absent'; } return [r.exec('2024-x').groups.y, r.exec('x-2025').groups.y];
//# exec with g walks on
const r = /\w/g; const out = []; let m; while ((m = r.exec('a b c'))) out.push([m[0], m.index, r.lastIndex]); return [out, r.lastIndex];
//# matchAll gives every match and needs g
return [[...'a1b22'.matchAll(/[a-z](?<n>\d+)/g)].map((m) => [m[0], m.index, m.groups.n]), (() => { try { 'a'.matchAll(/a/); } catch (e) { return e.name; } })()];
//# replace with functions and patterns
return ['abc'.replace(/(b)(x)?/, (...a) => JSON.stringify(a)), 'abc'.replace('b', "[$&$`$'$$]"), 'aXbX'.replaceAll('X', (m, i) => i), 'aaa'.replaceAll(/a/g, '$&b'), (() => { try { 'a'.replaceAll(/a/, ''); } catch (e) { return e.name; } })()];
//# split keeps groups and honours a limit
return ['a1b2c'.split(/(\d)/), 'abc'.split(''), 'a,b,c'.split(',', 2), ''.split(','), ''.split(''), 'ab'.split(/(?:)/u), '\u{1F600}'.split('').length];
//# search and match without g
return ['abc'.search(/c/), 'abc'.search('z'), 'abc'.match(/z/), 'aba'.match(/a/g), 'abc'.match('b').index];
//# greedy, lazy and counted quantifiers
return ['<<a>>'.match(/<.+>/)[0], '<<a>>'.match(/<.+?>/)[0], 'aaaa'.match(/a{2,3}/)[0], 'aaaa'.match(/a{2,3}?/)[0], /^(?:a|ab)(?:c|bcd)$/.test('abcd')];
//# empty matches advance
return ['abc'.replace(/x*/g, '-'), [...'ab'.matchAll(/(?:)/g)].length, '\u{1F600}'.replace(/(?:)/gu, '-')];
//# character classes and escapes
return ['a-b_c d'.match(/[\w-]+/)[0], /[^\s\S]/.test('a'), /[\b]/.test('\b'), /\cJ/.test('\n'), /[\]\\]/.test(']'), /\0/.test('\0'), /^[^]$/.test('\n'), '\u00a0\ufeff\u2028'.match(/^\s+$/) !== null];
//# source, flags and toString
return [String(new RegExp('/', 'g')), new RegExp('').source, /[/]/.source, RegExp('\n').source, String(/a/dgimsuy)];
//# RegExp.prototype.flags and lastIndex are honoured by subclasses
class R extends RegExp { exec(s) { const m = super.exec(s); if (m) m[0] = m[0].toUpperCase(); return m; } } return ['abc'.replace(new R('b'), '$&'), 'abc'.match(new R('c'))[0]];
//# Symbol.replace and Symbol.split can be given
return ['abc'.replace({ [Symbol.replace]: (s, r) => s + r }, 'X'), 'abc'.split({ [Symbol.split]: (s) => [s, 'split'] }), 'abc'.search({ [Symbol.search]: () => 42 })];
//# bad expressions are SyntaxErrors
const names = []; for (const s of ['(', '[', '*', 'a**', '(?<a>x)(?<a>y)', '\\k<z>(?<a>x)', '[z-a]', 'a{2,1}', '(?<=a']) try { new RegExp(s); names.push('none'); } catch (e) { names.push(e.name); } try { new RegExp('a', 'gg'); } catch (e) { names.push(e.name); } try { new RegExp('\\p{Nope}', 'u'); } catch (e) { names.push(e.name); }
return names;
//# RegExp.escape
if (!RegExp.escape) return 'absent'; return [RegExp.escape('a.b*c'), RegExp.escape('1-2'), RegExp.escape('\n')];
//# at, charAt, codePointAt and indexing
const s = 'a\u{1F600}'; return [s.at(-1), s.at(5), s.charAt(9), s[1], s.codePointAt(1), s.codePointAt(2), s.charCodeAt(9), String.fromCodePoint(0x1f600, 97), s.length];
//# normalize
return ['\u0041\u030a'.normalize() === '\u00c5', '\ufb01'.normalize('NFKC'), '\u00c5'.normalize('NFD').length, '\u1E9B\u0323'.normalize('NFKD').length, (() => { try { 'a'.normalize('X'); } catch (e) { return e.name; } })()];
//# isWellFormed and toWellFormed
return ['a\ud800'.isWellFormed(), 'a\u{1F600}'.isWellFormed(), 'a\ud800b'.toWellFormed()];
//# padStart and padEnd
return ['5'.padStart(3, '0'), 'a'.padEnd(5, 'xy'), 'abc'.padStart(2), 'a'.padStart(4, ''), '\u{1F600}'.padEnd(3, '-')];
//# trim takes all white space
return ['\u00a0\t\n a \ufeff\u2029'.trim(), '  a '.trimStart(), ' a  '.trimEnd(), '\u200ba'.trim().length];
//# slice, substring and substr
return ['hello'.slice(-3, -1), 'hello'.substring(3, 1), 'hello'.substring(-1, NaN), 'hello'.substr(-3, 2), 'hello'.slice(3, 1)];
//# includes, startsWith, endsWith, indexOf, lastIndexOf
return ['abc'.includes('b', 2), 'abc'.startsWith('b', 1), 'abc'.endsWith('b', 2), 'abab'.lastIndexOf('b'), 'abab'.lastIndexOf('b', 2), 'abc'.indexOf(''), 'abc'.indexOf('', 9), (() => { try { 'a'.includes(/a/); } catch (e) { return e.name; } })()];
//# repeat and its limits
return ['ab'.repeat(3), 'a'.repeat(0), ''.repeat(2 ** 28), ['a'.repeat.bind('a', -1), 'a'.repeat.bind('a', Infinity)].map((f) => { try { return f(); } catch (e) { return e.name; } })];
//# case of special letters
return ['ß'.toUpperCase(), 'İ'.toLowerCase().length, 'ΑΣ'.toLowerCase(), 'ǆ'.toUpperCase(), 'ŉ'.toUpperCase(), 'ﬁ'.toUpperCase(), '\u{10400}'.toLowerCase()];
//# localeCompare of ASCII letters of one case
return ['a'.localeCompare('b'), 'b'.localeCompare('a'), 'a'.localeCompare('a'), ['c', 'a', 'b'].sort((x, y) => x.localeCompare(y))];
//# localeCompare of letters of both cases
return ['a'.localeCompare('B'), 'a'.localeCompare('A'), 'é'.localeCompare('f')];
//# comparison of texts is by code unit
return ['\u{1F600}' < '\uffff', 'Z' < 'a', ['b', 'a', 'C', 'é', '10', '9'].sort()];
//# iteration is by code point
return [[...'a\u{1F600}\ud800'].map((c) => c.length), Array.from('é́').length];
//# concat, String() and valueOf
return ['a'.concat(1, null, undefined, [2, 3]), String(Symbol('d')), String(null), String([1, [2, 3]]), String({}), new String('x') == 'x', typeof new String('x'), Object.keys(new String('ab'))];
//# raw text with lone surrogates survives JSON
return [JSON.stringify('\ud83d'), JSON.stringify('\u{1F600}'), JSON.parse('"\\ud83d"').length, JSON.stringify('\u2028\u0007"\\')];
//# encodeURIComponent and friends
return [encodeURIComponent('a b&ü/\u{1F600}'), encodeURI('http://x/ä?q=1#h'), decodeURIComponent('%F0%9F%98%80'), decodeURI('%2F'), (() => { try { decodeURIComponent('%'); } catch (e) { return e.name; } })(), (() => { try { encodeURIComponent('\ud800'); } catch (e) { return e.name; } })(), escape('ü a'), unescape('%FC')];
//# String.prototype methods need an object that is there
const names = []; for (const v of [null, undefined]) try { String.prototype.trim.call(v); } catch (e) { names.push(e.name); } return [names, String.prototype.trim.call(12), String.prototype.at.call([1, 2], 1)];
//# a long text is built quickly and compared
let s = ''; for (let i = 0; i < 20000; i++) s += i; return [s.length, s.slice(-5), s.indexOf('19999'), s === s.split('').join('')];
