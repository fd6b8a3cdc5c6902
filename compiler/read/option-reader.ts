/** Reads the options of a decorator, or of a part of them, one by one; what is wrong with one is reported, and it counts as absent. */
import { nearestName } from '#wit/tokens';
import type { Spelled } from './decorator-options.ts';
import { reportDynamic, reportType, reportUnknown } from './option-problems.ts';
import type { ReadScope } from './read-scope.ts';
import type { StaticValue } from './static-value.ts';

/** An object that the source spells out. */
export type StaticRecord = Extract<StaticValue, { kind: 'record' }>;
/** A list that the source spells out. */
export type StaticList = Extract<StaticValue, { kind: 'list' }>;

/** What a number may be. */
export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  /** Default: yes. */
  readonly whole?: boolean;
  /** With a space before it, as ` ms`. */
  readonly unit?: string;
}

/** The options of one object. */
export class OptionReader {
  readonly scope: ReadScope;
  readonly record: StaticRecord;
  readonly #owner: string;

  /** @param owner completes "the options of …". Options that are not `known` are reported. */
  constructor(owner: string, record: StaticRecord, { known, scope }: { known: readonly string[]; scope: ReadScope }) {
    this.scope = scope;
    this.record = record;
    this.#owner = owner;
    for (const [name, { key }] of record.entries)
      if (!known.includes(name)) reportUnknown(owner, name, key, { known, scope });
  }

  /** Whether the option is there, well or badly. */
  has(name: string): boolean {
    return this.record.entries.has(name);
  }

  /** The value as it is spelled. */
  value(name: string): StaticValue | undefined {
    return this.record.entries.get(name)?.value;
  }

  /** A text, not blank and of at most so many characters. */
  text(name: string, charactersMax: number): Spelled<string> | undefined {
    const text = this.#scalar(name, 'string');
    if (text === undefined) return undefined;
    const { value } = text;
    if (value.trim() !== '' && value.length <= charactersMax && value.isWellFormed()) return text;
    const state =
      value.trim() === ''
        ? 'it is empty'
        : value.isWellFormed()
          ? `it has more than ${charactersMax} characters`
          : 'half of a character stands alone in it';
    this.#report(text.node, 'OPTION_TYPE_INVALID', `Cannot read "${name}": ${state}`, 'Say it in a few words');
    return undefined;
  }

  /** A number within a range. */
  number(name: string, { minimum, maximum, whole = true, unit = '' }: NumberRange): Spelled<number> | undefined {
    const number = this.#scalar(name, 'number');
    if (number === undefined) return undefined;
    const { value, node } = number;
    if ((!whole || Number.isInteger(value)) && value >= minimum && value <= maximum) return number;
    this.#report(
      node,
      'OPTION_OUT_OF_RANGE',
      `Cannot use ${name} ${value}${unit}: it is a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}${unit}`,
      value > maximum ? `Write ${maximum} or less` : `Write ${minimum} or more`,
    );
    return undefined;
  }

  /** One of some words. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Spelled<Choice> | undefined {
    const word = this.#scalar(name, 'string');
    return word && this.chosen(name, word, choices);
  }

  /** A word as one of some. */
  chosen<Choice extends string>(
    name: string,
    { value, node }: Spelled<string>,
    choices: readonly Choice[],
  ): Spelled<Choice> | undefined {
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return { value: chosen, node };
    const remedy = `Write ${nearestName(value, choices) ?? `one of ${choices.join(', ')}`}`;
    this.#report(node, 'OPTION_TYPE_INVALID', `Cannot read "${name}": "${value}" is none`, remedy);
    return undefined;
  }

  /** A list of texts. */
  texts(name: string, { charactersMax, countMax }: { charactersMax: number; countMax: number }): readonly string[] {
    const items = this.list(name)?.items ?? [];
    if (items.length > countMax)
      this.#report(
        items[countMax]?.node ?? this.record.node,
        'OPTION_OUT_OF_RANGE',
        `Cannot use "${name}": ${items.length} are more than ${countMax}`,
        'Remove some',
      );
    return items.slice(0, countMax).flatMap((item) => {
      if (item.kind === 'scalar' && typeof item.value === 'string' && item.value.trim() !== '') {
        if (item.value.length <= charactersMax) return [item.value];
        const message = `Cannot read "${name}": a text has more than ${charactersMax} characters`;
        this.#report(item.node, 'OPTION_TYPE_INVALID', message, 'Say it in a few words');
      } else this.refuse(name, item, { noun: 'a list of texts', example: `['…']` });
      return [];
    });
  }

  /** A list of anything. */
  list(name: string): StaticList | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === 'list') return value;
    this.refuse(name, value, { noun: 'a list', example: '[…]' });
    return undefined;
  }

  /** An object. */
  object(name: string): StaticRecord | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === 'record') return value;
    this.refuse(name, value, { noun: 'an object', example: '{ … }' });
    return undefined;
  }

  /** Says that an option has to be something else. */
  refuse(name: string, value: StaticValue, expected: { readonly noun: string; readonly example: string }): void {
    if (value.kind === 'dynamic') reportDynamic(`"${name}"`, value, this.scope);
    else reportType(`"${name}"`, value.node, expected, this.scope);
  }

  /** Says that an option is missing. */
  missing(name: string, example: string): void {
    this.#report(
      this.record.node,
      'OPTION_MISSING',
      `Cannot read the options of ${this.#owner}: they have no "${name}"`,
      `Add ${name}: ${example}`,
    );
  }

  #scalar<Kind extends 'string' | 'number'>(
    name: string,
    kind: Kind,
  ): Spelled<Kind extends 'string' ? string : number> | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.kind === 'scalar' && typeof value.value === kind)
      return { value: value.value as Kind extends 'string' ? string : number, node: value.node };
    this.refuse(
      name,
      value,
      kind === 'string' ? { noun: 'a string', example: "'…'" } : { noun: 'a number', example: '1000' },
    );
    return undefined;
  }

  #report(
    node: Spelled<unknown>['node'],
    code: 'OPTION_TYPE_INVALID' | 'OPTION_OUT_OF_RANGE' | 'OPTION_MISSING',
    message: string,
    remedy: string,
  ): void {
    this.scope.report(node, { code, message, remedy });
  }
}

/** A value as JSON; the part that is not spelled out, where there is one. */
export function jsonOf(
  value: StaticValue,
): { readonly json: unknown } | { readonly dynamic: Extract<StaticValue, { kind: 'dynamic' }> } {
  switch (value.kind) {
    case 'scalar':
      return { json: value.value };
    case 'dynamic':
      return { dynamic: value };
    case 'list': {
      const items: unknown[] = [];
      for (const item of value.items) {
        const read = jsonOf(item);
        if ('dynamic' in read) return read;
        items.push(read.json);
      }
      return { json: items };
    }
    case 'record': {
      const entries: [string, unknown][] = [];
      for (const [name, entry] of value.entries) {
        const read = jsonOf(entry.value);
        if ('dynamic' in read) return read;
        entries.push([name, read.json]);
      }
      return { json: Object.fromEntries(entries) };
    }
  }
}
