import { afterAll, describe, test } from 'vitest';
import { engineCases } from './engine-cases.ts';
import { enginesUnderTest } from './engines-under-test.ts';

/** The native engine once more, as small machines run it. */
const edge = enginesUnderTest
  .filter(({ name }) => name === 'wasmtime')
  .map(({ create }) => ({ name: 'wasmtime with the profile edge', create: () => create({ profile: 'edge' }) }));

describe.each([...enginesUnderTest, ...edge])('the engine $name conforms', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());
  test.for(engineCases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
    each.prove({ engine }),
  );
});
