/** A thousand clients that are let in and never read, on all ways at once, and the others, who must not notice. */
import { once } from 'node:events';
import process from 'node:process';
import { expect, test } from 'vitest';
import { addTool } from '../host/signed-bundle.ts';
import { type MuteClient, type Way, connectTo, muteGrpc, muteHttp, muteWebSocket, openSession } from './raw-clients.ts';
import { type RunningHost, callOf, runHost, until } from './running-host.ts';

const long = process.env['ARIA_SOAK_CALLS'] !== undefined;
/** Of each of the six kinds. */
const each = long ? 167 : 40;
/** On the web port stand four kinds; a few more are let in beside them. */
const connectionsMax = each * 4 + 8;
/** Lines of the log that are kept: 8 MB, more than the kernel takes for a connection that nobody reads. */
const linesKept = 1000;
const linesOfCall = 30;
/** What the host may grow by in MiB, whatever the clients leave lying: buffers of each connection, the answers, garbage. */
const growthMiBMax = long ? 900 : 450;

const tools = [
  addTool,
  { name: 'big', body: `return 'x'.repeat(input.bytes);` },
  {
    name: 'log',
    body: `for (let line = 0; line < ${linesOfCall}; line += 1) sdk.log.info('y'.repeat(8000)); return 1;`,
  },
];
const environment = {
  ARIA_LIMITS_CONNECTIONS_MAX: String(connectionsMax),
  ARIA_LIMITS_LOG_BACKLOG: String(linesKept),
  ARIA_LOG_FILE: '/dev/null',
};

test(`${each * 6} clients that never read are cut off with the reason, while others are answered`, async () => {
  await using host = await runHost({ tools, environment });
  await fillLog(host);
  const answer = await host.ask('/v1/tools/big/calls', callOf({ bytes: 1_000_000 }, { 'idempotency-key': 'big' }));
  expect((await answer.text()).length).toBeGreaterThan(1_000_000);
  const [socketsBefore, rssBefore] = [host.sockets(), host.rssMiB()];

  const crowd = await gather(host);
  await until(async () => (await host.metric('aria_connections_active')) >= each * 6);
  await until(async () => (await addsUp(host)) === 'all ways');
  await refusesMore(host);
  // What they have not read leaves the ring.
  await fillLog(host);
  expect(await addsUp(host)).toBe('all ways');
  expect(host.rssMiB() - rssBefore).toBeLessThan(growthMiBMax);

  expect(await crowd.logs.http[0]?.hear()).toContain('"code":"SLOW_READER"');
  expect(await crowd.logs.webSocket[0]?.hear()).toMatch(/^4003 SLOW_READER /);
  expect(await crowd.logs.grpc[0]?.hear()).toBe('SLOW_READER');
  // Nobody has to read for that: in the long run the host is waited for, which gives them half a minute.
  if (long) await until(async () => (await host.metric('aria_connections_active', 'gateway="websocket"')) <= each);
  expect(await addsUp(host)).toBe('all ways');

  for (const client of crowd.all) client[Symbol.dispose]();
  await until(async () => (await host.metric('aria_connections_active')) <= 1);
  await until(async () => (await host.metric('aria_calls_in_flight')) === 0);
  await until(() => host.sockets() <= socketsBefore);
  expect(await host.end('SIGTERM')).toBe(0);
});

interface Crowd {
  readonly all: readonly MuteClient[];
  /** Those who follow the log. */
  readonly logs: Readonly<Record<'http' | 'webSocket' | 'grpc', readonly MuteClient[]>>;
}

async function gather(host: RunningHost): Promise<Crowd> {
  const web: Way = { port: host.ports.web, token: host.token };
  const grpc: Way = { port: host.ports.grpc, token: host.token };
  const call = { tool: 'big', input: { bytes: 1_000_000 } };
  const kinds = {
    httpEvents: () => muteHttp(web, 'GET /v1/events'),
    http: () => muteHttp(web, `GET /v1/logs?follow=true&tail=${linesKept}`),
    webSocketAnswers: () =>
      muteWebSocket(web, [
        { method: 'events', params: {} },
        ...Array.from({ length: 3 }, () => ({
          method: 'callTool',
          params: { ...call, options: { idempotencyKey: 'big' } },
        })),
      ]),
    webSocket: () => muteWebSocket(web, [{ method: 'logs', params: { follow: true, tail: linesKept } }]),
    grpcEvents: () => muteGrpc(grpc, 'aria.v1.HostService/StreamEvents', {}),
    grpc: () => muteGrpc(grpc, 'aria.v1.HostService/StreamLogs', { follow: true, tail: linesKept }),
  };
  const gathered: Record<string, MuteClient[]> = {};
  for (const [kind, open] of Object.entries(kinds))
    gathered[kind] = await Promise.all(Array.from({ length: each }, open));
  const { http = [], webSocket = [], grpc: overGrpc = [] } = gathered;
  return { all: Object.values(gathered).flat(), logs: { http, webSocket, grpc: overGrpc } };
}

/** A client that behaves is answered over the socket and over HTTP. */
async function addsUp(host: RunningHost): Promise<string> {
  const input = { a: 1, b: 2 };
  expect(await host.api.callTool({ tool: 'add', input })).toMatchObject({ output: { sum: 3 } });
  const overHttp = await host.ask('/v1/tools/add/calls', callOf(input));
  expect(await overHttp.json()).toMatchObject({ output: { sum: 3 } });
  return 'all ways';
}

/** Beyond the maximum an API says so, or closes: nobody who is let in goes for another one. */
async function refusesMore({ ports, token, ask }: RunningHost): Promise<void> {
  const more: MuteClient[] = [];
  for (let index = 0; index < 8; index += 1)
    more.push(await muteWebSocket({ port: ports.web, token }, [{ method: 'status', params: {} }]));
  const refused = await ask('/v1/status');
  expect(`${refused.status} ${await refused.text()}`).toMatch(/^503 .*"CONNECTIONS_EXCEEDED"/);
  for (const client of more) client[Symbol.dispose]();
  const sessions = [];
  for (let index = each * 2; index < connectionsMax; index += 1) sessions.push(await openSession(ports.grpc));
  const last = await connectTo(ports.grpc);
  if (!last.destroyed) await once(last.resume(), 'close');
  for (const session of sessions) session.destroy();
  await until(
    async () =>
      (await ask('/v1/status').then(
        ({ status }) => status,
        () => 0,
      )) === 200,
  );
}

async function fillLog(host: RunningHost): Promise<void> {
  for (let lines = 0; lines < linesKept + linesOfCall; lines += linesOfCall)
    await host.api.callTool({ tool: 'log', input: {} });
}
