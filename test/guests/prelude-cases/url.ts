/** Cases of URL and URLSearchParams. */

const parts = `const parts = ({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash }) =>
  ({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash });
const tried = (...args) => { try { return parts(new URL(...args)); } catch (error) { return [error.name, error.code, error.message]; } };
`;
const each = (...inputs: readonly (readonly string[])[]): string =>
  `${parts}return ${JSON.stringify(inputs)}.map((args) => tried(...args));`;

export const urlCases: Readonly<Record<string, string>> = {
  'URL splits all parts': each(['https://user:pass@example.com:8443/a/b?c=d#e']),
  'URL drops default ports': each(
    ['http://h:80/'],
    ['https://h:443/'],
    ['ws://h:80'],
    ['wss://h:443'],
    ['ftp://h:21'],
    ['http://h:443'],
  ),
  'URL resolves relative references': each(
    ['../c', 'https://h/a/b/d'],
    ['//o/p', 'https://h/a'],
    ['?q', 'https://h/a?b#c'],
    ['#f', 'https://h/a?b#c'],
    ['', 'https://h/a?b#c'],
    ['/x', 'https://h/a/b'],
    ['./', 'https://h/a/b'],
    ['x:y', 'https://h'],
    ['a/./b/../c', 'http://h/d/'],
  ),
  'URL refuses what is none': each(
    [''],
    ['a'],
    ['//a'],
    ['http://'],
    ['http://a b'],
    ['http://[::1'],
    ['http://h:99999'],
    ['http://h:1x'],
    ['http://a%00b'],
    ['rel', 'mailto:x'],
    ['x', 'bad'],
  ),
  'URL reads IPv4 in all its forms': each(
    ['http://127.1'],
    ['http://0x7f.0.0.1'],
    ['http://2130706433'],
    ['http://256.1.1.1'],
    ['http://1.2.3.4.5'],
    ['http://0300.0250.1.1'],
    ['http://1.2.3.'],
    ['http://09.1.1.1'],
  ),
  'URL compresses IPv6': each(
    ['http://[2001:db8:0:0:0:0:0:1]/'],
    ['http://[::ffff:1.2.3.4]'],
    ['http://[1:2:3:4:5:6:7:8]:80'],
    ['http://[::1%25eth0]'],
    ['http://[1::2::3]'],
    ['http://[g::]'],
  ),
  'URL encodes what is not allowed in each part': each(
    ['https://h/ä ü?ö=ß ü#é `'],
    ['https://h/\'"<>`{}|^?\'"<>`{}|^#\'"<>`{}|^'],
    ['foo://h/\'"<>?\'"<>#"<>`'],
    ['http://u ü:p ß@h/'],
  ),
  'URL keeps percent sequences': each(
    ['https://h/%41%zz%?%41%zz#%41'],
    ['https://h/%2e%2E/%2e/a'],
    ['https://ex%41mple.com/'],
  ),
  'URL strips tabs, newlines and outer blanks': each(
    ['  https://h/a\tb\nc\r '],
    ['ht\ntps://h'],
    ['\u0000 http://h \u001f'],
  ),
  'URL treats backslashes of special schemes as slashes': each(
    ['https:\\\\h\\a\\b'],
    ['foo:\\\\h\\a'],
    ['https:/h/a'],
    ['https:h/a'],
    ['https:///h'],
  ),
  'URL reads file URLs': each(
    ['file:///etc/passwd'],
    ['file:c:\\a\\b'],
    ['file:///C|/x/../..'],
    ['file://host/share/x'],
    ['file:///a/../../b'],
    ['file://localhost/x'],
  ),
  'URL keeps opaque paths': each(
    ['mailto:a@b.example?subject=x'],
    ['data:text/plain,hello world#f'],
    ['javascript:alert(1)'],
    ['urn:isbn:1 2'],
    ['blob:https://h:8/x'],
    ['about:blank'],
    ['data:  x  #y'],
  ),
  'URL lowers scheme and host, not the path': each(['HTTPS://EXAMPLE.COM/Path?Q=A']),
  'URL encodes international domains': each(
    ['https://münchen.de/ä'],
    ['https://MÜNCHEN.de'],
    ['https://faß.de'],
    ['https://日本語.jp'],
    ['https://例え。テスト'],
    ['https://ΒΌΛΟΣ.com'],
    ['https://xn--mnchen-3ya.de'],
    ['http://ＧＯ.com'],
    ['https://☃.net'],
    ['https://a\u00adb.com'],
    ['https://👍.ws'],
    ['https://straße.example'],
    ['https://пример.рф'],
  ),
  'URL refuses domains that are none': each(
    ['https://xn--/'],
    ['https://xn--a'],
    ['http://a<b'],
    ['http://a^b'],
    ['http://\u0300a.com'],
    ['http://a\ufffd.com'],
    ['https://xn--zn7c.com'],
    ['http://%00.com'],
    ['http://a%20b'],
  ),
  'URL reads right-to-left domains': each(
    ['http://אבג.com'],
    ['http://مثال.إختبار'],
    ['http://aא.com'],
    ['http://אa.com'],
    ['http://א1.com'],
  ),
  'URL accepts hosts with underscores, dashes and dots': each(
    ['http://_a-.b_'],
    ['http://a..b'],
    ['http://a.'],
    ['http://-a'],
    ['http://.'],
  ),
  'URL setters change one part': `${parts}const url = new URL('https://u:p@h:1/a?b#c');
    url.protocol = 'http'; url.username = 'ü'; url.password = '@:'; url.hostname = 'EX.com'; url.port = '8080x'; url.pathname = 'x y/../z'; url.search = 'q=1 2'; url.hash = 'f g';
    return parts(url);`,
  'URL setters ignore what cannot be': `${parts}const url = new URL('https://h:1/a?b#c');
    url.protocol = 'foo'; url.host = ''; url.hostname = 'a b'; url.port = 'x'; url.port = '99999'; return [parts(url), (url.port = '', url.href), (url.search = '', url.hash = '', url.href)];`,
  'URL setters of opaque URLs do nothing': `${parts}const url = new URL('mailto:x@y'); url.host = 'h'; url.pathname = 'z'; url.username = 'u'; url.port = '1'; return parts(url);`,
  'URL host setter takes a port': `const url = new URL('http://a:1/'); url.host = 'b:2'; const one = url.href; url.host = '[::1]'; return [one, url.href];`,
  'URL href setter replaces all, or throws': `const url = new URL('http://a/?x=1'); const { searchParams } = url; url.href = 'http://b/?y=2'; const read = [...searchParams];
    try { url.href = 'nope'; return 'no'; } catch (error) { return [url.href, read, error.name]; }`,
  'URL.canParse and URL.parse never throw': `return [URL.canParse('x'), URL.canParse('x', 'http://h'), URL.parse('x'), URL.parse('x', 'http://h').href];`,
  'URL is its text': `const url = new URL('http://h/a'); return [String(url), JSON.stringify({ url }), url.toString(), url + '', Object.prototype.toString.call(url), Object.keys(url)];`,
  'URL needs new and an argument': `const out = []; for (const make of [() => URL('http://h'), () => new URL()]) { try { make(); } catch (error) { out.push(error.name); } } return out;`,
  'URL shows changes of searchParams': `const url = new URL('http://h/?a=1&b=2'); url.searchParams.append('c', 'ü &'); url.searchParams.delete('a'); const one = url.href;
    url.searchParams.delete('b'); url.searchParams.delete('c'); return [one, url.href, url.search];`,
  'URL gives the same searchParams, which follow search': `const url = new URL('http://h/?a=1'); const p = url.searchParams; url.search = '?b=2'; return [p === url.searchParams, [...p], p.size];`,
  'URL keeps an empty query and fragment in href only': `const url = new URL('http://h/?#'); return [url.href, url.search, url.hash];`,
  'URL of a lone surrogate': `return new URL('http://h/\\ud800?\\udfff').href;`,
  'URL origin by scheme': `return ['http://h:81/x', 'file:///x', 'blob:https://h/y', 'data:x', 'ftp://h', 'foo://h'].map((text) => new URL(text).origin);`,
};

