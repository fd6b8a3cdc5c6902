/** What a host asks before it activates a version. */
import { describe, expect, test } from 'vitest';
import { type BundleFacts, checkActive, treeText } from '#wit/dependencies';

describe('checkActive', () => {
  function facts(name: string, number: string, more: Partial<BundleFacts> = {}): BundleFacts {
    return {
      name,
      version: number,
      dependencies: {},
      components: { tool: ['sumLines'], agent: ['clerk'] },
      references: [],
      ...more,
    };
  }
  const books = facts('books', '1.0.0', {
    dependencies: { 'invoice-kit': '^0.2' },
    references: [{ kind: 'tool', bundle: 'invoice-kit', name: 'sumLines', by: 'the agent "reader"' }],
  });

  test('a bundle whose dependencies are active may be', () => {
    expect(checkActive(books, [facts('invoice-kit', '0.2.5')])).toBeUndefined();
    expect(checkActive(facts('invoice-kit', '0.2.6'), [books, facts('invoice-kit', '0.2.5')])).toBeUndefined();
  });

  test('one that is not there is named with what to upload', () => {
    expect(checkActive(books, [])).toMatchObject({
      code: 'BUNDLE_DEPENDENCY_MISSING',
      name: 'invoice-kit',
      state: '"books" 1.0.0 needs "invoice-kit" ^0.2, and no version of it is active',
      remedy: 'Upload a version of "invoice-kit" in ^0.2 first',
    });
  });

  test('one that is active in another version is a conflict', () => {
    const found = checkActive(books, [facts('invoice-kit', '0.3.0')]);
    expect(found).toMatchObject({ code: 'BUNDLE_DEPENDENCY_CONFLICT' });
    expect(found && treeText(found.tree)).toBe('books 1.0.0\n└── invoice-kit ^0.2 → 0.3.0 ✗ conflict');
  });

  test('a version that an active bundle cannot live with is refused, and that bundle is named', () => {
    expect(checkActive(facts('invoice-kit', '0.3.0'), [books, facts('invoice-kit', '0.2.5')])).toMatchObject({
      code: 'BUNDLE_DEPENDENCY_CONFLICT',
      name: 'invoice-kit',
      state: '"books" 1.0.0 needs "invoice-kit" ^0.2, and this is 0.3.0',
      remedy: 'Upload a version of "books" that takes "invoice-kit" 0.3.0 first',
    });
  });

  test('a version without a tool that an active bundle uses is refused, whatever its number', () => {
    const without = facts('invoice-kit', '0.2.6', { components: { tool: ['sumLine'], agent: ['sumLines'] } });
    expect(checkActive(without, [books])).toMatchObject({
      code: 'BUNDLE_DEPENDENCY_MISSING',
      state:
        'the agent "reader" of "books" 1.0.0 uses the tool "invoice-kit/sumLines", and "invoice-kit" 0.2.6 has none of that name',
    });
  });

  test('a version that closes a circle is refused', () => {
    const circle = facts('invoice-kit', '0.2.6', { dependencies: { books: '*' } });
    expect(checkActive(circle, [books])).toMatchObject({
      code: 'BUNDLE_DEPENDENCY_CYCLE',
      state: '"invoice-kit" depends on "books" depends on "invoice-kit"',
    });
  });

  test('faults of others that the candidate has no part in do not keep it back', () => {
    expect(checkActive(facts('mail', '1.0.0'), [books])).toBeUndefined();
  });

  test('several faults are counted', () => {
    const many = facts('many', '1.0.0', { dependencies: { a: '^1', b: '^1', c: '^1' } });
    expect(checkActive(many, [])?.state).toBe('"many" 1.0.0 needs "a" ^1, and no version of it is active; and 2 more');
  });
});
