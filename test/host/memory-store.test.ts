import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '#host';
import { keyValueStoreCases } from '../conformance/key-value-store-cases.ts';

describe('the key-value store in memory conforms', () => {
  test.for(keyValueStoreCases.map((each) => [each.fact, each] as const))('%s', ([, each]) =>
    expect(each.prove({ create: createMemoryStore })).resolves.toBeUndefined(),
  );
});
