import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOperations } from '#host';
import { createCallServices } from '../../../quilt-adapter/proxy/call-services.ts';
import { ask, callerWith } from '../icc/icc-client.ts';

const services = createCallServices({ operations: createOperations(), audit: () => undefined });

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-serving-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function served(directory: string, ...tokens: readonly string[]) {
  const caller = callerWith(...tokens);
  const facts = {
    containerId: 'box-1',
    directory,
    directoryInside: '/run/aria',
    bundle: caller.bundle,
    tool: caller.tool,
    engine: 'bun' as const,
    session: 'talk-1',
  };
  return { ...facts, caller, tokens: caller.tokens };
}

test('a call without a net token has an ICC and no way to the network; both are gone after it', async () => {
  await inDirectory(async (directory) => {
    const serving = await services.open(served(directory, 'kv:orders:r'), new AbortController().signal);
    expect([serving.forwarding, serving.hosts, await readdir(directory)]).toEqual([undefined, '', ['icc.sock']]);
    const { ARIA_SESSION_TOKEN: token = '', ARIA_ICC_ENDPOINT } = serving.environment;
    expect(serving.environment['ARIA_SESSION_ID']).toBe('talk-1');
    expect(ARIA_ICC_ENDPOINT).toBe('unix:/run/aria/icc.sock');
    const answer = await ask(join(directory, 'icc.sock'), {
      path: '/operations/kv.get',
      token,
      body: { args: ['orders', 'a'] },
    });
    expect(answer.json).toEqual({ ok: null });
    await serving[Symbol.asyncDispose]();
    await serving[Symbol.asyncDispose]();
    expect(await readdir(directory)).toEqual([]);
  });
});

test('a call with net tokens has forwarded ports, names for them, and a proxy that no port of a token is taken for', async () => {
  await inDirectory(async (directory) => {
    const call = served(directory, 'net:a.example:443', 'net:*:80', 'net:127.0.0.1:3128');
    await using serving = await services.open(call, new AbortController().signal);
    expect(serving.hosts).toBe('127.0.0.2 a.example\n');
    expect(serving.forwarding).toMatchObject({
      proxy: '/run/aria/proxy.sock',
      ports: [
        { address: '127.0.0.1', port: 3128, host: '127.0.0.1' },
        { address: '127.0.0.2', port: 443, host: 'a.example' },
        { address: '127.0.0.1', port: 3129 },
      ],
      environment: { HTTP_PROXY: 'http://127.0.0.1:3129', https_proxy: 'http://127.0.0.1:3129' },
    });
    expect((await readdir(directory)).toSorted()).toEqual(['icc.sock', 'proxy.sock']);
  });
});

test('where the proxy cannot be had the call is refused and its ICC is gone', async () => {
  await inDirectory(async (directory) => {
    const broken = createCallServices({ operations: createOperations(), audit: () => undefined });
    await rm(directory, { recursive: true });
    const opening = broken.open(served(directory, 'net:*:80'), new AbortController().signal);
    await expect(opening).rejects.toMatchObject({ code: 'CONTAINER_START_FAILED' });
  });
});

test('a source that has no sockets of its own is served nothing, since nothing of it could ask', async () => {
  await inDirectory(async (directory) => {
    const call = { ...served(directory, 'net:*:80'), engine: 'quickjs' as const };
    await using serving = await services.open(call, new AbortController().signal);
    expect([serving.environment, serving.forwarding, await readdir(directory)]).toEqual([{}, undefined, []]);
  });
});
