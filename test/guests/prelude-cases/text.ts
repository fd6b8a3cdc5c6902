/** Cases of text, base64, cryptography and the globals themselves. */

const outcome = `const outcome = (run) => { try { return run(); } catch (error) { return [error.name]; } };
`;

export const textCases: Readonly<Record<string, string>> = {
  'TextEncoder writes UTF-8': `return ['', 'a', 'äß€', '\\u{1f600}', '\\0', undefined].map((text) => [...new TextEncoder().encode(text)]);`,
  'TextEncoder replaces lone surrogates': `return ['\\ud800', 'a\\udfffb', '\\udc00\\ud800'].map((text) => [...new TextEncoder().encode(text)]);`,
  'TextEncoder turns values into texts': `return [null, 1.5, {}, [1, 2], true].map((value) => new TextDecoder().decode(new TextEncoder().encode(value)));`,
  'TextEncoder.encodeInto stops before a character that does not fit': `return [0, 1, 2, 3, 4, 5, 9].map((size) => { const bytes = new Uint8Array(size); return [new TextEncoder().encodeInto('a€\\u{1f600}', bytes), [...bytes]]; });`,
  'TextEncoder says its encoding': `return [new TextEncoder().encoding, Object.prototype.toString.call(new TextEncoder())];`,
  'TextDecoder reads UTF-8': `return [[], [97], [0xc3, 0xa4], [0xf0, 0x9f, 0x98, 0x80], [0], [0xef, 0xbf, 0xbf]].map((bytes) => new TextDecoder().decode(new Uint8Array(bytes)));`,
  'TextDecoder replaces malformed bytes as the standard says': `return [[0xff], [0xc3], [0xc3, 0x41], [0xe2, 0x82], [0xe2, 0x82, 0x41], [0xf0, 0x9f, 0x98], [0xf0, 0x9f, 0x98, 0x41], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xe0, 0x80, 0x80],
    [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80, 0x80], [0xf0, 0x80, 0x41], [0xe1, 0x80, 0xe2, 0xf0, 0x91, 0x92, 0xf1, 0xbf, 0x41]].map((bytes) => new TextDecoder().decode(new Uint8Array(bytes)));`,
  'TextDecoder that is fatal throws on malformed bytes': `${outcome}const d = new TextDecoder('utf-8', { fatal: true }); return [outcome(() => d.decode(new Uint8Array([0xff]))), outcome(() => d.decode(new Uint8Array([0xe2, 0x82]))), d.decode(new Uint8Array([97])), d.fatal];`,
  'TextDecoder drops a byte order mark unless told otherwise': `const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xef, 0xbb, 0xbf]); return [new TextDecoder().decode(bytes), new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)];`,
  'TextDecoder reads streams cut anywhere': `const bytes = new TextEncoder().encode('aä€\\u{1f600}z'); const out = [];
    for (let cut = 0; cut <= bytes.length; cut++) { const d = new TextDecoder(); out.push(d.decode(bytes.subarray(0, cut), { stream: true }) + '|' + d.decode(bytes.subarray(cut), { stream: true }) + '|' + d.decode()); } return out;`,
  'TextDecoder reads streams byte by byte, malformed ones too': `return [[0xef, 0xbb, 0xbf, 97], [0xe2, 0x82, 0x41], [0xf0, 0x80, 0x80], [0xe2], [0xf0, 0x9f], [0xed, 0xa0, 0x80]].map((bytes) => { const d = new TextDecoder(); return [...bytes.map((byte) => d.decode(new Uint8Array([byte]), { stream: true })), d.decode()]; });`,
  'TextDecoder can be used again after a stream': `const d = new TextDecoder(); d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }); const end = d.decode(); return [end, d.decode(new Uint8Array([0xef, 0xbb, 0xbf, 98]))];`,
  'TextDecoder takes views and buffers': `const bytes = new Uint8Array([0, 104, 105, 0]); return [new TextDecoder().decode(bytes.buffer), new TextDecoder().decode(new DataView(bytes.buffer, 1, 2)), new TextDecoder().decode(bytes.subarray(1, 3)), new TextDecoder().decode(new Uint16Array([0x6968]))];`,
  'TextDecoder refuses what holds no bytes': `${outcome}return [outcome(() => new TextDecoder().decode('x')), outcome(() => new TextDecoder().decode({})), outcome(() => new TextDecoder().decode([1]))];`,
  'TextDecoder knows labels': `return ['UTF-8', ' utf8 ', 'unicode-1-1-utf-8', 'utf-16', 'UTF-16LE', 'ucs-2', 'latin1', 'ascii', 'iso-8859-1', 'us-ascii', 'windows-1252'].map((label) => new TextDecoder(label).encoding);`,
  'TextDecoder refuses labels that it does not know': `${outcome}return ['', 'utf-9', 'nope'].map((label) => outcome(() => new TextDecoder(label)));`,
  'TextDecoder reads UTF-16LE': `const d = (...units) => new TextDecoder('utf-16le').decode(new Uint8Array(new Uint16Array(units).buffer)); return [d(97, 0xe4), d(0xfeff, 98), d(0xd83d, 0xde00), d(0xd83d), d(0xde00, 97), new TextDecoder('utf-16le').decode(new Uint8Array([97, 0, 98]))];`,
  'TextDecoder reads UTF-16LE streams': `const bytes = new Uint8Array([97, 0, 0x3d, 0xd8, 0x00, 0xde, 98, 0]); const out = []; for (let cut = 0; cut <= bytes.length; cut++) { const d = new TextDecoder('utf-16le'); out.push(d.decode(bytes.subarray(0, cut), { stream: true }) + d.decode(bytes.subarray(cut))); } return out;`,
  'TextDecoder reads windows-1252 for latin1': `return new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));`,
  'TextDecoder reads long texts': `const text = 'aä€\\u{1f600}'.repeat(20000); const back = new TextDecoder().decode(new TextEncoder().encode(text)); return [back === text, back.length];`,
  'btoa and atob turn round': `const text = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(''); return [btoa(text), atob(btoa(text)) === text, btoa(''), btoa('a'), btoa('ab'), btoa('abc')];`,
  'atob forgives blanks and missing padding': `${outcome}return ['YQ==', 'YQ', ' Y Q = = ', 'YWI', 'YWI=', ''].map((text) => outcome(() => atob(text)));`,
  'atob and btoa refuse what they cannot': `${outcome}return [outcome(() => atob('a')), outcome(() => atob('YQ=')), outcome(() => atob('Y*Q=')), outcome(() => btoa('€')), outcome(() => atob('===='))];`,
};

