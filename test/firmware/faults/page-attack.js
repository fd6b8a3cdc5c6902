/* What a page tries in a browser, as text for a page: `attack(base, token)` gives what the page came to know by each way. Without a token it has none. */
async function attack(base, token) {
  const call = `${base}/v1/tools/count/calls`;
  const body = JSON.stringify({ input: {} });
  const bearer = token === '' ? {} : { authorization: `Bearer ${token}` };
  const found = {};
  const waitMs = 1500;
  const late = () => new Promise((resolve) => setTimeout(resolve, waitMs, 'nothing'));
  const tried = async (name, action) => {
    found[name] = await Promise.race([action(), late()]).catch(() => 'refused');
  };
  const read = async (url, init) => {
    const answer = await fetch(url, init);
    return answer.type === 'opaque' ? 'opaque' : `${answer.status} ${await answer.text()}`;
  };
  const post = (headers, more) => ({ method: 'POST', headers, body, ...more });
  const json = { 'content-type': 'application/json' };
  const element = (tag, set) =>
    new Promise((resolve) => {
      const made = Object.assign(document.createElement(tag), set);
      made.onload = () => resolve('loaded');
      made.onerror = () => resolve('refused');
      document.body.append(made);
    });
  const form = (enctype) => {
    const frame = Object.assign(document.createElement('iframe'), { name: `frame-${enctype}` });
    const made = Object.assign(document.createElement('form'), { method: 'post', action: call, enctype, target: frame.name });
    made.append(Object.assign(document.createElement('input'), { name: '{"input":{},"a":"', value: '"}' }));
    document.body.append(frame, made);
    return new Promise((resolve) => {
      frame.onload = () => resolve(frameText(frame));
      made.submit();
    });
  };
  const frameText = (frame) => {
    try {
      return frame.contentDocument === null ? 'refused' : frame.contentDocument.body.textContent;
    } catch {
      return 'refused';
    }
  };
  const socket = (protocols) =>
    new Promise((resolve) => {
      const opened = new WebSocket(`${base.replace('http', 'ws')}/v1/ws`, protocols);
      opened.onerror = () => resolve('refused');
      opened.onopen = () => {
        opened.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'authenticate', params: { token } }));
        opened.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'callTool', params: { tool: 'count', input: {} } }));
      };
      let heard = '';
      opened.onmessage = ({ data }) => {
        heard += data;
        if (heard.includes('"id":2')) resolve(heard);
      };
    });
  const stream = () =>
    new Promise((resolve) => {
      const source = new EventSource(`${base}/v1/events?after=x:0`, { withCredentials: true });
      source.onopen = () => resolve('opened');
      source.onerror = () => resolve('refused');
    });
  await Promise.all([
    tried('fetch', () => read(call, post({ ...json, ...bearer }))),
    tried('fetch with credentials', () => read(call, post({ ...json, ...bearer }, { credentials: 'include' }))),
    tried('fetch as plain text', () => read(call, post({ 'content-type': 'text/plain', ...bearer }))),
    tried('fetch no-cors', () => read(call, post({ 'content-type': 'text/plain' }, { mode: 'no-cors' }))),
    tried('fetch of a blob', () => read(call, { method: 'POST', body: new Blob([body]), headers: bearer })),
    tried('beacon', async () => (navigator.sendBeacon(call, new Blob([body], { type: 'text/plain' })), 'refused')),
    tried('get', () => read(`${base}/v1/status`, { headers: bearer })),
    tried('get no-cors', () => read(`${base}/v1/status`, { mode: 'no-cors' })),
    tried('image', () => element('img', { src: `${base}/v1/status` })),
    tried('script', () => element('script', { src: `${base}/v1/components` })),
    tried('style', () => element('link', { rel: 'stylesheet', href: `${base}/v1/status` })),
    tried('form', () => form('application/x-www-form-urlencoded')),
    tried('form of plain text', () => form('text/plain')),
    tried('form of parts', () => form('multipart/form-data')),
    tried('WebSocket', () => socket(['aria.v1'])),
    tried('WebSocket without a protocol', () => socket([])),
    tried('event stream', stream),
  ]);
  return found;
}
