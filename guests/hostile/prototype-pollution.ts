import { aria, kv, tool, type Json } from '@aria/sdk';

@aria({ name: 'prototype-pollution', version: '1.0.0', description: 'Changes what everybody shares' })
export class PrototypePollution {
  /** Merges input into an object as careless code does. */
  @tool()
  mergeInput(input: { patch: Json }): { own: string[]; polluted: boolean } {
    const target: Record<string, unknown> = {};
    merge(target, input.patch);
    return { own: Object.keys(target), polluted: 'polluted' in {} };
  }

  /** Breaks the built-ins that host and SDK use, then goes on working. */
  @tool({ tokens: ['kv:pollution:rw'] })
  async breakBuiltins(): Promise<{ read: string | undefined; broken: number }> {
    const broken = breakAll();
    const store = kv('pollution');
    await store.set('key', 'value');
    return { read: await store.getText('key'), broken };
  }

  /** Whether an earlier call has left something. */
  @tool()
  look(): { polluted: boolean; intact: boolean } {
    return {
      polluted: 'polluted' in {} || 'toJSON' in {},
      intact: [1, 2].map((item) => item + 1)[1] === 3 && JSON.stringify([1]) === '[1]',
    };
  }

  /** Gives an output that fakes what the host reads of it. */
  @tool()
  fakeOutput(): Json {
    Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'faked', configurable: true });
    return { real: true };
  }
}

function merge(target: Record<string, unknown>, patch: Json): void {
  if (typeof patch !== 'object' || patch === null) return;
  for (const [key, value] of Object.entries(patch)) {
    const known = target[key];
    const deeper =
      typeof value === 'object' && value !== null && (typeof known === 'object' || typeof known === 'function');
    if (deeper) merge(known as Record<string, unknown>, value);
    else target[key] = value;
  }
}

function breakAll(): number {
  const everything = Object.prototype as unknown as Record<string, unknown>;
  everything['polluted'] = true;
  everything['code'] = 'FORGED';
  everything['$blob'] = 0;
  const victims: readonly [object, readonly string[]][] = [
    [Array.prototype, ['push', 'splice', 'slice', 'filter', 'some', 'reduce', 'forEach', 'indexOf', 'entries']],
    [Map.prototype, ['delete', 'has']],
    [String.prototype, ['slice', 'indexOf', 'replace', 'split', 'trim']],
    [Object, ['hasOwn', 'entries', 'assign', 'freeze']],
    [Uint8Array.prototype, ['set', 'subarray', 'slice']],
  ];
  let broken = 0;
  for (const [owner, names] of victims) {
    for (const name of names) {
      Object.defineProperty(owner, name, { value: () => ({ forged: name }), configurable: true, writable: true });
      broken += 1;
    }
  }
  return broken;
}
