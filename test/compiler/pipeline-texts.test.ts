/** The texts of pipelines: references and conditions. Whatever a text is, it is read or refused with its place; what is printed is read back. */
import { describe, expect, test } from 'vitest';
import { type StepCondition, type StepValue, conditionText, pathText, stepValueText } from '#wit/manifest';
import { parseCondition } from '../../compiler/read/components/condition-grammar.ts';
import { parseInputText, parseOutputPath } from '../../compiler/read/components/references.ts';
import { type Random, fuzz, fuzzTimeoutMs } from '../fuzz.ts';

const names = ['a', 'sum', 'total', 'x1', 'snake_case', 'with-dash', '$odd'];

function randomPath(random: Random): (string | number)[] {
  const parts = [...names, 'two words', '"quoted"', 'a.b', '', '__proto__'];
  return Array.from({ length: random.below(4) }, () => (random.oneIn(3) ? random.below(1000) : random.pick(parts)));
}

function randomValue(random: Random): StepValue {
  switch (random.below(4)) {
    case 0:
      return { kind: 'variable', name: random.pick(['a', 'sum', 'snake_case']), path: randomPath(random) };
    case 1:
      return {
        kind: 'step',
        step: random.pick(['a', 'with-dash']),
        from: random.pick(['output', 'result']),
        path: randomPath(random),
      };
    case 2:
      return { kind: 'literal', value: random.pick(['', 'text', 'it\'s "so"', '\\', '@a.output', '&& ||', 'ü\n']) };
    default:
      return { kind: 'literal', value: random.pick([0, -1, 2.5, 1e21, true, false, null]) };
  }
}

function randomCondition(random: Random, depth = 0): StepCondition {
  const inner = (): StepCondition => randomCondition(random, depth + 1);
  switch (depth > 3 ? random.below(2) : random.below(5)) {
    case 0:
      return { kind: 'value', value: randomValue(random) };
    case 1: {
      const operator = random.pick(['==', '!=', '<', '<=', '>', '>='] as const);
      return { kind: 'compare', operator, left: randomValue(random), right: randomValue(random) };
    }
    case 2:
      return { kind: 'not', condition: inner() };
    default:
      return { kind: random.pick(['and', 'or'] as const), conditions: [inner(), inner()] };
  }
}

/** What conditions are made of, and what looks like it. */
const pieces = [
  '$a',
  '@b.output',
  '(',
  ')',
  '&&',
  '||',
  '!',
  '==',
  '<',
  ' ',
  '"x"',
  "'",
  '\\',
  '1',
  '.',
  '[',
  ']',
  'true',
  'ü',
  '\n',
];

/** With every parenthesis, so that precedence has no say. */
function printCondition(condition: StepCondition): string {
  switch (condition.kind) {
    case 'value':
      return stepValueText(condition.value);
    case 'compare':
      return `${stepValueText(condition.left)} ${condition.operator} ${stepValueText(condition.right)}`;
    case 'not':
      return `!(${printCondition(condition.condition)})`;
    default:
      return condition.conditions
        .map((inner) => `(${printCondition(inner)})`)
        .join(condition.kind === 'and' ? ' && ' : '||');
  }
}

describe('conditions', () => {
  test('bind ! before comparisons are joined, and && before ||', () => {
    const value = (name: string): StepCondition => ({ kind: 'value', value: { kind: 'variable', name, path: [] } });
    expect(parseCondition('$a || $b && !$c')).toEqual({
      condition: {
        kind: 'or',
        conditions: [value('a'), { kind: 'and', conditions: [value('b'), { kind: 'not', condition: value('c') }] }],
      },
    });
  });

  test.each([
    ['', 0],
    ['$a &&', 5],
    ['$a $b', 3],
    ['($a', 0],
    ['$a)', 2],
    ['1 < 2 < 3', 6],
    ['!$a == 1 == 2', 9],
    ['process.exit()', 7],
    ['$a = 1', 3],
    ['($a > 1) > 2', 9],
    ['@a.total > 1', 0],
    ['"open', 0],
    ['$a == -1e999', 6],
  ])('refuse %j at character %i', (text, offset) => {
    expect(parseCondition(text)).toMatchObject({ fault: { offset } });
  });

  test('refuse more depth than a host takes', () => {
    const deep = (count: number): string => `${'('.repeat(count)}$a${')'.repeat(count)}`;
    expect(parseCondition(deep(32))).toHaveProperty('condition');
    expect(parseCondition(deep(33))).toHaveProperty('fault');
    expect(parseCondition(`${'!'.repeat(100_000)}$a`)).toHaveProperty('fault');
  });

  test('any condition is read back as it was printed', { timeout: fuzzTimeoutMs }, () =>
    fuzz((random) => {
      const condition = randomCondition(random);
      expect(parseCondition(printCondition(condition))).toEqual({ condition });
      expect(parseCondition(conditionText(condition))).toEqual({ condition });
    }),
  );

  test('any text is read or refused at a place within it', { timeout: fuzzTimeoutMs }, () =>
    fuzz((random) => {
      const text = Array.from({ length: random.below(12) }, () => random.pick(pieces)).join('');
      const read = parseCondition(text);
      const offset = 'fault' in read ? read.fault.offset : 0;
      expect(offset >= 0 && offset <= text.length).toBe(true);
    }),
  );
});

describe('references', () => {
  test.each([
    ['$lines', { kind: 'variable', name: 'lines', path: [] }],
    ['$lines[0].text', { kind: 'variable', name: 'lines', path: [0, 'text'] }],
    ['@sum', { kind: 'step', step: 'sum', from: 'output', path: [] }],
    ['@sum.output.a["b c"][2]', { kind: 'step', step: 'sum', from: 'output', path: ['a', 'b c', 2] }],
    ['@sum.result', { kind: 'step', step: 'sum', from: 'result', path: [] }],
    ['$$5', { kind: 'text', text: '$5' }],
    ['@@home', { kind: 'text', text: '@home' }],
    ['$5.00', { kind: 'text', text: '$5.00' }],
    ['@ home', { kind: 'text', text: '@ home' }],
    ['mail me@home.example', { kind: 'text', text: 'mail me@home.example' }],
  ])('%j is read', (text, expected) => {
    expect(parseInputText(text)).toEqual(expected);
  });

  test.each(['@sum.total', '$a.b c', '@a.output[x]', '$a.', '@sum[0]'])(
    '%j begins as a reference and is refused',
    (text) => {
      expect(parseInputText(text)).toMatchObject({ kind: 'malformed' });
    },
  );

  test('outputs are paths into the result', () => {
    expect(parseOutputPath('.')).toEqual([]);
    expect(parseOutputPath('.result.a[1]')).toEqual(['a', 1]);
    expect(parseOutputPath('.a')).toEqual(['a']);
    for (const text of ['', 'a', '..', '.a.', '[x]', '.result ']) expect(parseOutputPath(text)).toBeUndefined();
  });

  test('any path is read back as it was printed', { timeout: fuzzTimeoutMs }, () =>
    fuzz((random) => {
      const path = randomPath(random);
      expect(parseInputText(`$a${pathText(path)}`)).toEqual({ kind: 'variable', name: 'a', path });
    }),
  );
});
