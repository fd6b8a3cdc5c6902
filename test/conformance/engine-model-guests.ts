/** The two guests of `engine-model.ts`, and the components that they stand for. */
import type { CallStart, Completion, EngineLimits } from '#wit/interfaces';
import { type Border, Fault, type Guest, type GuestTurn } from './engine-model.ts';

const pageBytes = 65_536;
/** Pages that `raw-guest.ts` begins with. */
const rawPages = 2;
/** A turn of more commands than this is one without an end. */
const commandsMax = 100_000;
const abc = new TextEncoder().encode('abc');
const failure = { code: 'BROKEN', message: 'ok', retryable: true } as const;

/** The guest of one-letter commands, as far as the interleavings use it. */
export class RawGuest implements Guest {
  readonly #border: Border;
  readonly #pagesMax: number;
  #pages = rawPages;
  /** It was refused a page: an `unreachable` after that may be its way to say so. */
  #refused = false;
  /** The second page holds `A` instead of zeros. */
  #filled = false;
  #program = '';
  #at = 0;
  #ready = 0;
  #last = 0;
  #taken: Completion['kind'] = 'ok';
  #blobs: Uint8Array[] = [];

  constructor(border: Border, { memoryBytesMax }: EngineLimits) {
    this.#border = border;
    this.#pagesMax = memoryBytesMax / pageBytes;
  }

  begin({ input }: CallStart): GuestTurn {
    this.#program = input;
    return this.#run();
  }

  resume(ready: readonly number[]): GuestTurn {
    this.#ready = ready[0] ?? this.#ready;
    return this.#run();
  }

  #run(): GuestTurn {
    for (let count = 0; count < commandsMax; count += 1) {
      const letter = this.#program[this.#at];
      this.#at += 1;
      const outcome = this.#command(letter);
      if (!outcome) continue;
      const blobs = this.#blobs;
      this.#blobs = [];
      return { outcome, blobs, memoryBytes: this.#pages * pageBytes };
    }
    throw new Fault('DEADLINE_EXCEEDED');
  }

  #command(letter: string | undefined): GuestTurn['outcome'] | undefined {
    switch (letter) {
      case 'w':
        return { kind: 'waiting' };
      case 'd':
        return { kind: 'done', output: 'ok' };
      case 'e':
        return { kind: 'failed', error: failure };
      case 'i':
        return { kind: 'done', output: this.#program };
      case 'O':
        return { kind: 'done', output: this.#memory() };
      case 'q':
        throw new Fault('DEADLINE_EXCEEDED');
      default:
        this.#effect(letter);
    }
  }

  #effect(letter: string | undefined): void {
    switch (letter) {
      case 's':
        this.#last = this.#border.start('timer.sleep', 7);
        return;
      case 'g':
        this.#last = this.#border.start('kv.get', 'n', 'k');
        return;
      case 'p':
      case 'P':
      case 'N':
        this.#last = this.#border.start('kv.set', 'n', 'k', { p: 0, P: 7, N: -1 }[letter]);
        return;
      case 'c':
        return this.#border.clear(this.#last);
      case 'C':
        return this.#border.clear(4_000);
      case 'l':
        return this.#border.log('ok');
      case 'b':
        this.#blobs.push(abc);
        return;
      case 'G':
        this.#refused ||= this.#pages === this.#pagesMax;
        this.#pages = Math.min(this.#pages + 1, this.#pagesMax);
        return;
      case 'S':
        this.#filled = true;
        return;
      case 'R':
        this.#at = 0;
        return;
      default:
        this.#take(letter);
    }
  }