export const paramCases: Readonly<Record<string, string>> = {
  'URLSearchParams reads a text': `return ['a=1&b=2', '?a=1', '??a', 'a', 'a=', '=b', '&&a&', 'a=b=c', 'a+b=c+d', '%61=%zz&%', 'a=%F0%9F%98%80', '%ff=1', ''].map((text) => [...new URLSearchParams(text)]);`,
  'URLSearchParams reads pairs, records and itself': `const p = new URLSearchParams([['a', '1'], ['a', 2]]);
    return [[...p], [...new URLSearchParams({ x: 'y', z: 1 })], [...new URLSearchParams(p)], [...new URLSearchParams(new Map([['m', 'n']]))], [...new URLSearchParams(undefined)]];`,
  'URLSearchParams refuses what is no pair': `const out = []; for (const init of [[['a']], [['a', 'b', 'c']], ['abc'], [1]]) { try { new URLSearchParams(init); out.push('fine'); } catch (error) { out.push(error.name); } } return out;`,
  'URLSearchParams writes form encoding': `return new URLSearchParams([['a b', "*-._~'()!"], ['ü', '€&=+%'], ['\\u{1f600}', '\\ud800']]).toString();`,
  'URLSearchParams set keeps the place of the first': `const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', '9'); p.set('c', '8'); return [p.toString(), p.get('a'), p.getAll('a'), p.get('none'), p.has('b'), p.has('b', '3')];`,
  'URLSearchParams delete takes a value': `const p = new URLSearchParams('a=1&a=2&b=3'); p.delete('a', '1'); const one = p.toString(); p.delete('a'); return [one, p.toString(), p.size];`,
  'URLSearchParams sorts by code units and is stable': `const p = new URLSearchParams('z=1&a=2&\\u{1f600}=3&\\uffff=4&a=1'); p.sort(); return [...p];`,
  'URLSearchParams iterates': `const p = new URLSearchParams('a=1&b=2'); const seen = []; p.forEach(function (value, name, all) { seen.push([name, value, all === p, this.x]); }, { x: 1 });
    return [[...p.keys()], [...p.values()], [...p.entries()], seen];`,
  'URLSearchParams may change while it is iterated': `const p = new URLSearchParams('a=1&b=2&c=3'); const seen = []; for (const [name] of p) { seen.push(name); if (name === 'a') p.delete('b'); } return seen;`,
  'URLSearchParams wants its arguments': `const p = new URLSearchParams(); const out = []; for (const call of [() => p.append('a'), () => p.get(), () => p.set('a'), () => p.forEach()]) { try { call(); } catch (error) { out.push(error.name); } } return out;`,
  'URLSearchParams turns values into texts': `const p = new URLSearchParams(); p.append('n', null); p.append('u', undefined); p.append('o', {}); p.append(1, 2n); return p.toString();`,
};
