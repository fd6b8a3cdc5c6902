/** Each folder of `samples/` is one behaviour of the compiler. `ARIA_UPDATE_SAMPLES=1` writes what it expects anew. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, test } from 'vitest';
import { type JsonSchema, type ReadProject, bundleTools, hasErrors, openProject, stopBundler } from '#compiler';
import { loadBundle, sampleDirectory, sampleNames, samplePath } from './sample-project.ts';

const update = process.env['ARIA_UPDATE_SAMPLES'] === '1';

afterAll(stopBundler);

/** What modules may ask of the SDK while they are loaded: things that only name what they are for. */
const handles = { kv: () => ({}), files: () => ({}), vectors: () => ({}), llm: {} };

/** Lists of values that a schema accepts and refuses, by tool and side. */
type SampleValues = Record<string, Partial<Record<'input' | 'output', { accept: unknown[]; refuse: unknown[] }>>>;

describe.each(sampleNames())('%s', (name) => {
  test('reads and bundles as expected', async () => {
    const project = openProject(samplePath(name)).read();
    const bundled = hasErrors(project.diagnostics) ? undefined : await bundleTools(project);
    const diagnostics = [...project.diagnostics, ...(bundled?.diagnostics ?? [])];
    const actual = hasErrors(diagnostics)
      ? diagnostics
      : { ...facts(project), ...(diagnostics.length === 0 ? {} : { diagnostics }) };
    const file = join(sampleDirectory(name), hasErrors(diagnostics) ? 'expected.errors.json' : 'expected.json');
    if (update) writeExpected(file, actual);
    expect(JSON.stringify(actual, undefined, 2)).toBe(readFileSync(file, 'utf8').trimEnd());
    expect(name.startsWith('error-')).toBe(hasErrors(diagnostics));

    for (const { name: tool, blobs, timeoutMs, values, schemas = {} } of bundled === undefined ? [] : project.tools) {
      expect(loadBundle(bundled?.tools.get(tool)?.source ?? '', handles)).toEqual({
        run: expect.any(Function),
        blobs,
        timeoutMs,
        ...(values === undefined ? {} : { values }),
        ...(Object.keys(schemas).length === 0
          ? {}
          : { schemas: Object.fromEntries(Object.keys(schemas).map((side) => [side, expect.any(Object)])) }),
      });
    }
  });
});

const withValues = sampleNames().filter((name) => existsSync(join(sampleDirectory(name), 'values.json')));

describe.each(withValues)('%s', (name) => {
  test('derives schemas that accept and refuse what its types do', () => {
    const { tools } = openProject(samplePath(name)).read();
    const values = JSON.parse(
      readFileSync(join(sampleDirectory(name), 'values.json'), 'utf8'),
      decodeBytes,
    ) as SampleValues;
    for (const [toolName, sides] of Object.entries(values)) {
      const tool = tools.find((candidate) => candidate.name === toolName);
      expect(tool?.name).toBe(toolName);
      expectValues(tool?.inputSchema ?? {}, sides.input);
      expectValues(tool?.outputSchema ?? {}, sides.output);
    }
  });
});

function facts({ name, version, description, author, license, tools, ...rest }: ReadProject): object {
  const { agents, teams, pipelines, settings } = rest;
  const components = Object.entries({ agents, teams, pipelines }).filter(([, list]) => list.length > 0);
  return { name, version, description, author, license, tools, ...Object.fromEntries(components), settings };
}

function writeExpected(file: string, actual: unknown): void {
  for (const other of ['expected.json', 'expected.errors.json']) rmSync(join(file, '..', other), { force: true });
  writeFileSync(file, `${JSON.stringify(actual, undefined, 2)}\n`);
}

function expectValues(schema: JsonSchema, values: { accept: unknown[]; refuse: unknown[] } | undefined): void {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    validateFormats: false,
  });
  ajv.addKeyword({
    keyword: 'aria:blob',
    schemaType: 'boolean',
    validate: (_: boolean, data: unknown) => data instanceof Uint8Array,
  });
  ajv.addKeyword({ keyword: 'aria:type', schemaType: 'string' });
  const validate = ajv.compile(schema);
  const judged = (list: unknown[] = []): unknown[] =>
    list.map((value) => ({ value, accepted: validate(value), errors: validate.errors }));
  for (const judgement of judged(values?.accept)) expect(judgement).toMatchObject({ accepted: true });
  for (const judgement of judged(values?.refuse)) expect(judgement).toMatchObject({ accepted: false });
}

function decodeBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$base64' in value)) return value;
  return new Uint8Array(Buffer.from(String(value.$base64), 'base64'));
}
