/** Calls that end otherwise than with an outcome. */
import { expect, test } from 'vitest';
import type { HostEvent } from '#wit/api';
import { startHost } from '../host/host-under-test.ts';
import { addTool } from '../host/signed-bundle.ts';

test('a call whose caller throws when told of it has ended for events and figures, too', async () => {
  await using host = await startHost();
  await host.install({ tools: [addTool] });
  const abort = new AbortController();
  const seen: HostEvent[] = [];
  const events = host.owner.events({ kinds: ['call.started', 'call.finished'], signal: abort.signal });
  const following = (async () => {
    for await (const event of events) {
      seen.push(event);
      if (event.kind === 'call.finished') abort.abort();
    }
  })();
  const progress = (): never => {
    throw new Error('a fault of the caller');
  };
  await expect(host.owner.callTool({ tool: 'add', input: { a: 1, b: 2 } }, { progress })).rejects.toThrow('a fault of');
  await following;
  expect(seen.map(({ kind, data }) => [kind, data['outcome']])).toEqual([
    ['call.started', undefined],
    ['call.finished', 'INTERNAL'],
  ]);
  const metrics = await (await fetch(`http://${host.firmware.addresses.metrics}/metrics`)).text();
  expect(metrics).toMatch(/^aria_calls_active\{[^}]*tool="add"[^}]*\} 0$/m);
});
