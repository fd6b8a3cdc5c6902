import { connect } from 'node:net';
import * as http2 from 'node:http2';
import { runHost, callOf, until, metricsText } from '/work/main/test/firmware/faults/running-host.ts';
import { addTool } from '/work/main/test/firmware/host/signed-bundle.ts';
const tools = [addTool, { name: 'big', body: "return 'x'.repeat(input.bytes);" }, { name: 'log', body: "for (let i = 0; i < input.lines; i += 1) sdk.log.info('y'.repeat(8000)); return 1;" }];
await using host = await runHost({ tools });
console.log(host.ready, host.rssMiB());
console.log(await (await host.ask('/v1/tools/add/calls', callOf({a:1,b:2}))).text());
console.log(host.rssMiB());
let t = performance.now();
console.log((await (await host.ask('/v1/tools/big/calls', callOf({bytes: 6e6}))).text()).length, performance.now() - t, host.rssMiB());
t = performance.now();
console.log((await (await host.ask('/v1/tools/log/calls', callOf({lines: 1000}))).text()).length, performance.now() - t, host.rssMiB());
t = performance.now();
console.log((await (await host.ask('/v1/logs?tail=10000')).text()).length, performance.now() - t, host.rssMiB());
console.log((await metricsText(host.ports.metrics)).split('\n').filter((l) => /connections|in_flight|memory_usage/.test(l)));
// HTTP answers that nobody reads
const n = Number(process.argv[2] ?? 20);
const sockets = [];
t = performance.now();
const body = JSON.stringify({ input: { bytes: 7e6 } });
for (let i = 0; i < n; i++) {
  const s = connect(host.ports.web, '127.0.0.1'); s.on('error', () => {}); s.pause();
  s.write(`POST /v1/tools/big/calls HTTP/1.1\r\nhost: 127.0.0.1:${host.ports.web}\r\nauthorization: Bearer ${host.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  sockets.push(s);
}
for (let i = 0; i < 8; i++) { await new Promise(r => setTimeout(r, 700)); console.log('http big', n, Math.round(performance.now() - t), host.rssMiB(), (await host.api.status()).calls); }
for (const s of sockets) s.destroy();
await new Promise(r => setTimeout(r, 1500)); console.log('after', host.rssMiB());
const session = http2.connect(`http://127.0.0.1:${host.ports.grpc}`);
console.log(await host.end('SIGTERM'), host.output.stderr.slice(-500));
session.destroy();
