/** What a host is killed in the middle of, and which states it may be found in afterwards. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AriaApi } from '#wit/api';
import type { SecretKey } from '#wit/minisign';
import { makeHome, startOn } from '../host/host-under-test.ts';
import { type SignedBundle, addTool, countTool, echoTool, signedBundle } from '../host/signed-bundle.ts';

/** A home that every run begins with, and the bundles that come into it. */
export interface CrashSetting extends AsyncDisposable {
  readonly home: string;
  readonly key: SecretKey;
  readonly bundles: Readonly<Record<'second' | 'third' | 'wanting', SignedBundle>>;
  /** A copy of the home; the caller removes it. */
  copy(): Promise<string>;
}

/** An operation on a host. */
export interface CrashOperation {
  readonly name: string;
  /** `signal`: the host has ended, and nobody is to wait for it to come back. */
  readonly perform: (api: AriaApi, setting: CrashSetting, signal?: AbortSignal) => Promise<unknown>;
}

/** What each operation may be killed in. */
export const crashOperations: readonly CrashOperation[] = [
  {
    name: 'install',
    perform: (api, { bundles }, signal) => api.upload(bundles.third.content, { ...(signal && { signal }) }),
  },
  {
    name: 'an upgrade that waits',
    perform: (api, { bundles }, signal) => api.upload(bundles.wanting.content, { ...(signal && { signal }) }),
  },
  { name: 'rollback', perform: (api) => api.rollback({ name: 'samples' }) },
  {
    name: 'approve',
    perform: async (api) => {
      const [upgrade] = await api.listUpgrades();
      await api.approve(upgrade?.id ?? '');
    },
  },
  { name: 'remove and collect', perform: (api) => api.removeVersion({ name: 'samples', version: '1.0.0' }) },
];

/** Everything about the bundles of a host that a client can see, as text. */
export async function stateOf(api: AriaApi): Promise<string> {
  const versions = (await api.listBundles()).map(
    ({ name, version, state, tools }) => `${name} ${version} ${state} ${tools}`,
  );
  const tools = (await api.listComponents()).components.map(
    ({ qualifiedName, version }) => `${qualifiedName} ${version}`,
  );
  const upgrades = (await api.listUpgrades()).map(({ id, newTokens }) => `${id} ${newTokens.join()}`);
  return JSON.stringify({ versions, tools, upgrades });
}

/** Makes the home: two versions of a bundle, the second active, and another bundle with an upgrade that waits. */
export async function crashSetting(): Promise<CrashSetting> {
  const { home, key } = await makeHome();
  const first = await signedBundle(key, { tools: [addTool, countTool] });
  const second = await signedBundle(key, { tools: [addTool, echoTool], version: '1.1.0', sequence: 2 });
  const third = await signedBundle(key, { tools: [addTool, countTool, echoTool], version: '1.2.0', sequence: 3 });
  const wanting = await signedBundle(key, {
    tools: [{ ...echoTool, tokens: ['fs:reports:r'] }],
    version: '1.3.0',
    sequence: 4,
  });
  const other = await signedBundle(key, { name: 'others', tools: [echoTool] });
  const otherWanting = await signedBundle(key, {
    name: 'others',
    tools: [{ ...echoTool, tokens: ['spawn:self:exec'] }],
    version: '2.0.0',
    sequence: 2,
  });
  await using firmware = await startOn(home);
  const owner = firmware.api({ name: 'owner', role: 'admin' });
  for (const { content } of [first, second, other, otherWanting]) await owner.upload(content);
  return {
    home,
    key,
    bundles: { second, third, wanting },
    async copy() {
      const copied = await mkdtemp(join(tmpdir(), 'aria-'));
      await cp(home, copied, { recursive: true });
      return copied;
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}
