/** Random tools in JavaScript that wait in every way there is: bodies for `javascript` of `engine-subject.ts`. */
import type { Random } from '../fuzz.ts';

/** What programs use. Whatever happens is noted, so that the order of things is part of the output. */
const header = `
  const store = sdk.kv('n');
  const out = [];
  const pending = [];
  const note = (...items) => { out.push(items.length === 1 ? items[0] : items); };
  const shown = (error) => [error?.name, error?.code, error?.message, error?.errors?.map(shown)];
  const sleep = (ms, value) => new Promise((done) => { setTimeout(() => done(value), ms); });
  const late = (ms) => new Promise((_, refuse) => { setTimeout(() => refuse(new Error('late after ' + ms)), ms); });
  const collect = async (items) => { const all = []; for await (const item of items) all.push(item); return all; };
  const settled = (results) => results.map(({ status, value, reason }) => [status, value, reason && shown(reason)]);
  const within = (ms, promise) => {
    let timer;
    const out = new Promise((_, refuse) => { timer = setTimeout(() => refuse(new RangeError('out of time')), ms); });
    return Promise.race([promise, out]).finally(() => clearTimeout(timer));
  };`;

const footer = `
  note('pending', settled(await Promise.allSettled(pending)));
  return out;`;

/** How deep statements and promises nest. */
const depthMax = 3;
/** Statements and promises of a program: each loop runs those in it a few times. */
const budgetMax = 70;
const functionsMax = 3;
const keys = ['a', 'b', 'c/1', 'c/2', 'é'] as const;

/** Writes one program; the same numbers give the same text. */
export function randomProgram(random: Random): string {
  return new ProgramWriter(random).write();
}

