import { describe, expect, test } from 'vitest';
import { type Diagnostic, diagnosticCodes, formatDiagnostics, hasErrors, sortDiagnostics } from '#compiler';

const base: Diagnostic = {
  code: 'TYPE_UNSUPPORTED',
  severity: 'error',
  message: 'Cannot derive a schema: "input.when" is a Date',
  remedy: 'Write string',
  file: 'src/guest.ts',
  line: 2,
  column: 3,
  endColumn: 13,
};
const source = 'interface Input {\n  when: Date;\n}\n';
const readSource = (file: string): string | undefined => (file === 'src/guest.ts' ? source : undefined);

describe('formatDiagnostics', () => {
  test('shows the place, the line, a caret under every character that is meant, and the remedy', () => {
    expect(formatDiagnostics([base], { readSource })).toBe(
      [
        'src/guest.ts:2:3 error TYPE_UNSUPPORTED Cannot derive a schema: "input.when" is a Date',
        '  2 |   when: Date;',
        '    |   ^^^^^^^^^^',
        '  remedy: Write string',
        '',
        '1 error',
        '',
      ].join('\n'),
    );
  });

  test('says nothing where there is nothing to say', () => {
    expect(formatDiagnostics([], { readSource })).toBe('');
  });

  test('stands without the line where the source cannot be read or is shorter than the place', () => {
    const elsewhere = formatDiagnostics(
      [
        { ...base, file: 'gone.ts' },
        { ...base, line: 99 },
      ],
      { readSource },
    );
    expect(elsewhere).not.toContain('|');
    expect(elsewhere).toContain('2 errors');
  });

  test('puts one caret where the place has no end, also past the end of the line', () => {
    const { endColumn: _, ...open } = base;
    expect(formatDiagnostics([open], { readSource })).toContain('\n    |   ^\n');
    expect(formatDiagnostics([{ ...open, column: 14 }], { readSource })).toContain(`\n    | ${' '.repeat(13)}^\n`);
  });

  test('keeps the caret under its character behind tabs and wide characters', () => {
    const wide = (file: string): string | undefined =>
      file === 'src/guest.ts' ? 'x\n\tconst 名前 = Date;\n' : undefined;
    const lines = formatDiagnostics([{ ...base, column: 13, endColumn: 17 }], { readSource: wide }).split('\n');
    expect(lines[1]).toBe('  2 |  const 名前 = Date;');
    expect(lines[2]).toBe(`    | ${' '.repeat(14)}^^^^`);
  });

  test('shows a window of a line that is too long', () => {
    const long = (): string => `x\n${'a'.repeat(500)}TARGET${'b'.repeat(500)}\n`;
    const lines = formatDiagnostics([{ ...base, column: 501, endColumn: 507 }], { readSource: long }).split('\n');
    expect(lines[1]?.length).toBeLessThan(140);
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('TARGET'));
    expect(lines[2]).toContain('^^^^^^');
  });

  test('colours only on request, and counts errors and warnings apart', () => {
    const both: readonly Diagnostic[] = [base, { ...base, severity: 'warning', code: 'DOC_TAG_UNKNOWN' }];
    expect(formatDiagnostics(both, { readSource })).not.toContain('\u001B');
    expect(formatDiagnostics(both, { readSource })).toContain('1 error, 1 warning\n');
    expect(formatDiagnostics(both, { readSource, colour: true })).toContain('\u001B[31;1merror TYPE_UNSUPPORTED');
  });
});

describe('sortDiagnostics', () => {
  test('orders by file, line, column and code, whatever the order of arrival', () => {
    const parts = [
      { ...base, file: 'b.ts', line: 1 },
      { ...base, file: 'a.ts', line: 10 },
      { ...base, file: 'a.ts', line: 9, column: 2 },
      { ...base, file: 'a.ts', line: 9, column: 1, code: 'TS2322' as const },
      { ...base, file: 'a.ts', line: 9, column: 1, code: 'NO_TOOLS' as const },
    ];
    const sorted = sortDiagnostics(parts);
    expect(sorted.map(({ file, line, column, code }) => [file, line, column, code])).toEqual([
      ['a.ts', 9, 1, 'NO_TOOLS'],
      ['a.ts', 9, 1, 'TS2322'],
      ['a.ts', 9, 2, 'TYPE_UNSUPPORTED'],
      ['a.ts', 10, 3, 'TYPE_UNSUPPORTED'],
      ['b.ts', 1, 3, 'TYPE_UNSUPPORTED'],
    ]);
    expect(sortDiagnostics(parts.toReversed())).toEqual(sorted);
  });

  test('keeps one of several that say the same of one place', () => {
    const other = { ...base, message: 'Cannot derive a schema: "output.when" is a Date' };
    expect(sortDiagnostics([other, base, base])).toEqual([base]);
  });
});

test('only errors stop a build', () => {
  expect(hasErrors([{ ...base, severity: 'warning' }])).toBe(false);
  expect(hasErrors([{ ...base, severity: 'warning' }, base])).toBe(true);
});

test('every code is explained by a sentence', () => {
  for (const [code, sentence] of Object.entries(diagnosticCodes)) {
    expect(code).toMatch(/^[A-Z][A-Z_\d]+$/);
    expect(sentence).toMatch(/^[A-Za-z].{20,}\.$/);
  }
});
