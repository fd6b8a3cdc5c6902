/** What a container writes to its standard streams, as log lines. Somebody has to read it, and nobody has to keep it. */
import type { LogLine } from '#wit/interfaces';
import type { LineBudget } from '#wit/turns';
import { outputLineBytesMax } from './limits.ts';

/** Lines of one call, and what was dropped of them. */
export interface WrittenLines {
  readonly logs: readonly LogLine[];
  readonly bytesDropped: number;
}

const lineFeed = 10;

/** Both streams of one container, for the call that has it now; what is written between calls is dropped. */
export class OutputLines {
  #budget: LineBudget | undefined;
  #logs: LogLine[] = [];
  #bytesDropped = 0;
  readonly #rests: ((keep: boolean) => void)[] = [];

  constructor(streams: { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream }) {
    this.#read(streams.stdout, 'info');
    this.#read(streams.stderr, 'warn');
  }

  /** From now on lines are those of a call. */
  begin(budget: LineBudget): void {
    for (const rest of this.#rests) rest(false);
    this.#budget = budget;
    this.#logs = [];
    this.#bytesDropped = 0;
  }

  /** What has been written since the last time; `last`: also what has no end of line yet. */
  take(last: boolean): WrittenLines {
    if (last) for (const rest of this.#rests) rest(true);
    const taken = { logs: this.#logs, bytesDropped: this.#bytesDropped };
    this.#logs = [];
    this.#bytesDropped = 0;
    if (last) this.#budget = undefined;
    return taken;
  }

  #read(stream: NodeJS.ReadableStream, level: 'info' | 'warn'): void {
    let rest: Buffer = Buffer.alloc(0);
    this.#rests.push((keep) => {
      if (keep && rest.length > 0) this.#write(level, rest);
      rest = Buffer.alloc(0);
    });
    // A stream that fails is one that has ended.
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer | string) => {
      let bytes = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, Buffer.from(piece)]);
      for (;;) {
        const end = bytes.indexOf(lineFeed);
        const isCut = end === -1 || end > outputLineBytesMax;
        if (isCut && bytes.length <= outputLineBytesMax) break;
        this.#write(level, bytes.subarray(0, isCut ? outputLineBytesMax : end));
        bytes = bytes.subarray(isCut ? outputLineBytesMax : end + 1);
      }
      // A copy: a few bytes would keep the whole piece.
      rest = Buffer.from(bytes);
    });
  }

  #write(level: 'info' | 'warn', line: Buffer): void {
    if (this.#budget === undefined) return;
    if (this.#budget.spend(line.length)) this.#logs.push({ level, message: line.toString('utf8'), fields: undefined });
    else this.#bytesDropped += line.length;
  }
}
