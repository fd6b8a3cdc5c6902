import { connect } from 'node:net';
import * as http2 from 'node:http2';
import { runHost, callOf, until, metricsText } from './running-host.ts';
import { addTool } from '../host/signed-bundle.ts';
const tools = [addTool, { name: 'big', body: "return 'x'.repeat(input.bytes);" }];
await using host = await runHost({ tools });
await (await host.ask('/v1/tools/big/calls', callOf({bytes: 7e6}, {'idempotency-key': 'big'}))).text();
const n = Number(process.argv[2] ?? 20);
const sockets = [];
let t = performance.now();
const body = JSON.stringify({ input: { bytes: 7e6 } });
if (process.argv[3] === 'http') {
for (let i = 0; i < n; i++) {
  const s = connect(host.ports.web, '127.0.0.1'); s.on('error', () => {}); s.pause();
  s.write(`POST /v1/tools/big/calls HTTP/1.1\r\nhost: 127.0.0.1:${host.ports.web}\r\nauthorization: Bearer ${host.token}\r\nidempotency-key: big\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  sockets.push(s);
}
} else {
  const { methodOf } = await import('../grpc/gateway-under-test.ts');
  const { path, requestSerialize } = methodOf('aria.v1.ToolService/CallTool');
  const bytes = requestSerialize({ tool: 'big', input: { json: body.slice(9, -1) } });
  await host.api.callTool({ tool: 'big', input: { bytes: 7e6 } }, { idempotencyKey: 'big2' });
  const head = Buffer.alloc(5); head.writeUInt32BE(bytes.length, 1);
  for (let i = 0; i < n; i++) {
    const session = http2.connect(`http://127.0.0.1:${host.ports.grpc}`); session.on('error', () => {});
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', authorization: `Bearer ${host.token}`, 'idempotency-key': 'big' });
    stream.on('error', () => {}); stream.on('response', (h) => { if (i == 0) console.log(h); }); stream.pause();
    stream.end(Buffer.concat([head, bytes]));
    sockets.push(session);
  }
}
for (let i = 0; i < 6; i++) { await new Promise(r => setTimeout(r, 1000)); console.log('big', n, Math.round(performance.now() - t), host.rssMiB()); }
if (process.argv[4]) { await new Promise(r => setTimeout(r, 40000)); console.log('40s later', host.rssMiB(), (await metricsText(host.ports.metrics)).split('\n').filter((l) => /connections_act/.test(l))); }
for (const s of sockets) s.destroy();
await new Promise(r => setTimeout(r, 1500)); console.log('after', host.rssMiB());
console.log(await host.end('SIGTERM'), host.output.stderr.slice(-500));
