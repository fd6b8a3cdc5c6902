import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  type EngineUnderTest,
  containerRunner,
  openEngine,
  usableBackends,
} from '../quilt-adapter/engine/engine-under-test.ts';
import { toolRunnerCases } from './tool-runner-cases.ts';
import type { ToolRunnerSubject } from './tool-runner-subject.ts';

/** The whole table where containers are what they are for; elsewhere what depends on the back end: how calls begin, end and are ended. */
const parts = {
  crun: /./,
  bubblewrap:
    /gets its input|bytes come back|share nothing|DEADLINE_EXCEEDED|CANCELLED|memory bomb of arrays|TOOL_STALLED/,
  none: /gets its input|bytes come back|share nothing|DEADLINE_EXCEEDED|CANCELLED|memory bomb of arrays|TOOL_STALLED/,
} as const;
const usable = await usableBackends();

describe.each(Object.entries(parts) as [keyof typeof parts, RegExp][])(
  'containers of %s conform as ToolRunner',
  (backend, part) => {
    const cases = toolRunnerCases.filter(({ fact }) => part.test(fact));

    describe.skipIf(!usable.has(backend))('where it works', () => {
      let opened: EngineUnderTest;
      beforeAll(async () => {
        opened = await openEngine({ backend });
      });
      afterAll(() => opened[Symbol.asyncDispose]());
      const subject: ToolRunnerSubject = {
        createRunner: (samples, options = {}) => containerRunner(opened.engine, samples, options),
      };
      test.for(cases.map((each) => [each.fact, each] as const))('%s', { timeout: 60_000 }, ([, each]) =>
        each.prove(subject),
      );
    });
  },
);
