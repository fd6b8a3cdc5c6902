import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Token, covers, parseToken } from '#wit/tokens';
import { isGrantedByDefault } from '../../../firmware/trust/default-tokens.ts';
import { askGate } from '../../../firmware/trust/gate.ts';
import { checkProperty, fuzzTimeoutMs } from '../../fuzz.ts';
import { sampleManifest, sampleTool } from './sample-version.ts';

const scope = fc.constantFrom('a', 'a.b', 'a.*', 'b', '*', 'a.b.c');
const token = fc.oneof(
  fc.tuple(scope, fc.constantFrom('r', 'rw', 'append', 'x')).map(([name, mode]) => `kv:${name}:${mode}`),
  fc.tuple(fc.constantFrom('a', '*', 'b'), fc.constantFrom('r', 'rw')).map(([name, mode]) => `fs:${name}:${mode}`),
  fc
    .tuple(
      fc.constantFrom('*', 'localhost', 'a.example', '10.0.0.1', '1.1.1.1', '[::1]'),
      fc.constantFrom('*', 80, 443),
    )
    .map(([host, port]) => `net:${host}:${port}`),
  fc
    .tuple(
      fc.constantFrom('d', 'd:e', 'd.e', 'd:*', 'd.*', 'd:e.f', 'd:e.*', '*'),
      fc.constantFrom('r', 'rw', 'append', 'x'),
    )
    .map(([name, mode]) => `vector:${name}:${mode}`),
  fc.constantFrom(
    'spawn:self:exec',
    'gpu:any:compute',
    'gpu:cuda0:compute',
    'context:session:r',
    'context:session:append',
    'agent:a:call',
    'agent:*:call',
    'llm:anthropic:*',
    'llm:openai:*',
    'llm:openai:small',
    'llm:*:*',
    'tool:a:call',
    'tool:*:call',
  ),
);
const tokens = fc.array(token, { maxLength: 5 });

/** The rule once more, in the fewest words. */
const isCovered = (wanted: Token, granted: readonly string[]) => granted.some((one) => covers(parseToken(one), wanted));

test(
  'what the gate lets pass is covered by a grant, by the list of the key or, at a first install, by the default list; the rest waits',
  async () => {
    const seen = { passed: 0, waited: 0 };
    await checkProperty(
      fc.property(
        fc.record({
          wanted: tokens,
          granted: tokens,
          active: fc.option(tokens, { nil: undefined }),
          list: fc.option(tokens, { nil: undefined }),
          known: fc.boolean(),
        }),
        ({ wanted, granted, active, list, known }) => {
          const isFirst = !known && active === undefined;
          const answer = askGate({
            manifest: sampleManifest('2.0.0', [sampleTool('t', wanted)]),
            active: active && sampleManifest('1.0.0', [sampleTool('t', active)]),
            isFirst,
            granted,
            key: { tokens: list, upgrades: 'approve' },
          });
          const all = [...granted, ...(active ?? []), ...(list ?? [])];
          for (const text of new Set(wanted)) {
            const parsed = parseToken(text);
            const allowed = isCovered(parsed, all) || (isFirst && list === undefined && isGrantedByDefault(parsed));
            seen[allowed ? 'passed' : 'waited'] += 1;
            if (answer.newTokens.includes(text) === allowed)
              throw new Error(`${text} should ${allowed ? 'pass' : 'wait'}`);
          }
          if (answer.newTokens.some((text) => !wanted.includes(text))) throw new Error('a token that nobody asked for');
        },
      ),
    );
    expect(Math.min(seen.passed, seen.waited)).toBeGreaterThan(100);
  },
  fuzzTimeoutMs,
);
