/** A page in a real browser on the same machine calls no tool and reads nothing, whatever way it tries; one of an origin that the host names can. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTool, countTool } from '../host/signed-bundle.ts';
import { type Browser, browserPath, startBrowser } from './browser.ts';
import { type RunningHost, runHost } from './running-host.ts';

/** It has the function `attack`. */
const html = readFileSync(join(import.meta.dirname, 'page-attack.html'));
/** A name of an attacker, which leads here. */
const stranger = 'rebind.example';

describe.skipIf(browserPath === undefined)('a page in a browser', () => {
  let pages: Server;
  let port: number;
  let host: RunningHost;
  let browser: Browser;
  beforeAll(async () => {
    pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(html);
    });
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    port = (pages.address() as AddressInfo).port;
    host = await runHost({
      tools: [addTool, countTool],
      toml: `[web]\norigins = ["http://127.0.0.1:${port}"]\n`,
    });
    browser = await startBrowser([stranger]);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    pages?.close();
    pages?.closeAllConnections();
  });

  /** Runs the attack from an origin; gives what it found by each way, and how many calls began meanwhile. */
  async function tryFrom(origin: string, token: string): Promise<{ found: Record<string, string>; calls: number }> {
    const before = await host.metric('aria_calls_started_total');
    const page = await browser.open(`${origin}/page`);
    const script = `attack("http://127.0.0.1:${host.ports.web}", "${token}")`;
    const found = (await page.evaluate(script)) as Record<string, string>;
    return { found, calls: (await host.metric('aria_calls_started_total')) - before };
  }

  test('of an origin that the host names calls tools with the token, so that the attack would be seen to succeed', async () => {
    const { found, calls } = await tryFrom(`http://127.0.0.1:${port}`, host.token);
    expect(found['fetch']).toMatch(/^200 .*"kind":"done"/s);
    expect(found['WebSocket']).toContain('"kind":"done"');
    expect(found['get']).toContain('"state":"ready"');
    expect(calls).toBeGreaterThanOrEqual(2);
    // These show no token, and none is ever taken from a cookie.
    for (const way of ['form', 'image', 'event stream', 'fetch no-cors'])
      expect(found[way]).toMatch(/^(?:refused|opaque|nothing)$/);
  });

  for (const [who, path, token] of [
    ['of another port', 'localhost', () => ''],
    ['of another port that has stolen the token', 'localhost', () => host.token],
    ['of a stranger', stranger, () => ''],
    ['of a stranger that has stolen the token', stranger, () => host.token],
  ] as const) {
    test(`${who} calls nothing and learns nothing`, async () => {
      const { found, calls } = await tryFrom(`http://${path}:${port}`, token());
      expect(calls).toBe(0);
      expect(Object.keys(found)).toHaveLength(17);
      for (const [way, came] of Object.entries(found))
        expect(`${way}: ${came}`).toMatch(/: (?:refused|opaque|nothing)$/);
    });
  }

  test('whose name is pointed here afterwards (DNS rebinding) is no page of this host', async () => {
    const before = await host.metric('aria_calls_started_total');
    // Same origin, so that the browser is in nobody's way: only the name is wrong.
    const page = await browser.open(`http://${stranger}:${host.ports.web}/healthz`, { bypassPolicy: true });
    const script = `(async () => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer ${host.token}' };
      const answers = [
        await fetch('/v1/tools/count/calls', { method: 'POST', headers, body: '{"input":{}}' }),
        await fetch('/v1/status', { headers }),
      ];
      return Promise.all(answers.map(async (answer) => answer.status + ' ' + (await answer.json()).error.code));
    })()`;
    expect(await page.evaluate(script)).toEqual(['421 ORIGIN_REFUSED', '421 ORIGIN_REFUSED']);
    expect(await page.evaluate(`document.body.textContent`)).toContain('alive');
    const metrics = await browser.open(`http://${stranger}:${host.ports.metrics}/metrics`);
    expect(await metrics.evaluate('document.body.textContent')).not.toContain('aria_');
    expect(await host.metric('aria_calls_started_total')).toBe(before);
  });

  test('has changed nothing, and the host goes on', async () => {
    const before = await host.metric('aria_calls_started_total');
    const result = await host.api.callTool({ tool: 'count', input: {} });
    // Of those that the page of the named origin made some may have counted at once; no other has.
    expect(result.kind === 'done' && (result.output as { readonly n: number }).n).toBeLessThanOrEqual(before + 1);
    expect(await host.metric('aria_calls_started_total')).toBe(before + 1);
    expect(host.output.stderr).not.toContain('"level":"error"');
  });
});
