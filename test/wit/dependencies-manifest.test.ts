/** Dependencies in the manifest, references to what they have, and what differs between bundles of them. */
import { describe, expect, test } from 'vitest';
import { checkActive } from '#wit/dependencies';
import { diffBundles } from '#wit/diff';
import { type Manifest, bundleFacts, isBundleName, manifestMaxima, parseManifest, splitReference } from '#wit/manifest';
import { sampleContent } from './sample-bundle.ts';

const llm = 'llm:openai:gpt-5';
const call = 'tool:tax-tables/rateOf:call';

/** An agent with the tools and tokens given. */
function agent(tools: readonly string[], tokens: readonly string[]): NonNullable<Manifest['agents']>[number] {
  return {
    name: 'clerk',
    description: 'Checks invoices',
    task: 'Check',
    tools: [...tools],
    llm: { provider: 'openai', model: 'gpt-5' },
    maxCalls: 10,
    timeoutMs: 300_000,
    memory: 'session',
    tokens: [...tokens],
  };
}

function manifest(changes: Readonly<Record<string, unknown>> = {}): Manifest {
  return structuredClone({ ...sampleContent().manifest, ...changes });
}

function violations(value: unknown): readonly string[] {
  try {
    parseManifest(value);
    return [];
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'CodedError', code: 'BUNDLE_MANIFEST_INVALID' });
    const { details } = (thrown as { wire: { details: { violations: { path: string; message: string }[] } } }).wire;
    return details.violations.map(({ path, message }) => `${path}: ${message}`);
  }
}

const dependencies = { 'tax-tables': '^1.2' };

describe('dependencies', () => {
  test('are ranges by name', () => {
    expect(parseManifest(manifest({ dependencies }))).toMatchObject({ dependencies });
    expect(bundleFacts(manifest({ dependencies }))).toEqual({
      name: 'invoice-kit',
      version: '0.2.0',
      dependencies,
      components: { tool: ['sumLines', 'wordCount'], agent: [] },
      references: [],
    });
  });

  test.each([
    ['no entry', {}, 'manifest.dependencies: expected an entry, or no such field'],
    ['itself', { 'invoice-kit': '^1' }, 'manifest.dependencies.invoice-kit: a bundle cannot need itself'],
    [
      'what is no range',
      { rates: 'newest' },
      'manifest.dependencies.rates: expected a range of semantic versions such as ^1.2',
    ],
    [
      'what no version lies in',
      { rates: '>2 <1' },
      'manifest.dependencies.rates: expected a range of semantic versions such as ^1.2',
    ],
    ['a list', ['rates'], 'manifest.dependencies: Invalid input: expected record, received array'],
    [
      'too many',
      Object.fromEntries(Array.from({ length: manifestMaxima.dependencies + 1 }, (_, index) => [`b${index}`, '*'])),
      'manifest.dependencies: expected at most 64',
    ],
    ['__proto__', JSON.parse('{"__proto__":"*"}') as unknown, 'manifest.dependencies: expected no key "__proto__"'],
  ])('with %s are refused', (_, wrong, violation) => {
    expect(violations({ ...manifest(), dependencies: wrong })).toContain(violation);
  });

  test('of as many as there may be are taken, and names are those of bundles', () => {
    const many = Object.fromEntries(
      Array.from({ length: manifestMaxima.dependencies }, (_, index) => [`b${index}`, '*']),
    );
    expect(violations(manifest({ dependencies: many }))).toEqual([]);
    expect(violations(manifest({ dependencies: { 'Tax Tables': '*' } }))).toHaveLength(1);
    expect([isBundleName('tax-tables'), isBundleName('Tax'), isBundleName('a/b')]).toEqual([true, false, false]);
  });
});

describe('references to other bundles', () => {
  const agents = [agent(['tax-tables/rateOf'], [llm, call])];

  test('have one token, that of the call, which names the bundle', () => {
    expect(parseManifest(manifest({ dependencies, agents }))).toMatchObject({ agents });
    expect(splitReference('tax-tables/rateOf')).toEqual({ bundle: 'tax-tables', name: 'rateOf' });
  });

  test('are told to other bundles, and checked against the active ones', () => {
    const facts = bundleFacts(manifest({ dependencies, agents }));
    expect(facts.references).toEqual([{ kind: 'tool', bundle: 'tax-tables', name: 'rateOf', by: 'the agent "clerk"' }]);
    const tables = bundleFacts(manifest({ name: 'tax-tables', version: '1.2.0' }));
    expect(checkActive(facts, [tables])).toMatchObject({ code: 'BUNDLE_DEPENDENCY_MISSING' });
    expect(checkActive(facts, [{ ...tables, components: { tool: ['rateOf'], agent: [] } }])).toBeUndefined();
  });

  test('need the bundle among the dependencies', () => {
    expect(violations(manifest({ agents }))).toEqual([
      'manifest.agents[0].tools[0]: "tax-tables" is none of its dependencies',
    ]);
  });

  test.each([
    ['the token of the name alone', [llm, 'tool:rateOf:call']],
    ['the token of another bundle', [llm, 'tool:tax-tablets/rateOf:call']],
    ['no token', [llm]],
    ['more tokens than that', ['kv:rates:rw', llm, call]],
  ])('with %s are refused', (_, tokens) => {
    expect(violations(manifest({ dependencies, agents: [agent(['tax-tables/rateOf'], tokens)] }))).toEqual([
      'manifest.agents[0].tokens: expected the union of what it uses, sorted, each once',
    ]);
  });

  test.each(['tax-tables/', '/rateOf', 'tax-tables/rate/Of', 'Tax/rateOf', `${'a'.repeat(65)}/rateOf`, 'tax-tables/1'])(
    '"%s" is none',
    (text) => {
      expect(violations(manifest({ dependencies, agents: [agent([text], [llm])] }))).toContain(
        'manifest.agents[0].tools[0]: expected a name, or bundle/name for a component of another bundle',
      );
    },
  );
});

describe('what differs', () => {
  const bundle = (changes: Readonly<Record<string, unknown>>) => ({
    manifest: manifest(changes),
    schemas: new Map<string, unknown>(),
    archiveSize: 1,
  });

  test('dependencies that came, went and changed are told by name', () => {
    const before = bundle({ dependencies: { mail: '^1', rates: '^1', same: '*' } });
    const after = bundle({ dependencies: { rates: '^2', same: '*', 'tax-tables': '^1.2' } });
    const { bundle: changes, breaking } = diffBundles(before, after);
    expect(breaking).toBe('maybe');
    expect(changes.map(({ kind, field, message, breaking: breaks }) => [kind, field, message, breaks])).toEqual([
      ['dependency-removed', 'dependencies.mail', 'no longer needs "mail"', 'no'],
      ['dependency-changed', 'dependencies.rates', 'needs "rates" ^2 instead of ^1', 'maybe'],
      ['dependency-added', 'dependencies.tax-tables', 'needs "tax-tables" ^1.2', 'maybe'],
    ]);
    expect(diffBundles(after, after).same).toBe(true);
  });

  test('a tool of another bundle in place of one of the same name asks for a token that nothing covered', () => {
    const asking = (name: string) =>
      bundle({ dependencies: { [name]: '*' }, agents: [agent([`${name}/rateOf`], [llm, `tool:${name}/rateOf:call`])] });
    expect(diffBundles(asking('tax-tables'), asking('other-tables')).newTokens).toEqual([
      'tool:other-tables/rateOf:call',
    ]);
  });
});