  /** Taking completions, and what traps. */
  #take(letter: string | undefined): void {
    switch (letter) {
      case 'x':
        this.#taken = this.#border.take(this.#ready, 'timer.sleep').kind;
        return;
      case 'y':
        this.#taken = this.#border.take(this.#ready, 'kv.get').kind;
        return;
      case 'K':
        if (this.#taken === 'ok') return;
        throw this.#trap();
      case 'E':
        if (this.#taken === 'failed') return;
        throw this.#trap();
      default:
        throw this.#trap();
    }
  }

  #trap(): Fault {
    return new Fault('TOOL_TRAPPED', this.#refused ? 'MEMORY_EXCEEDED' : undefined);
  }

  #memory(): string {
    return (this.#filled ? 'A' : '\0').repeat(pageBytes) + '\0'.repeat((this.#pages - rawPages) * pageBytes);
  }
}

/** The body of the tool that `ScriptGuest` stands for. `input.letters` says what it does. */
export const scriptBody = `
  const store = sdk.kv('n');
  const out = [];
  let held;
  const sleep = () => new Promise((done) => setTimeout(() => done('slept'), 7));
  const get = () => store.getText('k').then((text) => text ?? null, (error) => error.code);
  for (const letter of input.letters) {
    if (letter === 'g') out.push(await get());
    if (letter === 's') out.push(await sleep());
    if (letter === 'p') out.push(await store.set('k', 'abc').then(() => 'set', (error) => error.code));
    if (letter === 'a') out.push(await Promise.all([get(), sleep(), get()]));
    if (letter === 'r') out.push(await Promise.race([sleep(), get()]));
    if (letter === 'u') clearTimeout(setTimeout(() => {}, 7));
    if (letter === 'h') held = setTimeout(() => {}, 7);
    if (letter === 'c') clearTimeout(held);
    if (letter === 'l') sdk.log.info('ok');
    if (letter === 'b') out.push(new Uint8Array([97, 98, 99]));
    if (letter === 'n') out.push(Date.now());
    if (letter === 't') throw new sdk.ToolError('BROKEN', 'ok', { retryable: true });
    if (letter === 'q') for (;;);
  }
  return out;`;

const codesByTag: Readonly<Record<string, string>> = {
  'access-denied': 'CAPABILITY_DENIED',
  'invalid-argument': 'INPUT_INVALID',
  unavailable: 'UNAVAILABLE',
};

/** What the script waits for. */
interface Wait {
  readonly ids: readonly number[];
  readonly kind: 'all' | 'first';
  readonly values: Map<number, string | null>;
}

/** The tool in JavaScript. */
export class ScriptGuest implements Guest {
  readonly #border: Border;
  readonly #out: unknown[] = [];
  #letters = '';
  #at = 0;
  #nowMs = 0;
  #held: number | undefined;
  #wait: Wait | undefined;
  #blobs: Uint8Array[] = [];
  /** Blobs of the output are numbered when it is written. */
  #outcome: GuestTurn['outcome'] = { kind: 'waiting' };

  constructor(border: Border) {
    this.#border = border;
  }

  begin({ input, nowMs }: CallStart): GuestTurn {
    this.#letters = (JSON.parse(input) as { letters: string }).letters;
    this.#nowMs = nowMs;
    this.#advance();
    return this.#turn();
  }

  resume(ready: readonly number[], nowMs: number): GuestTurn {
    this.#nowMs = nowMs;
    for (const id of ready) {
      const name = this.#border.nameOf(id);
      const value = valueOf(name, this.#border.take(id));
      if (!this.#wait?.ids.includes(id)) continue;
      this.#wait.values.set(id, value);
      this.#advance();
    }
    return this.#turn();
  }

  #turn(): GuestTurn {
    const blobs = this.#blobs;
    this.#blobs = [];
    return { outcome: this.#outcome, blobs };
  }

  /** Goes on until something is to be waited for. */
  #advance(): void {
    while (this.#waitIsOver() && this.#outcome.kind === 'waiting') {
      const letter = this.#letters[this.#at];
      this.#at += 1;
      if (letter === undefined) this.#outcome = { kind: 'done', output: this.#output() };
      else if (letter === 't') this.#outcome = { kind: 'failed', error: failure };
      else if (letter === 'q') throw new Fault('DEADLINE_EXCEEDED');
      else this.#command(letter);
    }
  }

  #waitIsOver(): boolean {
    if (!this.#wait) return true;
    const { ids, kind, values } = this.#wait;
    const [first] = values.values();
    if (kind === 'first' ? values.size === 0 : values.size < ids.length) return false;
    if (kind === 'first' || ids.length === 1) this.#out.push(first);
    else this.#out.push(ids.map((id) => values.get(id)));
    this.#wait = undefined;
    return true;
  }

  #command(letter: string): void {
    const sleep = (): number => this.#border.start('timer.sleep', 7);
    const get = (): number => this.#border.start('kv.get', 'n', 'k');
    const wait = (kind: Wait['kind'], ...ids: readonly number[]): void => {
      this.#wait = { ids, kind, values: new Map() };
    };
    switch (letter) {
      case 'g':
        return wait('all', get());
      case 's':
        return wait('all', sleep());
      case 'p':
        this.#blobs.push(abc);
        return wait('all', this.#border.start('kv.set', 'n', 'k', this.#blobs.length - 1));
      case 'a':
        return wait('all', get(), sleep(), get());
      case 'r':
        return wait('first', sleep(), get());
      case 'u':
        return this.#border.clear(sleep());
      case 'h':
        this.#held = sleep();
        return;
      case 'c':
        return this.#border.clear(this.#held ?? 0);
      case 'l':
        return this.#border.log('ok');
      case 'b':
        this.#out.push(abc);
        return;
      default:
        this.#out.push(this.#nowMs);
    }
  }

  #output(): string {
    return JSON.stringify(this.#out.map((item) => (item === abc ? { $blob: this.#blobs.push(abc) - 1 } : item)));
  }
}

/** What the script makes of a completion. */
function valueOf(name: string | undefined, completion: Completion): string | null {
  if (completion.kind === 'failed') return codesByTag[completion.error.tag] ?? completion.error.tag;
  if (name === 'timer.sleep') return 'slept';
  if (name === 'kv.set') return 'set';
  return completion.value instanceof Uint8Array ? new TextDecoder().decode(completion.value) : null;
}
