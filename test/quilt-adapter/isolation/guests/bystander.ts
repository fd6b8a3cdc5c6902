/** A container that has done nothing: it looks after its file, and says how it is to whoever asks. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';

const note = `of ${process.pid}`;
writeFileSync('/workspace/note', note);
writeFileSync('/tmp/note', note);

function state(): string {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  const isSame = ['/workspace/note', '/tmp/note'].every((file) => readFileSync(file, 'utf8') === note);
  return `fine, ${processes} process, ${isSame ? 'as before' : 'changed'}`;
}

createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(`${state()}\n`));
}).listen('/workspace/bystander.sock', () => process.stdout.write('up\n'));
