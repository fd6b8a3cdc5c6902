/** The three streams of a command: data goes to stdout, everything else to stderr. */
import { addAbortSignal } from 'node:stream';
import { type InspectColor, styleText } from 'node:util';
import { inputTooLarge } from './errors.ts';

/** A stream of the process, as far as it is used here. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** False under NO_COLOR. */
  readonly coloursWanted: boolean;
}

export interface Terminal {
  /** Writes data to stdout; resolves when the system has taken it. */
  write(text: string): Promise<void>;
  /** Writes a line that is not data to stderr. */
  say(line: string): void;
  /** Colours text for stdout, where that is a terminal. */
  paint(style: InspectColor | readonly InspectColor[], text: string): string;
  /** Whether text for stderr is coloured. */
  readonly tints: boolean;
  /** Colours text for stderr, where that is a terminal. */
  tint(style: InspectColor | readonly InspectColor[], text: string): string;
  /**
   * Reads stdin to its end.
   * @throws {CodedError} `INPUT_INVALID` beyond `bytesMax`.
   */
  readAll(bytesMax: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** @param streams stay the caller's. */
export function openTerminal({ stdin, stdout, stderr, coloursWanted }: TerminalStreams): Terminal {
  const wants = (stream: NodeJS.WriteStream): boolean => coloursWanted && stream.isTTY === true;
  const painter =
    (wanted: boolean): Terminal['paint'] =>
    (style, text) =>
      wanted ? styleText([style].flat(), text, { validateStream: false }) : text;
  return {
    write: (text) =>
      new Promise((resolve, reject) => {
        stdout.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    say: (line) => void stderr.write(`${line}\n`),
    paint: painter(wants(stdout)),
    tints: wants(stderr),
    tint: painter(wants(stderr)),
    readAll: async (bytesMax, signal) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of addAbortSignal(signal, stdin) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > bytesMax) throw inputTooLarge('stdin', bytesMax);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}
