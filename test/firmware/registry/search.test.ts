import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../../firmware/registry/registry.ts';
import { wordsOf } from '../../../firmware/registry/words.ts';
import { fuzz, fuzzTimeoutMs } from '../../fuzz.ts';
import { activeBundle } from './active-bundles.ts';

const registry = createRegistry({ file: async () => new Uint8Array() });
registry.replace([
  activeBundle('invoice-kit', {
    tools: [
      { name: 'sumLines', description: 'Adds the amounts of all lines of an invoice', nlp: 'how much is it in total' },
      { name: 'parseHTMLTable', description: 'Reads a table out of a web page' },
      { name: 'vat2024', description: 'The rates of value-added tax' },
      { name: 'invoiceReminder', description: 'Writes a friendly letter to a customer who has not paid' },
      { name: 'sizes', description: 'Größen und Maße, à la carte' },
    ],
    agents: { clerk: ['sumLines'] },
  }),
  activeBundle('text-kit', {
    tools: [
      { name: 'wordCount', description: 'Counts words and lines' },
      { name: 'translate', description: '翻訳 переводит текст' },
    ],
  }),
]);

function found(text: string): readonly string[] {
  return registry.list({ text }).components.map(({ name }) => name);
}

describe('a search', () => {
  test.each([
    ['a whole name', 'sumLines', 'sumLines'],
    ['a part of a name', 'lines', 'sumLines'],
    ['a part in capitals', 'html', 'parseHTMLTable'],
    ['digits in a name', '2024', 'vat2024'],
    ['a name in words', 'word count', 'wordCount'],
    ['a name in other cases', 'PARSE_html-table', 'parseHTMLTable'],
    ['a word of a description', 'customer', 'invoiceReminder'],
    ['how people ask for it', 'how much', 'sumLines'],
    ['the beginning of a word', 'remin', 'invoiceReminder'],
    ['a word that is mistyped', 'custmer', 'invoiceReminder'],
    ['a name that is mistyped', 'wordcuont', 'wordCount'],
    ['letters without their accents', 'grossen', 'sizes'],
    ['letters with accents', 'GRÖSSEN', 'sizes'],
    ['another script', 'переводит', 'translate'],
    ['a script without spaces, from its beginning', '翻訳', 'translate'],
    ['the kind of a bundle', 'text kit word', 'wordCount'],
  ])('finds by %s', (_, text, first) => {
    expect(found(text)[0]).toBe(first);
  });

  test('puts a name before a description, and what has more of the words before what has fewer', () => {
    expect(found('lines').slice(0, 2)).toEqual(['sumLines', 'wordCount']);
    expect(found('invoice')[0]).toBe('invoiceReminder');
    expect(found('count lines')[0]).toBe('wordCount');
    expect(found('lines of an invoice')[0]).toBe('sumLines');
  });

  test('puts all words before one word that is said often, and a word itself before a longer one', () => {
    const small = createRegistry({ file: async () => new Uint8Array() });
    small.replace([
      activeBundle('kit', {
        tools: [
          { name: 'alpha', description: 'alpha alpha alpha', nlp: 'alpha alpha' },
          { name: 'other', description: 'alpha and gamma, and a good many other words about this and that' },
          { name: 'gamma', description: 'gamma gamma gamma', nlp: 'gamma gamma' },
          { name: 'sum', description: 'unlike a summary' },
          { name: 'summary' },
        ],
      }),
    ]);
    const first = (text: string): string | undefined => small.list({ text }).components[0]?.name;
    expect([first('alpha gamma'), first('sum'), first('summ')]).toEqual(['other', 'sum', 'summary']);
  });

  test('is narrowed by kind and bundle', () => {
    expect(registry.list({ text: 'clerk', kind: 'tool' }).components).toEqual([]);
    expect(registry.list({ text: 'clerk', kind: 'agent' }).components).toMatchObject([{ name: 'clerk' }]);
    expect(registry.list({ text: 'lines', bundle: 'text-kit' }).components).toMatchObject([{ name: 'wordCount' }]);
  });

  test('for nothing lists all, for what is no word finds nothing, and for what is nowhere nothing either', () => {
    expect(found('  ')).toHaveLength(8);
    expect(found('!?… —')).toEqual([]);
    expect(found('zzzzzz')).toEqual([]);
    expect(found('xq')).toEqual([]);
  });

  test('of more characters than the maximum is refused, of as many not', () => {
    expect(found('lines '.repeat(86).slice(0, 512))[0]).toBe('sumLines');
    expect(() => found('x'.repeat(513))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  test('sees the state after a swap', () => {
    const swapped = createRegistry({ file: async () => new Uint8Array() });
    swapped.replace([activeBundle('one', { tools: ['before'] })]);
    expect(swapped.list({ text: 'before' }).components).toHaveLength(1);
    swapped.set(activeBundle('one', { tools: ['after'] }));
    expect(swapped.list({ text: 'before' }).components).toEqual([]);
    expect(swapped.list({ text: 'after' }).components).toHaveLength(1);
  });

  test('for any text gives components, best first, the same each time', { timeout: fuzzTimeoutMs }, async () => {
    const alphabet = 'sumLinesé ß𝄞\ud800\0_-/.*(){}[]\\^$+?|2İ翻ﷺ';
    await fuzz((random) => {
      const text = random.text(random.below(40), alphabet);
      expect(found(text)).toEqual(found(text));
    });
  });
});

describe('words', () => {
  test.each([
    ['sumLines', ['sumlines', 'sum', 'lines']],
    ['parseHTMLTable2', ['parsehtmltable2', 'parse', 'html', 'table', '2']],
    ['snake_case-and.dots', ['snake', 'case', 'and', 'dots']],
    ['ÀÉ ﬁne Straße', ['ae', 'fine', 'straße']],
    ['', []],
    ['\u0301', []],
    ['x'.repeat(1_000), ['x'.repeat(32)]],
  ])('of %j', (text, words) => {
    expect(wordsOf(text, 256)).toEqual(words);
  });

  test('are at most as many as asked for', () => {
    expect(wordsOf('a b c d', 3)).toEqual(['a', 'b', 'c']);
    expect(wordsOf('aB cD', 2)).toEqual(['ab', 'a']);
  });
});
