/** `CONNECT`: bytes both ways, until both sides have said all, or something ends it. */
import type { Socket } from 'node:net';
import { egressEnded } from './errors.ts';
import { type OutsideFacts, watchOutside } from './outside.ts';

/** Runs a tunnel. `head`: what the container has sent already. Both sockets are the tunnel's from here on. */
export function runTunnel(inside: Socket, head: Uint8Array, facts: OutsideFacts): void {
  const { socket: outside, limits } = facts;
  const watched = watchOutside(facts, () => outside.readableEnded);
  outside.once('close', () => {
    // What the server has said leaves first; nothing more can be sent to it.
    if (outside.readableEnded) inside.destroySoon();
    else inside.destroy();
  });
  inside
    .on('data', watched.count)
    .on('error', () => watched.stop(egressEnded()))
    .setTimeout(limits.idleMs, () => inside.destroy())
    .once('close', () => {
      // Without an end of its own it has been given up.
      if (!inside.readableEnded || !inside.writableFinished) watched.stop(egressEnded());
    });
  outside.on('data', watched.count);
  inside.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) outside.write(head);
  inside.pipe(outside);
  outside.pipe(inside);
}
