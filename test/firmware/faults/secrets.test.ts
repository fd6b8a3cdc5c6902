/** Secrets are planted wherever a client or a tool can put them, and looked for in everything that the host writes or tells. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type HostEvent, type LogEntry, connectGrpc, connectWebSocket } from '#wit/api';
import { CodedError } from '#wit/errors';
import { redacted } from '../../../firmware/telemetry/secret-values.ts';
import { addTool, echoTool, signedBundle } from '../host/signed-bundle.ts';
import { callOf, metricsText, runHost } from './running-host.ts';

const accessToken = 'k3y-of-a-deploy-script-0123456789abcdef';
/** Logs what it is given in each of the ways that there are, and fails with it. */
const gossipTool = {
  name: 'gossip',
  body: `const { secret } = input;
sdk.log.info('the token is ' + secret, { token: secret, deep: { list: [secret], password: secret } });
sdk.log.error(secret);
throw new sdk.ToolError('GOSSIP', 'it is ' + secret, { details: { secret } });`,
};

test('the tokens of the host are in nothing that it writes or tells, whoever says them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aria-'));
  const file = join(directory, 'deploy-token');
  await writeFile(file, accessToken, { mode: 0o600 });
  await using host = await runHost({
    tools: [addTool, echoTool, gossipTool],
    toml: `[access.tokens.deploy]\nrole = "operator"\nfile = "${file}"\n`,
    environment: { ARIA_LOG_LEVEL: 'debug' },
  });
  const minted = (await (
    await host.ask('/v1/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'short', role: 'operator', ttlMs: 60_000 }),
    })
  ).json()) as { readonly token: string };
  const secrets = { admin: host.token, access: accessToken, minted: minted.token };
  const told: string[] = [];
  const stop = new AbortController();
  const events = collect(host.api.events({ after: { epoch: 'x', sequence: 0 }, signal: stop.signal }), told);
  const logs = collect(host.api.logs({ follow: true, tail: 1000, level: 'debug', signal: stop.signal }), told);

  for (const secret of Object.values(secrets)) {
    // Shown in the right place, in wrong ones, and cut short or changed, as somebody mistypes it.
    const wrong = `${secret.slice(0, -1)}X`;
    for (const token of [secret, wrong, `${secret} ${secret}`]) {
      const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'r1' };
      await host.ask('/v1/status', { headers });
      await host.ask(`/v1/status?token=${token}`, { headers });
      await host.ask(`/v1/${token}`, { headers });
      await host.ask('/v1/tools/gossip/calls', callOf({ secret }, headers));
      await host.ask(`/v1/tools/${encodeURIComponent(token)}/calls`, callOf({}, headers));
      await host.ask('/v1/tools/add/calls', callOf({ a: token, b: 1 }, headers));
    }
    for (const header of ['x-request-id', 'traceparent', 'origin', 'last-event-id', 'cookie'])
      await host.ask('/v1/tools/gossip/calls', callOf({ secret }, { [header]: secret })).catch(() => undefined);
    await using grpc = connectGrpc({ address: host.ready.grpc ?? '', token: wrong });
    await grpc.callTool({ tool: secret, input: secret }).catch(coded);
    await using socket = connectWebSocket({ url: `ws://${host.ready.ws ?? ''}`, token: wrong });
    await socket.status().catch(coded);
    await host.api.callTool({ tool: secret, input: { secret } }).catch(coded);
    await host.api
      .callTool({ tool: 'gossip', input: { secret } }, { requestId: secret.replaceAll('.', '-') })
      .catch(coded);
    await host.api.rollback({ name: secret }).catch(coded);
    await host.api.approve(secret).catch(coded);
    const named = await signedBundle(host.key, { name: 'planted', tools: [echoTool] });
    await host.api.upload({ ...named.content, name: secret, signature: secret }).catch(coded);
  }
  const metrics = await metricsText(host.ports.metrics);
  const status = JSON.stringify(await host.api.status());
  await sleep(50);
  stop.abort();
  await Promise.all([events, logs]);
  const hostFile = await readFile(join(host.home, 'host.json'), 'latin1');
  expect(await host.end('SIGTERM')).toBe(0);

  const { stdout, stderr } = host.output;
  const everything: Record<string, string> = { stdout, stderr, told: told.join('\n'), metrics, status, hostFile };
  for (const path of await filesBelow(host.home))
    if (!/^(?:token|token-key)$/.test(path)) everything[path] = await readFile(join(host.home, path), 'latin1');
  await rm(directory, { recursive: true });

  // It did say something about all that.
  expect(stderr).toContain('samples/gossip');
  expect(stderr).toContain(redacted);
  expect(everything['told']).toContain('call.finished');
  expect(Object.keys(everything)).toEqual(expect.arrayContaining(['aria.db', 'aria.toml']));
  for (const [place, text] of Object.entries(everything))
    for (const [name, secret] of Object.entries(secrets))
      expect(
        formsOf(secret).filter((form) => text.includes(form)),
        `${name} in ${place}`,
      ).toEqual([]);
});

/** As it is, and as it stands in a basic header or in bytes of a dump. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), secret.slice(0, -1)];
}

async function collect(items: AsyncIterable<HostEvent | LogEntry>, told: string[]): Promise<void> {
  try {
    for await (const item of items) told.push(JSON.stringify(item));
  } catch (error) {
    coded(error);
  }
}

/** Refusals are what is wanted; anything else is a bug. */
function coded(thrown: unknown): void {
  if (!(thrown instanceof CodedError)) throw thrown;
  expect(thrown.code).not.toBe('INTERNAL');
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
