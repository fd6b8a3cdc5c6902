import { tool } from '@aria/sdk';

class Account {
  #balance = 0;

  balance(): number {
    return this.#balance;
  }
}
interface Everything {
  anything: any;
  mystery: unknown;
  big: bigint;
  sign: symbol;
  when: Date;
  map: Map<string, number>;
  set: Set<string>;
  run: () => void;
  method(): void;
  buffer: ArrayBuffer;
  floats: Float32Array;
  pattern: RegExp;
  address: URL;
  later: Promise<number>;
  account: Account;
  loose: object;
  impossible: never;
  list: { when: Date }[];
  tuple: [string, Date];
  holes: (string | undefined)[];
  lookup: Record<string, Date>;
  either: string | Date;
  'odd name': Set<string>;
  __proto__: string;
  [Symbol.iterator]: string;
}
/** Takes everything. */
export const take = tool({}, (_input: Everything) => ({ parsed: JSON.parse('1'), made: new Map<string, number>() }));
/** Gives nothing of use. */
export const untyped = tool({}, (input) => input);
/** Streams. */
export const stream = tool({}, async function* () {
  yield 1;
});
