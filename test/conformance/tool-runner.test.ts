import { randomBytes } from 'node:crypto';
import { afterAll, describe, test } from 'vitest';
import { createOperations, createToolRunner } from '#host';
import { enginesUnderTest } from './engines-under-test.ts';
import { makeBundle } from './tool-bundle.ts';
import { toolRunnerCases } from './tool-runner-cases.ts';
import type { ToolRunnerSubject } from './tool-runner-subject.ts';

describe.each(enginesUnderTest)('the WASM host on $name conforms as ToolRunner', ({ create }) => {
  const engine = create();
  afterAll(() => engine[Symbol.asyncDispose]());
  const subject: ToolRunnerSubject = {
    async createRunner(samples, { clock, kv, audit, limits, nested } = {}) {
      const { manifest, files, components } = await makeBundle(samples);
      return createToolRunner({
        manifest,
        files,
        components: Array.from(components, ([tool, component]) => ({ tool, component })),
        engine,
        operations: createOperations({
          ...(kv && { kv }),
          ...(clock && { clock }),
          ...(audit && { audit }),
          ...(nested && { nested }),
        }),
        random: () => new Uint8Array(randomBytes(32)),
        ...(clock && { clock }),
        ...(limits && { limits }),
      });
    },
  };
  test.for(toolRunnerCases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
    each.prove(subject),
  );
});
