import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createHost, createV8Engine } from '#host';
import { hashBytes } from '#wit/bundle';
import { javascript } from '../conformance/engine-subject.ts';
import { makeBundle } from '../conformance/tool-bundle.ts';

const gone: string[] = [];
const collected = new FinalizationRegistry<string>((what) => gone.push(what));

describe('a host', () => {
  test('rebuilds the tools of a bundle and calls them', async () => {
    const { manifest, files } = await makeBundle([
      { name: 'one', body: 'return input.n + 1;' },
      { name: 'two', body: 'return 2;' },
    ]);
    await using host = createHost();
    await using runner = await host.load({ manifest, files });
    expect(await runner.run({ id: 'a', tool: 'one', input: { n: 1 } })).toMatchObject({ kind: 'done', output: 2 });
    expect(await runner.run({ id: 'b', tool: 'two', input: null })).toMatchObject({ kind: 'done', output: 2 });
  });

  test('that is closed while a bundle loads leaves no runner behind', async () => {
    const { manifest, files, components } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    await using engine = createV8Engine();
    const host = createHost({ engine });
    const loading = host.load({ manifest, files }, { components });
    await host[Symbol.asyncDispose]();
    await expect(loading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('keeps nothing of a runner that its owner has closed', async () => {
    const { manifest, files, components } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    await using host = createHost();
    const load = async (): Promise<void> => {
      const runner = await host.load({ manifest, files }, { components });
      collected.register(runner, 'the runner');
      await runner[Symbol.asyncDispose]();
    };
    await load();
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect !== 'function') throw new Error('the collector cannot be called');
    for (let round = 0; round < 100 && gone.length === 0; round += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(gone).toEqual(['the runner']);
  });

  test('loads only the tools that it is asked for', async () => {
    const { manifest, files, components } = await makeBundle([
      { name: 'one', body: 'return 1;' },
      { name: 'two', body: 'return 2;' },
    ]);
    await using host = createHost();
    await using runner = await host.load({ manifest, files }, { tools: ['two'], components });
    expect(await runner.run({ id: 'a', tool: 'one', input: 1 })).toMatchObject({
      kind: 'failed',
      error: { code: 'NOT_FOUND' },
    });
    expect(await runner.run({ id: 'b', tool: 'two', input: 1 })).toMatchObject({ kind: 'done', output: 2 });
    await expect(host.load({ manifest, files }, { tools: ['three'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('refuses a component that is not the one of the manifest', async () => {
    const { manifest, files } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    await using host = createHost();
    const other = await javascript('return 2;', true);
    await expect(host.load({ manifest, files }, { components: new Map([['one', other]]) })).rejects.toMatchObject({
      code: 'COMPONENT_MISMATCH',
      wire: { details: { actual: hashBytes(other) } },
    });
  });

  test('refuses a source that does not rebuild to the component of the manifest', async () => {
    const { manifest, files } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    const changed = new Map(files).set(
      'source/one.js',
      new TextEncoder().encode('exports.tool = { blobs: true, run: async () => 2 };'),
    );
    await using host = createHost();
    await expect(host.load({ manifest, files: changed })).rejects.toMatchObject({ code: 'COMPONENT_MISMATCH' });
  });

  test('takes another hash where the bundle was made on another template', async () => {
    const { manifest, files } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    const [tool] = manifest.tools;
    if (!tool) throw new Error('no tool');
    const foreign = {
      ...manifest,
      template: '0'.repeat(64),
      tools: [{ ...tool, component: { hash: '1'.repeat(64), size: 8 } }],
    };
    await using host = createHost();
    await using runner = await host.load({ manifest: foreign, files });
    expect(await runner.run({ id: 'a', tool: 'one', input: 1 })).toMatchObject({ kind: 'done', output: 1 });
  });

  test('refuses a component that imports more than its tokens give', async () => {
    const { manifest, files } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    const greedy = await javascript('return 1;');
    const [tool] = manifest.tools;
    if (!tool) throw new Error('no tool');
    const lying = { ...manifest, tools: [{ ...tool, component: { hash: hashBytes(greedy), size: greedy.length } }] };
    await using host = createHost();
    await expect(
      host.load({ manifest: lying, files }, { components: new Map([['one', greedy]]) }),
    ).rejects.toMatchObject({
      code: 'COMPONENT_IMPORTS_EXCEEDED',
      wire: { details: { imports: ['aria:host/kv@0.1.0'] } },
    });
  });

  test('refuses a bundle without the files that its manifest names', async () => {
    const { manifest, files, components } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    await using host = createHost();
    for (const missing of ['schema/one.input.json', 'schema/one.output.json']) {
      const left = new Map([...files].filter(([path]) => path !== missing));
      await expect(host.load({ manifest, files: left }, { components })).rejects.toMatchObject({
        code: 'BUNDLE_MANIFEST_INVALID',
      });
    }
    const withoutSource = new Map([...files].filter(([path]) => path !== 'source/one.js'));
    await expect(host.load({ manifest, files: withoutSource })).rejects.toMatchObject({
      code: 'BUNDLE_MANIFEST_INVALID',
    });
  });

  test('leaves an engine that it was given to its owner, and loads nothing once it is closed', async () => {
    const { manifest, files, components } = await makeBundle([{ name: 'one', body: 'return 1;' }]);
    await using engine = createV8Engine();
    const host = createHost({ engine });
    const runner = await host.load({ manifest, files }, { components });
    await host[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    expect(await runner.run({ id: 'a', tool: 'one', input: 1 })).toMatchObject({
      kind: 'failed',
      error: { code: 'UNAVAILABLE' },
    });
    await expect(host.load({ manifest, files })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    (await engine.load(components.get('one') ?? new Uint8Array()))[Symbol.dispose]();
  });
});
