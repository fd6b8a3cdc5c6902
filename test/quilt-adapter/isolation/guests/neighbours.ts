/**
 * Has a socket directory and a volume. Words: another container's directory on the machine, an abstract name, a port of the machine. Tells
 * what it could reach, and what it could do to what is its own; leaves tricks in its volume.
 */
import * as fs from 'node:fs';
import net from 'node:net';
import process from 'node:process';
import { call, report, tell } from './system-calls.ts';

const [, , other = '', abstract = '', port = '0'] = process.argv;

function reach(options: net.NetConnectOpts): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(options);
    const late = setTimeout(() => resolve('nothing'), 3000);
    const tellOnce = (answer: string) => {
      clearTimeout(late);
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk: Buffer) => tellOnce(chunk.toString().trim()));
    socket.on('error', (error) => tellOnce('code' in error ? String(error.code) : String(error)));
    socket.on('connect', () => socket.write('hello\n'));
  });
}

/** connect(2) to a name that is no path: a leading zero byte. */
function abstractly(name: string): number {
  const address = new Uint8Array(3 + name.length);
  new DataView(address.buffer).setUint16(0, 1, true);
  address.set(new TextEncoder().encode(name), 3);
  return call('connect', call('socket', 1, 1, 0), address, address.length);
}

const own = '/run/aria/turns.sock';
/** What the first process has as its root. */
const outside = '/proc/1/root';
const found: Record<string, unknown> = {
  own: await reach({ path: own }),
  beside: [`${other}/turns.sock`, '/run/aria/../other/turns.sock', `${outside}${other}/turns.sock`].map((place) =>
    tell(() => fs.statSync(place).size),
  ),
  abstract: abstractly(abstract),
  removed: tell(() => fs.rmSync(own)),
  replaced: tell(() => fs.renameSync(own, '/run/aria/old')),
  another: tell(() => fs.writeFileSync('/run/aria/icc.sock', '')),
  mode: tell(() => fs.chmodSync(own, 0)),
  hosts: tell(() => fs.writeFileSync('/etc/hosts', '1.2.3.4 localhost')),
  covered: call('mount', 'none', '/run/aria', 'tmpfs', 0, 0),
  loopback: await reach({ host: '127.0.0.1', port: Number(port) }),
  wide: await reach({ host: '::1', port: Number(port) }),
  outside: await reach({ host: '192.0.2.1', port: 80 }),
  name: await reach({ host: 'example.com', port: 80 }),
  socket: tell(() => fs.openSync(own, 'r')),
};
fs.symlinkSync(`${other}/turns.sock`, '/workspace/socket');
fs.symlinkSync('/etc/shadow', '/workspace/shadow');
fs.symlinkSync(`${outside}/root`, '/workspace/root');
fs.mkdirSync('/workspace/real');
fs.symlinkSync('/', '/workspace/link');
fs.writeFileSync('/workspace/leased', 'x');
const leased = fs.openSync('/workspace/leased', 'r+');
fs.closeSync(leased);
found['lease'] = call('fcntl', fs.openSync('/workspace/leased', 'r'), 1024, 0);
found['leaseToWrite'] = call('fcntl', fs.openSync('/workspace/leased', 'r'), 1024, 1);
found['notified'] = call('fcntl', fs.openSync('/workspace', 'r'), 1026, 0x8000_0001);
found['followed'] = ['socket', 'shadow', 'root', 'link/root', 'link/canary'].map((name) =>
  tell(() => fs.statSync(`/workspace/${name}`).size),
);
report(found);
setInterval(() => undefined, 1000);
