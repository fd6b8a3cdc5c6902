/**
 * Who is connected. The number has a maximum, and a share of it for each address.
 * When there is no room, the connection goes that has been open longest without showing a token: a thousand clients that connect and say nothing keep nobody out.
 */
import type { Socket } from 'node:net';
import { isLoopback } from '../../access/listen-policy.ts';

/** A connection that is counted. */
export interface Connection {
  readonly address: string;
  /** It has shown a token: it no longer goes for another one. */
  trusted: boolean;
  /** Requests that it waits for. */
  requests: number;
}

interface Held extends Connection {
  readonly socket: Socket;
}

/** The connections of a gateway. */
export class Connections {
  readonly #max: number;
  readonly #addressMax: number;
  /** By the ends of the connection, which TLS leaves as they are; in the order of arrival. */
  readonly #held = new Map<string, Held>();

  constructor(max: number, addressShare: number) {
    this.#max = max;
    this.#addressMax = Math.max(1, Math.floor(max * addressShare));
  }

  get count(): number {
    return this.#held.size;
  }

  get max(): number {
    return this.#max;
  }

  /** Takes a connection. @returns whether there is room; the caller ends one that was not taken. */
  open(socket: Socket): boolean {
    const address = socket.remoteAddress ?? '';
    if (!isLoopback(address) && !this.#makeRoom(this.#addressMax, (held) => held.address === address)) return false;
    if (!this.#makeRoom(this.#max, () => true)) return false;
    const key = keyOf(socket);
    const held: Held = { address, trusted: false, requests: 0, socket };
    this.#held.set(key, held);
    socket.once('close', () => {
      if (this.#held.get(key) === held) this.#held.delete(key);
    });
    return true;
  }

  /** The connection of a socket, also of one of TLS. */
  of(socket: Socket): Connection | undefined {
    return this.#held.get(keyOf(socket));
  }

  /** Ends all of them, at once. */
  destroy(): void {
    for (const { socket } of this.#held.values()) socket.destroy();
    this.#held.clear();
  }

  #makeRoom(max: number, counts: (held: Held) => boolean): boolean {
    if (this.#held.size < max) return true;
    const rivals = [...this.#held].filter(([, held]) => counts(held));
    if (rivals.length < max) return true;
    const oldest = rivals.find(([, held]) => !held.trusted);
    if (oldest === undefined) return false;
    this.#held.delete(oldest[0]);
    oldest[1].socket.destroy();
    return true;
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
