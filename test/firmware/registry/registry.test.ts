import { describe, expect, test } from 'vitest';
import type { ComponentKind, ComponentPage, ComponentQuery } from '#wit/api';
import { CodedError } from '#wit/errors';
import { type ComponentRegistry, createRegistry } from '../../../firmware/registry/registry.ts';
import type { ActiveBundle } from '../../../firmware/service/ports.ts';
import { type Random, fuzz, fuzzTimeoutMs, mutate } from '../../fuzz.ts';
import { activeBundle, fileText } from './active-bundles.ts';

function registryOf(...bundles: readonly ActiveBundle[]): ComponentRegistry {
  const registry = createRegistry({ file: async () => Buffer.from(fileText) });
  registry.replace(bundles);
  return registry;
}

const kit = activeBundle('invoice-kit', {
  tools: ['sumLines', 'wordCount'],
  agents: { clerk: ['sumLines'], sumLines: ['wordCount'] },
  teams: { office: ['clerk'] },
  pipelines: { monthly: ['sumLines'] },
});
const texts = activeBundle('text-kit', { version: '2.1.0', tools: ['wordCount', 'slug'] });

function refused(act: () => unknown): CodedError {
  try {
    act();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('Nothing was refused');
}

function names({ components }: ComponentPage): readonly string[] {
  return components.map(({ qualifiedName }) => qualifiedName);
}

/** All pages of a query, as many components each. */
function allPages(registry: ComponentRegistry, query: ComponentQuery, pageSize: number): readonly string[] {
  const found: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = registry.list({ ...query, pageSize, ...(pageToken !== undefined && { pageToken }) });
    found.push(...names(page));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

describe('names', () => {
  const registry = registryOf(kit, texts);

  test('a plain name finds what only one bundle has, a qualified name what that bundle has', () => {
    expect(registry.resolve('slug')).toEqual({
      kind: 'tool',
      name: 'slug',
      bundle: 'text-kit',
      version: '2.1.0',
      hash: texts.hash,
    });
    expect(registry.resolve('invoice-kit/wordCount', 'tool')).toMatchObject({ hash: kit.hash });
    expect(registry.resolve('text-kit/wordCount')).toMatchObject({ hash: texts.hash });
    expect(registry.resolve('office', 'team')).toMatchObject({ kind: 'team' });
    expect(registry.resolve('monthly')).toMatchObject({ kind: 'pipeline' });
  });

  test('a name that several bundles have is ambiguous and lists the qualified ones', () => {
    const error = refused(() => registry.resolve('wordCount', 'tool'));
    expect(error).toMatchObject({ code: 'NAME_AMBIGUOUS' });
    expect(error.message).toContain('"invoice-kit/wordCount", "text-kit/wordCount"');
    expect(error.wire.details).toEqual({
      choices: [
        { kind: 'tool', qualifiedName: 'invoice-kit/wordCount' },
        { kind: 'tool', qualifiedName: 'text-kit/wordCount' },
      ],
    });
  });

  test('a name that two kinds of one bundle have is ambiguous without the kind', () => {
    const error = refused(() => registry.resolve('invoice-kit/sumLines'));
    expect(error).toMatchObject({ code: 'NAME_AMBIGUOUS', wire: { remedy: expect.stringContaining('kind') } });
    expect(error.message).toContain('agent "invoice-kit/sumLines"');
    expect(registry.resolve('sumLines', 'agent')).toMatchObject({ kind: 'agent', hash: kit.hash });
    expect(registry.resolve('sumLines', 'tool')).toMatchObject({ kind: 'tool', hash: kit.hash });
  });

  test.each([
    ['sumLine', undefined, 'sumLines'],
    ['SUMLINES', 'tool', 'sumLines'],
    ['slug', 'agent', undefined],
    ['clrek', 'agent', 'clerk'],
    ['clrek', 'tool', undefined],
    ['invoice-kit/sumlines', 'tool', 'invoice-kit/sumLines'],
    ['invoice-kit/slug', 'tool', 'text-kit/slug'],
    ['invoce-kit/slug', 'tool', 'text-kit/slug'],
    ['somewhere/else', undefined, undefined],
    ['', undefined, undefined],
    ['/', undefined, undefined],
    ['a/b/c', undefined, undefined],
    ['__proto__', undefined, undefined],
    ['x'.repeat(100_000), undefined, undefined],
  ] as const)('%s as %s is not found, and %s is what may have been meant', (name, kind, nearest) => {
    const error = refused(() => registry.resolve(name, kind));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.wire.details).toEqual(nearest === undefined ? {} : { nearest });
    expect(error.message.length).toBeLessThan(300);
  });

  test('a component lists the other bundles that have its name, at most sixteen', () => {
    expect(registry.list({ text: 'wordCount' }).components).toMatchObject([
      { qualifiedName: 'invoice-kit/wordCount', clashes: ['text-kit'] },
      { qualifiedName: 'text-kit/wordCount', clashes: ['invoice-kit'] },
    ]);
    const agents = activeBundle('other-kit', { tools: ['own'], agents: { slug: ['own'] } });
    expect(
      registryOf(texts, agents)
        .list({ text: 'slug' })
        .components.map(({ clashes }) => clashes),
    ).toEqual([[], []]);
    const many = Array.from({ length: 40 }, (_, at) => activeBundle(`kit-${at}`, { tools: ['run'] }));
    const crowded = registryOf(...many);
    expect(crowded.list({ bundle: 'kit-7' }).components[0]?.clashes).toHaveLength(16);
    const error = refused(() => crowded.resolve('run'));
    expect(error.message).toContain('and 24 more');
    expect(error.wire.details['choices']).toHaveLength(16);
  });
});

describe('swaps', () => {
  test('set takes the place of the version before, replace of all of them, and delete takes one away', () => {
    const registry = registryOf(kit, texts);
    const next = activeBundle('text-kit', { version: '3.0.0', tools: ['wordCount', 'title'] });
    registry.set(next);
    expect(registry.resolve('title')).toMatchObject({ version: '3.0.0' });
    expect(refused(() => registry.resolve('slug')).code).toBe('NOT_FOUND');
    expect(registry.counts()).toEqual({ tool: 4, agent: 2, team: 1, pipeline: 1 });
    registry.delete('invoice-kit');
    registry.delete('invoice-kit');
    expect(registry.resolve('wordCount')).toMatchObject({ bundle: 'text-kit' });
    expect(registry.counts()).toEqual({ tool: 2, agent: 0, team: 0, pipeline: 0 });
    registry.replace([texts, next]);
    expect([...registry.bundles().values()]).toEqual([next]);
    registry.replace([]);
    expect(registry.list({})).toEqual({ components: [] });
  });

  test('whoever asked before a swap gets the answer of the state before it', async () => {
    const gate = Promise.withResolvers<void>();
    const registry = createRegistry({
      file: async (hash) => {
        await gate.promise;
        return Buffer.from(JSON.stringify(hash));
      },
    });
    registry.replace([texts]);
    const asked = registry.details('slug');
    registry.set(activeBundle('text-kit', { version: '3.0.0', tools: ['slug'] }));
    gate.resolve();
    expect(await asked).toMatchObject({ version: '2.1.0', inputSchema: texts.hash });
    expect(await registry.details('slug')).toMatchObject({ version: '3.0.0' });
  });
});

describe('details', () => {
  test('have schemas of tools from their files, of pipelines from their variables, and of others none', async () => {
    const registry = registryOf(kit);
    expect(await registry.details('wordCount')).toEqual({
      kind: 'tool',
      name: 'wordCount',
      qualifiedName: 'invoice-kit/wordCount',
      description: '',
      bundle: 'invoice-kit',
      version: '1.0.0',
      clashes: [],
      tokens: [],
      inputSchema: JSON.parse(fileText),
      outputSchema: JSON.parse(fileText),
      manifest: kit.manifest.tools[1],
      provenance: kit.provenance,
    });
    expect(await registry.details('monthly')).toMatchObject({
      inputSchema: { properties: { limit: { type: 'number' } } },
      tokens: ['tool:sumLines:call'],
    });
    expect(await registry.details('clerk')).toMatchObject({ inputSchema: undefined, manifest: { task: 'Help' } });
  });

  test('read only the files of the tool that is asked for, and pass on what keeps them from being read', async () => {
    const read: string[] = [];
    const registry = createRegistry({
      file: async (hash, path) => {
        read.push(`${hash} ${path}`);
        if (read.length > 2) throw new CodedError('BUNDLE_QUARANTINED', { message: 'Cannot read: it is corrupt' });
        return Buffer.from('true');
      },
    });
    registry.replace([kit, texts]);
    expect(await registry.details('slug')).toMatchObject({ inputSchema: true, outputSchema: true });
    expect(read).toEqual([`${texts.hash} schema/slug.input.json`, `${texts.hash} schema/slug.output.json`]);
    await expect(registry.details('slug')).rejects.toMatchObject({ code: 'BUNDLE_QUARANTINED' });
  });

  test.each(['{', '\ud800', ''])('refuse the schema %j, which is no JSON', async (text) => {
    const registry = createRegistry({ file: async () => Buffer.from(text) });
    registry.replace([texts]);
    await expect(registry.details('slug')).rejects.toMatchObject({
      code: 'BUNDLE_MANIFEST_INVALID',
      message: expect.stringContaining('text-kit/slug'),
    });
  });
});

describe('lists', () => {
  const registry = registryOf(kit, texts);
  const sorted = [
    'invoice-kit/clerk',
    'invoice-kit/monthly',
    'invoice-kit/office',
    'text-kit/slug',
    'invoice-kit/sumLines',
    'invoice-kit/sumLines',
    'invoice-kit/wordCount',
    'text-kit/wordCount',
  ];

  test('are in the order of names, then kinds, then bundles, and are narrowed by kind and bundle', () => {
    expect(names(registry.list({}))).toEqual(sorted);
    expect(registry.list({ bundle: 'invoice-kit' }).components.map(({ kind }) => kind)).toEqual([
      'agent',
      'pipeline',
      'team',
      'tool',
      'agent',
      'tool',
    ]);
    expect(names(registry.list({ kind: 'tool', bundle: 'text-kit' }))).toEqual(['text-kit/slug', 'text-kit/wordCount']);
    expect(registry.list({ bundle: 'none' })).toEqual({ components: [] });
  });

  test('come in pages of any size with everything once', () => {
    for (const query of [{}, { kind: 'tool' as const }, { text: 'kit' }, { text: 'sum word', bundle: 'invoice-kit' }])
      for (let size = 1; size <= 9; size += 1)
        expect(allPages(registry, query, size)).toEqual(names(registry.list(query)));
  });

  test('the last page has no token, also where it is full', () => {
    expect(registry.list({ pageSize: 8 }).nextPageToken).toBeUndefined();
    expect(registry.list({ pageSize: 7 }).nextPageToken).toBeDefined();
  });

  test.each([0, 1_001, 1.5, -1, Number.NaN, Infinity])('a page of %s is refused', (pageSize) => {
    expect(refused(() => registry.list({ pageSize })).code).toBe('REQUEST_INVALID');
  });

  test('pages of 1 and of 1,000 are given', () => {
    expect(registry.list({ pageSize: 1 }).components).toHaveLength(1);
    expect(registry.list({ pageSize: 1_000 }).components).toHaveLength(8);
  });

  test('a page token goes on behind its component, whatever was swapped between the pages', () => {
    const swapped = registryOf(kit, texts);
    const { nextPageToken = '' } = swapped.list({ pageSize: 3 });
    swapped.set(activeBundle('a-kit', { tools: ['aaa', 'zzz'] }));
    swapped.delete('invoice-kit');
    expect(names(swapped.list({ pageToken: nextPageToken }))).toEqual([
      'text-kit/slug',
      'text-kit/wordCount',
      'a-kit/zzz',
    ]);
  });

  test('a page token is refused where the query is another one, and not for another size of the page', () => {
    const { nextPageToken = '' } = registry.list({ kind: 'tool', pageSize: 1 });
    expect(names(registry.list({ kind: 'tool', pageSize: 2, pageToken: nextPageToken }))).toHaveLength(2);
    const others: readonly ComponentQuery[] = [
      {},
      { kind: 'agent' },
      { kind: 'tool', bundle: 'text-kit' },
      { kind: 'tool', text: 'slug' },
    ];
    for (const query of others)
      expect(refused(() => registry.list({ ...query, pageToken: nextPageToken })).code).toBe('REQUEST_INVALID');
    const { nextPageToken: found = '' } = registry.list({ text: 'kit', pageSize: 1 });
    expect(refused(() => registry.list({ pageToken: found })).code).toBe('REQUEST_INVALID');
    expect(names(registry.list({ text: ' kit ', pageToken: found }))).toHaveLength(7);
  });

  test('a page token has one spelling', () => {
    const { nextPageToken = '' } = registry.list({ pageSize: 1 });
    const text = Buffer.from(nextPageToken, 'base64url').toString();
    const spaced = Buffer.from(text.replace(',', ', ')).toString('base64url');
    const longer = Buffer.from(text.replace(']', ',1]')).toString('base64url');
    for (const pageToken of [
      '',
      `${nextPageToken}=`,
      ` ${nextPageToken}`,
      `${nextPageToken}\n`,
      spaced,
      longer,
      'W10',
      '{}',
    ])
      expect(refused(() => registry.list({ pageToken })).code).toBe('REQUEST_INVALID');
  });

  test('page tokens of a few hundred characters are all there are', () => {
    const long = activeBundle(`k${'x'.repeat(63)}`, { tools: [`a${'x'.repeat(63)}`, 'b'] });
    const { nextPageToken = '' } = registryOf(long).list({ pageSize: 1, text: 'xx xx xx' });
    expect(nextPageToken.length).toBeLessThan(400);
    expect(refused(() => registry.list({ pageToken: 'A'.repeat(10_000_000) })).code).toBe('REQUEST_INVALID');
  });

  test('a page token with anything changed in it is refused or the same', { timeout: fuzzTimeoutMs }, async () => {
    const queries: readonly ComponentQuery[] = [{ pageSize: 1 }, { pageSize: 1, text: 'kit' }];
    const tokens = queries.map((query) => registry.list(query).nextPageToken ?? '');
    const made = (random: Random, token: string): string => {
      if (random.oneIn(3)) return Buffer.from(mutate(random, Buffer.from(token))).toString('latin1');
      const inner = Buffer.from(mutate(random, Buffer.from(token, 'base64url')));
      return inner.toString(random.pick(['base64url', 'base64']));
    };
    await fuzz((random) => {
      const at = random.below(2);
      const pageToken = made(random, tokens[at] ?? '');
      try {
        registry.list({ ...queries[at], pageToken });
      } catch (error) {
        expect(error).toMatchObject({ code: 'REQUEST_INVALID' });
      }
    });
  });
});

describe('what active versions need of each other', () => {
  const needing = activeBundle('books', {
    dependencies: { 'text-kit': '^2.0.0' },
    tools: ['post'],
    agents: { keeper: ['post', 'text-kit/slug'] },
    pipelines: { close: ['text-kit/wordCount'] },
  });

  test('is complete where dependencies are active in their ranges with what is used of them', () => {
    expect(registryOf(needing, texts).brokenReferences()).toEqual([]);
    expect(registryOf(kit, texts).brokenReferences()).toEqual([]);
  });

  test('is told where it is not: a bundle, a version or a component that is missing', () => {
    const registry = registryOf(needing);
    expect(registry.brokenReferences()).toMatchObject([
      { from: 'books@1.0.0', bundle: 'text-kit', why: 'bundle-not-active', remedy: expect.stringContaining('^2.0.0') },
    ]);
    registry.set(activeBundle('text-kit', { version: '3.0.0', tools: ['wordCount'] }));
    expect(registry.brokenReferences()).toMatchObject([
      { why: 'version-outside-range', message: expect.stringContaining('3.0.0') },
      {
        why: 'component-missing',
        component: { kind: 'tool', qualifiedName: 'text-kit/slug' },
        message: expect.stringContaining('agent "keeper"'),
      },
    ]);
  });

  test('is told of a candidate before it is active, and nothing changes by asking', () => {
    const registry = registryOf(needing, texts);
    const candidate = activeBundle('text-kit', { version: '2.2.0', tools: ['slug'] });
    expect(registry.brokenReferences(candidate)).toMatchObject([
      { from: 'books@1.0.0', component: { qualifiedName: 'text-kit/wordCount' } },
    ]);
    expect(registry.brokenReferences()).toEqual([]);
    expect(registry.resolve('slug')).toMatchObject({ version: '2.1.0' });
  });
});

test('a registry of a thousand tools holds little beside their manifests', () => {
  const kinds: readonly ComponentKind[] = ['tool', 'agent', 'team', 'pipeline'];
  const bundles = Array.from({ length: 10 }, (_, at) =>
    activeBundle(`kit-${at}`, { tools: Array.from({ length: 100 }, (_, tool) => `tool${at}x${tool}`) }),
  );
  const registry = registryOf(...bundles);
  expect(kinds.map((kind) => registry.counts()[kind])).toEqual([1_000, 0, 0, 0]);
  expect(allPages(registry, {}, 1_000)).toHaveLength(1_000);
  expect(registry.resolve('tool7x99')).toMatchObject({ bundle: 'kit-7' });
  // The very objects that were given.
  expect(registry.bundles().get('kit-3')?.manifest).toBe(bundles[3]?.manifest);
});
