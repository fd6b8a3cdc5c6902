/** Asks one question on a Unix socket. */
import { connect } from 'node:net';

const patienceMs = 20_000;

/** @returns all that is answered, without the end of the line. Rejects if nobody answers. */
export function askSocket(path: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(path, () => socket.write(`${question}\n`));
    const late = setTimeout(() => socket.destroy(new Error(`Nobody answers at ${path}`)), patienceMs);
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(late);
      resolve(answer.trimEnd());
    });
  });
}
