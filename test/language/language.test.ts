import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CaseResult, languageCases } from './cases.ts';
import { deviations } from './deviations.ts';
import { runInGuest } from './guest-runner.ts';

/** Only in the guest: what a tool gets that counts on what is not there. */
const absent = {
  area: 'guest',
  name: 'a use of Intl names Intl in its error',
  source: `try { new Intl.NumberFormat('en'); } catch (error) { return [error.name, /Intl/.test(error.message)]; }`,
};

const inNode = new Map<string, CaseResult>();
const inGuest = new Map<string, CaseResult>();

beforeAll(async () => {
  const child = execFileSync(process.execPath, [join(import.meta.dirname, 'node-child.ts')], {
    env: { ...process.env, TZ: 'UTC', NODE_OPTIONS: '' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const node = JSON.parse(child.toString()) as readonly CaseResult[];
  for (const [index, { name }] of languageCases.entries()) inNode.set(name, node[index] ?? { thrown: 'no result' });
  const cases = [...languageCases, absent];
  const guest = await runInGuest(cases);
  for (const [index, { name }] of cases.entries()) inGuest.set(name, guest[index] ?? { thrown: 'no result' });
});

test('the suite has at least 300 cases, and no name twice', () => {
  expect(languageCases.length).toBeGreaterThanOrEqual(300);
  expect(new Set(languageCases.map(({ name }) => name)).size).toBe(languageCases.length);
});

test('every deviation names a case', () => {
  const names = new Set(languageCases.map(({ name }) => name));
  expect(Object.keys(deviations).filter((name) => !names.has(name))).toEqual([]);
});

test('a use of Intl is a ReferenceError that names it', () => {
  expect(inGuest.get(absent.name)).toEqual({ value: '["ReferenceError",true]' });
});

const areas = Map.groupBy(languageCases, ({ area }) => area);
for (const [area, cases] of areas) {
  describe(area, () => {
    for (const { name } of cases) {
      if (Object.hasOwn(deviations, name)) {
        test(`${name}: deviates still`, () => {
          expect(inGuest.get(name)).toBeDefined();
          expect(inGuest.get(name)).not.toEqual(inNode.get(name));
        });
      } else {
        test(name, () => {
          expect(inNode.get(name)).toHaveProperty('value');
          expect(inGuest.get(name)).toEqual(inNode.get(name));
        });
      }
    }
  });
}
