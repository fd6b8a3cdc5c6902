/** The uses of the SDK that code contains, as the syntax shows them. */
import type { TokenKind } from '#wit/tokens';
import type { ResourceUse } from '../../check/wanted-tokens.ts';
import type { ts } from '../typescript.js';

/** A use and the node to point at. */
export interface FoundUse extends Omit<ResourceUse, 'place'> {
  readonly node: ts.Node;
}

/** A surface of the SDK that needs a token. */
export interface Surface {
  readonly kind: TokenKind;
  readonly form: 'handle' | 'operation';
  /** Which part of the first argument names the resource. */
  readonly names: 'text' | 'address' | 'model' | 'nothing';
  readonly modes: readonly string[];
}

/** The surfaces by the name that `SdkSymbols` gives them. */
export const surfaces: ReadonlyMap<string, Surface> = new Map<string, Surface>([
  ['kv', { kind: 'kv', form: 'handle', names: 'text', modes: [] }],
  ['vectors', { kind: 'vector', form: 'handle', names: 'text', modes: [] }],
  ['files', { kind: 'fs', form: 'handle', names: 'text', modes: [] }],
  ['net.fetch', { kind: 'net', form: 'operation', names: 'address', modes: [] }],
  ['llm.complete', { kind: 'llm', form: 'operation', names: 'model', modes: [] }],
  ['llm.stream', { kind: 'llm', form: 'operation', names: 'model', modes: [] }],
  ['llm.embed', { kind: 'llm', form: 'operation', names: 'model', modes: [] }],
  ['gpu.compute', { kind: 'gpu', form: 'operation', names: 'nothing', modes: ['compute'] }],
  ['tools.call', { kind: 'tool', form: 'operation', names: 'text', modes: ['call'] }],
  ['agents.invoke', { kind: 'agent', form: 'operation', names: 'text', modes: ['call'] }],
  ['context.get', { kind: 'context', form: 'operation', names: 'nothing', modes: ['r'] }],
  ['context.add', { kind: 'context', form: 'operation', names: 'nothing', modes: ['append'] }],
]);

/** Exports of the SDK that hold surfaces, by what they need. */
export const surfaceGroups: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ['net', 'net'],
  ['llm', 'llm'],
  ['gpu', 'gpu'],
  ['tools', 'tool'],
  ['agents', 'agent'],
  ['context', 'context'],
]);

/** A type of the SDK whose methods are operations on a named resource. */
export interface Handle {
  /** The surface that makes it. */
  readonly surface: string;
  readonly kind: TokenKind;
  /** By method, the modes of which one is enough; the same as in the host. */
  readonly methods: ReadonlyMap<string, readonly string[]>;
}

const read = ['r'];
const write = ['rw'];

/** The handles by the name of their interface. */
export const handles: ReadonlyMap<string, Handle> = new Map<string, Handle>([
  [
    'KvNamespace',
    {
      surface: 'kv',
      kind: 'kv',
      methods: new Map([
        ['get', read],
        ['getText', read],
        ['getJson', read],
        ['list', read],
        // With `append` the host stores under keys that are not set.
        ['set', ['rw', 'append']],
        ['setJson', ['rw', 'append']],
        ['delete', write],
        ['compareAndSet', write],
      ]),
    },
  ],
  [
    'FilesRoot',
    {
      surface: 'files',
      kind: 'fs',
      methods: new Map([
        ['read', read],
        ['readText', read],
        ['list', read],
        ['stat', read],
        ['write', write],
        ['remove', write],
      ]),
    },
  ],
  [
    'VectorCollection',
    {
      surface: 'vectors',
      kind: 'vector',
      methods: new Map([
        ['upsert', ['append']],
        ['query', read],
        ['delete', write],
      ]),
    },
  ],
]);
