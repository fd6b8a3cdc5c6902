import { afterAll, describe, test } from 'vitest';
import { createWasmtimeEngine, wasmtimeAvailable } from '#host';
import { engineCases } from './engine-cases.ts';

describe.skipIf(!wasmtimeAvailable())('the engine wasmtime conforms', () => {
  const engine = wasmtimeAvailable() ? createWasmtimeEngine() : undefined;
  afterAll(() => engine?.[Symbol.asyncDispose]());
  test.for(engineCases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
    engine ? each.prove({ engine }) : Promise.resolve(),
  );
});
