import { afterAll, describe, test } from 'vitest';
import { createV8Engine } from '#host';
import { engineCases } from './engine-cases.ts';

describe('the engine v8 conforms', () => {
  const engine = createV8Engine();
  afterAll(() => engine[Symbol.asyncDispose]());
  test.for(engineCases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
    each.prove({ engine }),
  );
});
