/** The host's end of the turn protocol: one listener for one container, which takes one connection. */
import { chmod } from 'node:fs/promises';
import { type Server, type Socket, createServer } from 'node:net';
import { type Frame, FrameReader, type HostMessage, encodeFrame } from '#wit/turns';

/** What hears of a connection. */
export interface ConnectionListener {
  frame(frame: Frame): void;
  /** Once, and nothing after it. `cause` where what came was no frame. */
  ended(cause: string | undefined): void;
}

/** Anybody inside may connect, whichever user it is there; the directory decides who else can reach it. */
const socketMode = 0o666;

/** See above. Leaving the scope ends it. */
export class AgentConnection implements Disposable {
  readonly #server: Server;
  #socket: Socket | undefined;
  #listener: ConnectionListener | undefined;
  #early: Frame[] = [];
  #end: { readonly cause: string | undefined } | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens at a path. */
  static async listen(path: string): Promise<AgentConnection> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    await chmod(path, socketMode);
    return new AgentConnection(server);
  }

  /** Who hears from now on; what came before is told at once. */
  listen(listener: ConnectionListener | undefined): void {
    this.#listener = listener;
    if (!listener) return;
    for (const frame of this.#early.splice(0)) listener.frame(frame);
    if (this.#end) listener.ended(this.#end.cause);
  }

  send(message: HostMessage, blobs: readonly Uint8Array[]): void {
    this.#socket?.write(encodeFrame(message, blobs));
  }

  [Symbol.dispose](): void {
    this.#listener = undefined;
    this.#early = [];
    this.#finish(undefined);
  }

  #accept(socket: Socket): void {
    // The first one is the agent's: nothing else runs yet. Whoever comes later is the tool.
    if (this.#socket || this.#end) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#server.close();
    const reader = new FrameReader();
    socket.on('data', (piece) => {
      if (this.#end) return;
      try {
        reader.push(piece as Buffer, (frame) => this.#received(frame));
      } catch (error) {
        this.#finish(error instanceof Error ? error.message : String(error));
      }
    });
    socket.on('error', () => this.#finish(undefined));
    socket.on('close', () => this.#finish(undefined));
  }

  #received(frame: Frame): void {
    if (this.#listener) this.#listener.frame(frame);
    // Only the first word comes before anybody listens.
    else if (this.#early.length === 0) this.#early.push(frame);
  }

  #finish(cause: string | undefined): void {
    if (this.#end) return;
    this.#end = { cause };
    if (this.#socket) this.#socket.destroy();
    else this.#server.close();
    this.#listener?.ended(cause);
  }
}
