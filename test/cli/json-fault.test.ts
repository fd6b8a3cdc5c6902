import { array, assert, constantFrom, json, nat, oneof, property } from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from '../../terminal/json-fault.ts';

test.each([
  ['{"a":1,}', 1, 8, 'a key in double quotes is expected'],
  ["{'a':1}", 1, 2, 'a key in double quotes is expected'],
  ['{"a" 1}', 1, 6, '":" is expected'],
  ['{\n  "a": foo\n}', 2, 8, 'a value is expected'],
  ['[1,\n2,\n3', 3, 2, '"," or "]" is expected, and the text ends'],
  ['', 1, 1, 'a value is expected, and the text ends'],
  ['1 2', 1, 3, 'nothing more is expected'],
])('%j is at fault at line %i, column %i: %s', (text, line, column, problem) => {
  expect(findJsonFault(text)).toMatchObject({ line, column, problem });
});

test('a fault is found exactly in what JSON.parse refuses', () => {
  const fragment = constantFrom(...'{}[]",:1-.0e tfn\\u\n', 'true', 'null', '"k"', '"k":', '\u0000');
  const mutated = json().chain((text) => nat(text.length).map((at) => text.slice(0, at) + text.slice(at + 1)));
  assert(
    property(
      oneof(
        json(),
        mutated,
        array(fragment, { maxLength: 12 }).map((parts) => parts.join('')),
      ),
      (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      },
    ),
    { numRuns: 10_000, seed: 20_260_101 },
  );
});

test('nesting of millions costs no stack', () => {
  expect(findJsonFault('['.repeat(2_000_000))).toMatchObject({ offset: 2_000_000 });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