export const cryptoCases: Readonly<Record<string, string>> = {
  'crypto.subtle.digest hashes': `const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const out = []; for (const name of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512', 'sha-256', { name: 'SHA-1' }]) for (const text of ['', 'abc', 'x'.repeat(300)]) out.push(hex(await crypto.subtle.digest(name, new TextEncoder().encode(text)))); return out;`,
  'crypto.subtle.digest takes any view': `const bytes = new Uint8Array([1, 2, 3, 4]); const sum = async (data) => new Uint8Array(await crypto.subtle.digest('SHA-256', data))[0]; return [await sum(bytes.buffer), await sum(new DataView(bytes.buffer, 1, 2)), await sum(bytes.subarray(1, 3))];`,
  'crypto.subtle.digest refuses other algorithms and values': `const out = []; for (const args of [['MD5', new Uint8Array()], ['SHA-256', 'text']]) await crypto.subtle.digest(...args).catch((error) => out.push(error.name)); return out;`,
  'crypto.getRandomValues fills and returns its view': `const view = new Uint32Array(64); const same = crypto.getRandomValues(view) === view; return [same, view.some((number) => number > 2 ** 31), new Set(view).size > 32];`,
  'crypto.getRandomValues takes integer views only': `const out = []; for (const view of [new Float64Array(1), new DataView(new ArrayBuffer(1)), [1]]) { try { crypto.getRandomValues(view); out.push('fine'); } catch (error) { out.push(error.name === 'TypeMismatchError' || error.name === 'TypeError'); } } return out;`,
  'crypto.getRandomValues gives at most 65536 bytes': `try { crypto.getRandomValues(new Uint8Array(65537)); return 'fine'; } catch (error) { return [error.name, crypto.getRandomValues(new Uint8Array(65536)).length]; }`,
  'crypto.randomUUID is of version 4': `const ids = Array.from({ length: 50 }, () => crypto.randomUUID()); return [ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)), new Set(ids).size];`,
};

const names = `['TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'structuredClone', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'CustomEvent', 'DOMException', 'setTimeout',
  'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask', 'console', 'crypto', 'atob', 'btoa', 'performance', 'Headers', 'Request', 'Response', 'fetch', 'Blob']`;

export const globalCases: Readonly<Record<string, string>> = {
  'globals have the kinds that the Web gives them': `return ${names}.map((name) => [name, typeof globalThis[name]]);`,
  'globals can be replaced': `return ${names}.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name).configurable]);`,
  'prototypes of built-ins have nothing enumerable': `return ['Object', 'Array', 'Function', 'String', 'Promise', 'Map', 'Error', 'Uint8Array'].map((name) => { const found = []; for (const key in globalThis[name].prototype) found.push(key); return found; });`,
  'classes refuse to be called': `return ['TextEncoder', 'URL', 'URLSearchParams', 'Headers', 'Request', 'Response', 'Event', 'EventTarget', 'AbortController', 'Blob'].map((name) => { try { globalThis[name]('a'); return name; } catch (error) { return error.name; } });`,
  'DOMException is an Error with a code': `const error = new DOMException('m', 'AbortError'); return [error instanceof Error, error.name, error.message, error.code, String(error), new DOMException().name, new DOMException('x', 'DataCloneError').code, DOMException.ABORT_ERR];`,
  'performance.now does not run backwards': `const first = performance.now(); return [typeof first, performance.now() >= first, typeof performance.timeOrigin];`,
  'queueMicrotask runs before timers and after the code at hand': `const seen = []; setTimeout(() => seen.push('timer'), 0); queueMicrotask(() => seen.push('micro')); seen.push('now'); await new Promise((resolve) => setTimeout(resolve, 5)); return seen;`,
  'Blob holds bytes': `const blob = new Blob(['a€', new Uint8Array([98]), new Blob(['c'])], { type: 'Text/Plain' }); return [blob.size, blob.type, await blob.text(), [...new Uint8Array(await blob.arrayBuffer())], await blob.slice(1, 4, 'x/Y').text(), blob.slice(-1).size, blob.slice(0, 1, 'x/Y').type, (await blob.bytes()).length];`,
};