class ProgramWriter {
  readonly #random: Random;
  #budget = budgetMax;
  #names = 0;
  /** Functions and generators that are declared so far: what stands above may be called. */
  readonly #functions: string[] = [];
  readonly #generators: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  write(): string {
    const declared: string[] = [];
    for (let left = this.#random.below(functionsMax + 1); left > 0; left -= 1) declared.push(this.#declaration());
    return [header, ...declared, this.#statements(0, 3 + this.#random.below(6)), footer].join('\n');
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  #declaration(): string {
    if (this.#random.oneIn(2)) {
      const name = this.#name('step');
      const body = this.#statements(1, 1 + this.#random.below(3));
      this.#functions.push(name);
      return `const ${name} = async (given) => {\n${body}\nreturn [given, ${this.#value()}];\n};`;
    }
    const name = this.#name('items');
    const count = 1 + this.#random.below(3);
    const yielded = this.#random.pick(['at', '[at, Date.now()]', 'await sleep(at, at)', this.#promise(2)]);
    const body = `for (let at = 0; at < ${count}; at += 1) {\n${this.#statements(2, this.#random.below(2))}\nyield ${yielded};\n}`;
    this.#generators.push(name);
    return `async function* ${name}() {\ntry {\n${body}\n} finally { note('${name} over'); ${this.#random.oneIn(3) ? 'await sleep(1);' : ''} }\n}`;
  }

  #statements(depth: number, count: number): string {
    return Array.from({ length: count }, () => this.#statement(depth)).join('\n');
  }

  #statement(depth: number): string {
    this.#budget -= 1;
    if (depth >= depthMax || this.#budget < 0) return this.#leaf(depth);
    const inner = (): string => this.#statements(depth + 1, 1 + this.#random.below(3));
    const name = this.#name('it');
    switch (this.#random.below(14)) {
      case 0:
        return `for (let ${name} = 0; ${name} < ${1 + this.#random.below(3)}; ${name} += 1) {\n${inner()}\n}`;
      case 1:
        return `if (Math.random() < 0.5) {\n${inner()}\n} else {\n${inner()}\n}`;
      case 2:
        return `try {\n${inner()}\n${this.#thrown()}\n} catch (error) {\nnote(shown(error));\n${inner()}\n}`;
      case 3:
        return `try {\n${inner()}\n} catch (error) { note('caught', shown(error)); } finally {\n${inner()}\n}`;
      case 4:
        return this.#loop(name, inner);
      case 5:
        return `pending.push((async () => {\n${inner()}\nreturn ${this.#value()};\n})());`;
      default:
        return this.#leaf(depth);
    }
  }

  #loop(name: string, inner: () => string): string {
    const generator = this.#random.pick([...this.#generators, '']);
    if (generator === '') {
      const items = Array.from({ length: 1 + this.#random.below(3) }, () => this.#promise(2)).join(', ');
      return `try {\nfor await (const ${name} of [${items}]) {\nnote(${name});\n${inner()}\n}\n} catch (error) { note(shown(error)); }`;
    }
    const stop = this.#random.oneIn(2) ? 'if (Math.random() < 0.4) break;' : '';
    return `try {\nfor await (const ${name} of ${generator}()) {\nnote(${name});\n${stop}\n${inner()}\n}\n} catch (error) { note(shown(error)); }`;
  }

  #leaf(depth: number): string {
    const random = this.#random;
    const promise = (): string => this.#promise(depth);
    switch (random.below(18)) {
      case 0:
        return 'note(Math.random());';
      case 1:
        return 'note(Date.now(), new Date().toISOString());';
      case 2:
        return 'note(crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(3))]);';
      case 3:
        return `note(new Uint8Array([${random.below(256)}, ${random.below(256)}]));`;
      case 4:
        return `sdk.log.${random.pick(['debug', 'info', 'warn', 'error'])}('line ' + out.length, { at: Date.now(), value: ${this.#value()} });`;
      case 5:
        return "console.log('out', out.length, { last: out.at(-1) });";
      case 6:
        return `queueMicrotask(() => note('microtask', ${this.#value()}));`;
      case 7:
        return `pending.push(${promise()});`;
      case 8:
        return this.#timers();
      case 9:
        return 'await null;';
      case 10:
        // Uncaught where nothing stands around it: the call fails.
        return random.oneIn(4) ? `note(await ${promise()});` : `note(await ${promise()}.catch(shown));`;
      case 11:
        return `void ${promise()}.then((value) => note('left', value), (error) => note('left', shown(error)));`;
      case 12:
        return random.oneIn(6) ? this.#thrown() : 'note(performance.now() >= 0);';
      default:
        return `note(await ${promise()}.then((value) => value ?? null, shown));`;
    }
  }

  #timers(): string {
    const [name, ms] = [this.#name('timer'), this.#random.below(40)];
    const set = `const ${name} = setTimeout(() => note('${name}'), ${ms});`;
    switch (this.#random.below(4)) {
      case 0:
        return `${set} clearTimeout(${name});`;
      case 1:
        return `${set} await ${this.#promise(2)}.catch(shown); clearTimeout(${name});`;
      case 2:
        return `await new Promise((done) => { let left = 3; const ${name} = setInterval(() => { note('${name}', left); if ((left -= 1) === 0) { clearInterval(${name}); done(); } }, ${1 + ms}); });`;
      default:
        return set;
    }
  }

  #thrown(): string {
    return this.#random.pick([
      "if (Math.random() < 0.5) throw new Error('plain');",
      "throw new TypeError('typed ' + out.length);",
      "throw new sdk.ToolError('BROKEN_ON_PURPOSE', 'broken', { retryable: true, details: { at: out.length } });",
      'if (Math.random() < 0.3) null.missing();',
    ]);
  }

  #value(): string {
    return this.#random.pick(['1', "'text'", 'null', '[1, 2]', "{ a: 'b' }", 'out.length', 'Math.random()', "'é𝄞'"]);
  }

  #promises(depth: number): string {
    return Array.from({ length: 1 + this.#random.below(4) }, () => this.#promise(depth + 1)).join(', ');
  }

  #promise(depth: number): string {
    this.#budget -= 1;
    if (depth >= depthMax || this.#budget < 0) return this.#operation();
    const random = this.#random;
    switch (random.below(16)) {
      case 0:
        return `Promise.all([${this.#promises(depth)}])`;
      case 1:
        return `Promise.allSettled([${this.#promises(depth)}]).then(settled)`;
      case 2:
        return `Promise.race([${this.#promises(depth)}])`;
      case 3:
        return `Promise.any([${this.#promises(depth)}])`;
      case 4:
        return `within(${random.below(30)}, ${this.#promise(depth + 1)})`;
      case 5:
        return `${this.#promise(depth + 1)}.finally(() => note('finally', Date.now()))`;
      case 6:
        return `${this.#promise(depth + 1)}.then((value) => ${this.#promise(depth + 1)}.then((more) => [value, more]))`;
      case 7:
        return `${this.#promise(depth + 1)}.catch((error) => ['caught', shown(error)])`;
      case 8:
        return `(async () => { try { return await ${this.#promise(depth + 1)}; } finally { ${this.#leaf(depthMax)} } })()`;
      case 9:
        return this.#generators.length > 0 ? `collect(${random.pick(this.#generators)}())` : this.#operation();
      case 10:
      case 11:
        return this.#functions.length > 0 ? `${random.pick(this.#functions)}(${this.#value()})` : this.#operation();
      default:
        return this.#operation();
    }
  }

  #operation(): string {
    const random = this.#random;
    const key = `'${random.pick(keys)}'`;
    switch (random.below(13)) {
      case 0:
      case 1:
        return `sleep(${random.below(30)}, ${this.#value()})`;
      case 2:
        return `late(${random.below(30)})`;
      case 3:
        return `store.set(${key}, String(${this.#value()}))`;
      case 4:
        return `store.set(${key}, new Uint8Array([${random.below(256)}]))`;
      case 5:
        return `store.setJson(${key}, ${this.#value()})`;
      case 6:
        return `store.get(${key})`;
      case 7:
        return `store.getText(${key})`;
      case 8:
        return `store.getJson(${key})`;
      case 9:
        return `store.delete(${key})`;
      case 10:
        return `store.list({ prefix: '${random.pick(['', 'c/', 'z'])}', limit: ${1 + random.below(3)} })`;
      case 11:
        return `store.compareAndSet(${key}, ${random.pick(['undefined', "'text'", "'1'"])}, 'swapped')`;
      default:
        return random.pick(['Promise.resolve(7)', "Promise.reject(new Error('refused'))", 'Promise.resolve()']);
    }
  }
}
