import { describe, expect, test } from 'vitest';
import { Guest, type GuestComponent, type Instantiate, endedBy } from '../../host/engine/v8/guest.ts';
import { MemoryPool } from '../../host/engine/v8/memory-pool.ts';
import type { OutcomeMessage } from '../../host/engine/v8/messages.ts';
import { componentLimits, pageBytes } from '../../host/limits.ts';
import { nowMs, seed } from '../conformance/engine-subject.ts';

const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

function componentOf(instantiate: Instantiate): GuestComponent {
  return {
    instantiate,
    modules: new Map([['core', empty]]),
    functions: [],
    spares: false,
    memoryModule: 'core',
    memories: new MemoryPool(1, 1),
  };
}

/** What a turn comes to whose `begin` gives this. */
function outcomeOf(value: unknown): OutcomeMessage {
  const guest = new Guest(componentOf(() => ({ 'aria:host/tool@0.1.0': { begin: () => value } })));
  return guest.begin(['', [], nowMs, seed], [100, 0, 0, 2, 0]).outcome;
}

describe('what a guest returns', () => {
  test('as a turn is taken', () => {
    expect(outcomeOf({ outcome: { tag: 'done', val: 'x' }, blobs: [new Uint8Array(9)] })).toEqual(['done', 'x']);
    expect(outcomeOf({ outcome: { tag: 'waiting' }, blobs: [] })).toEqual(['waiting']);
    expect(
      outcomeOf({ outcome: { tag: 'failed', val: { code: 'A', message: 'b', retryable: true } }, blobs: [] }),
    ).toEqual(['failed', 'A', 'b', true, undefined, undefined]);
  });

  test.each([
    ['nothing', undefined],
    ['a number', 1],
    ['no outcome', { blobs: [] }],
    ['an output that is no text', { outcome: { tag: 'done', val: 5 }, blobs: [] }],
    ['an outcome of an unknown kind', { outcome: { tag: 'other' }, blobs: [] }],
    ['blobs that are no list', { outcome: { tag: 'waiting' }, blobs: 'abc' }],
    ['blobs that are numbers', { outcome: { tag: 'waiting' }, blobs: [new Float64Array(1)] }],
    ['an error without fields', { outcome: { tag: 'failed' }, blobs: [] }],
    [
      'an error whose code is a number',
      { outcome: { tag: 'failed', val: { code: 1, message: '', retryable: true } }, blobs: [] },
    ],
    [
      'an error whose details are a record',
      { outcome: { tag: 'failed', val: { code: 'A', message: '', retryable: true, details: {} } }, blobs: [] },
    ],
  ])('as %s ends as TOOL_TRAPPED', (_, value) => {
    expect(outcomeOf(value).slice(0, 2)).toEqual(['ended', 'TOOL_TRAPPED']);
  });

  test('over the maximum of bytes or blobs ends as VALUE_TOO_LARGE, however it was lifted', () => {
    for (const blobs of [[new Uint8Array(101)], [new Uint8Array(), new Uint8Array(), new Uint8Array()]])
      expect(outcomeOf({ outcome: { tag: 'waiting' }, blobs }).slice(0, 2)).toEqual(['ended', 'VALUE_TOO_LARGE']);
  });
});

describe('an instance', () => {
  const made = (cores: number, name = 'other'): OutcomeMessage | 'made' => {
    const component = componentOf((_takeBytes, _getCoreModule, _imports, instantiateCore) => {
      for (let count = 0; count < cores; count += 1) instantiateCore(empty, {});
      return {};
    });
    try {
      using guest = new Guest({
        ...component,
        memoryModule: name,
        modules: new Map([[name, name === 'core' ? empty : other]]),
      });
      return guest.memoryBytes === (name === 'core' ? pageBytes : 0)
        ? 'made'
        : endedBy(new Error('it has another memory'));
    } catch (error) {
      return endedBy(error);
    }
  };
  const other = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

  test('of as many core instances as the maximum is made, and of one more is not', () => {
    expect(made(componentLimits.coreModulesMax)).toBe('made');
    expect(made(componentLimits.coreModulesMax + 1).slice(0, 2)).toEqual(['ended', 'TOOL_TRAPPED']);
  });

  test('that takes its memory twice is not made', () => {
    expect(made(1, 'core')).toBe('made');
    expect(made(2, 'core').slice(0, 2)).toEqual(['ended', 'TOOL_TRAPPED']);
  });
});
