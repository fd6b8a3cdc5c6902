import { afterAll, describe, test } from 'vitest';
import { engineCases } from './engine-cases.ts';
import { enginesUnderTest } from './engines-under-test.ts';

describe.each(enginesUnderTest)('the engine $name conforms', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());
  test.for(engineCases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
    each.prove({ engine }),
  );
});
