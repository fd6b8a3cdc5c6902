/** Cases of Headers, bodies, Request and Response. */

const outcome = `const outcome = (run) => { try { return run(); } catch (error) { return [error.name]; } };
`;

export const headerCases: Readonly<Record<string, string>> = {
  'Headers are sorted, lower case and joined': `const h = new Headers({ 'X-B': '1', accept: 'a' }); h.append('x-b', '2'); h.set('A', ' v '); return [[...h], h.get('X-B'), h.get('none'), h.has('ACCEPT')];`,
  'Headers keep cookies apart': `const h = new Headers([['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'], ['x', 'y']]); return [[...h], h.getSetCookie(), h.get('set-cookie')];`,
  'Headers refuse what is no header': `${outcome}return [outcome(() => new Headers([['a b', 'c']])), outcome(() => new Headers({ a: 'x\\ny' })), outcome(() => new Headers({ a: '€' })), outcome(() => new Headers([['a']])), outcome(() => new Headers('a')), outcome(() => new Headers(null)), outcome(() => new Headers({ '': 'x' }))];`,
  'Headers are copied, deleted and iterated': `const h = new Headers(new Headers({ a: '1', b: '2' })); h.delete('A'); const seen = []; h.forEach((value, name) => seen.push([name, value])); return [seen, [...h.keys()], [...h.values()]];`,
  'Headers allow empty and inner blanks': `return [...new Headers({ a: '', b: ' x\\ty ' })];`,
};

export const bodyCases: Readonly<Record<string, string>> = {
  'Response reads its body': `return [await new Response('ä').text(), await new Response('{"a":1}').json(), [...(await new Response(new Uint8Array([1, 2])).bytes())], (await new Response('abc').arrayBuffer()).byteLength, (await new Response('x', { headers: { 'content-type': 'a/b' } }).blob()).type, await new Response(null).text()];`,
  'Response reads its body once': `const r = new Response('x'); const before = r.bodyUsed; await r.text(); try { await r.text(); return 'fine'; } catch (error) { return [before, r.bodyUsed, error.name]; }`,
  'Response sets the content type of its body': `return ['text', new URLSearchParams('a=b c'), new Blob(['x'], { type: 'y/z' }), new Uint8Array(1), null].map((body) => new Response(body).headers.get('content-type'));`,
  'Response keeps a content type that it is given': `return new Response('x', { headers: { 'Content-Type': 'a/b' } }).headers.get('content-type');`,
  'Response has its fields': `const r = new Response('x', { status: 404, statusText: 'No' }); return [r.ok, r.status, r.statusText, r.type, r.url, r.redirected, new Response().ok, new Response().status];`,
  'Response refuses impossible answers': `${outcome}return [outcome(() => new Response('', { status: 199 })), outcome(() => new Response('', { status: 600 })), outcome(() => new Response('x', { status: 204 })), outcome(() => new Response(null, { status: 204 }).status), outcome(() => new Response('', { statusText: 'a\\nb' }))];`,
  'Response.json writes JSON': `const r = Response.json({ a: [1] }, { status: 201 }); return [r.status, r.headers.get('content-type'), await r.text()];`,
  'Response.json refuses what has no JSON form': `${outcome}return outcome(() => Response.json(undefined));`,
  'Response.redirect points elsewhere': `${outcome}const r = Response.redirect('https://h/x', 301); return [r.status, r.headers.get('location'), outcome(() => Response.redirect('https://h', 200)), outcome(() => Response.redirect('nope'))];`,
  'Response.error is none': `const r = Response.error(); return [r.type, r.status, r.ok];`,
  'Response clones while unread': `const r = new Response('abc', { headers: { a: 'b' } }); const c = r.clone(); const texts = [await r.text(), await c.text(), c.headers.get('a')]; try { r.clone(); return 'fine'; } catch (error) { return [texts, error.name]; }`,
  'Response body is a copy of the bytes': `const bytes = new Uint8Array([1, 2]); const r = new Response(bytes); bytes[0] = 9; return [...(await r.bytes())];`,
  'Response.json of no JSON is a SyntaxError': `return await new Response('{').json().catch((error) => error.name);`,
  'Response reads UTF-8 without its mark': `return await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 97])).text();`,
};

export const requestCases: Readonly<Record<string, string>> = {
  'Request has its fields': `const r = new Request('https://h/a?b', { method: 'post', body: 'x', headers: { a: 'b' }, redirect: 'manual' }); return [r.method, r.url, r.headers.get('a'), r.headers.get('content-type'), r.redirect, r.signal.aborted, await r.text()];`,
  'Request raises the case of known methods only': `return ['get', 'Put', 'patch', 'PATCH', 'custom', 'head', 'options', 'delete'].map((method) => new Request('https://h', { method }).method);`,
  'Request refuses impossible requests': `${outcome}return [outcome(() => new Request('https://h', { body: 'x' })), outcome(() => new Request('https://h', { method: 'a b' })), outcome(() => new Request('https://h', { method: 'CONNECT' })), outcome(() => new Request('nope')), outcome(() => new Request('https://u:p@h')), outcome(() => new Request('https://h', { redirect: 'x' }))];`,
  'Request copies a request': `const r = new Request(new Request('https://h/x', { method: 'PUT', body: 'abc', headers: { a: '1' } }), { headers: { b: '2' } }); return [r.method, r.url, r.headers.get('a'), r.headers.get('b'), await r.text()];`,
  'Request follows its signal': `const c = new AbortController(); const r = new Request('https://h', { signal: c.signal }); c.abort('why'); return [r.signal.aborted, r.signal.reason];`,
  'Request clones': `const r = new Request('https://h', { method: 'POST', body: 'x' }); const c = r.clone(); return [await c.text(), await r.text(), c.method];`,
  'Request takes a URL object': `return new Request(new URL('https://h/ä')).url;`,
  'fetch with an aborted signal rejects with its reason': `return await fetch('https://h.invalid/', { signal: AbortSignal.abort('why') }).catch((reason) => reason);`,
  'fetch refuses what is no URL': `return await fetch('/relative').catch((error) => error.name);`,
};
