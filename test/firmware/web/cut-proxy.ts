/** A way to the gateway that can be cut like a cable. */
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** Forwards connections to a port. */
export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that were made through it. */
  readonly connections: number;
  forwardTo(port: number): void;
  /** Ends every connection, as a network that is gone does. */
  cut(): void;
}

/** Opens one. */
export async function openCutProxy(): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let [target, connections] = [0, 0];
  const server = createServer((near) => {
    connections += 1;
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    forwardTo: (port) => (target = port),
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
