/** Nearest neighbours. */
import type { Json } from './json.ts';
import { jsonText } from './json.ts';
import { start } from './operations.ts';

/** What a vector may carry: a JSON object of at most 64 KiB. */
export type VectorMetadata = { readonly [key: string]: Json };

/** A vector with its name. */
export interface VectorItem {
  /** 1 to 256 bytes of UTF-8. */
  readonly id: string;
  /** 1 to 4,096 numbers, as many as the collection has dimensions. */
  readonly vector: readonly number[];
  readonly metadata?: VectorMetadata;
}

/** A neighbour. */
export interface VectorMatch {
  readonly id: string;
  /** Cosine distance: 0 (same direction) to 2. */
  readonly distance: number;
  readonly metadata: VectorMetadata | undefined;
}

/** How `query` searches. */
export interface VectorQueryOptions {
  /** 1 to 1,000. Default: 10. */
  readonly limit?: number;
  /** What the metadata must contain. */
  readonly filter?: VectorMetadata;
}

/** One collection of vectors. */
export interface VectorCollection {
  /** Stores at most 1,000 items; those with a known id are replaced. Token mode `append` (new ids only) or `rw`. */
  upsert(items: readonly VectorItem[]): Promise<void>;
  /** The nearest items, nearest first. Token mode `r` or `rw`. */
  query(vector: readonly number[], options?: VectorQueryOptions): Promise<readonly VectorMatch[]>;
  /** Removes at most 1,000 items; says how many there were. Token mode `rw`. */
  delete(ids: readonly string[]): Promise<number>;
}

/**
 * A collection of vectors, by the tokens `vector:<collection>:r|append|rw`.
 * @example
 * const [nearest] = await vectors('notes').query(embedding, { limit: 1, filter: { lang: 'en' } });
 */
export function vectors(collection: string): VectorCollection {
  return {
    async upsert(items) {
      const stored = items.map(({ id, vector, metadata }) => ({
        id,
        vector: Array.from(vector),
        metadata: metadata === undefined ? undefined : jsonText(metadata),
      }));
      await start('vectors.upsert', collection, stored);
    },
    async query(vector, { limit = 10, filter } = {}) {
      const wanted = filter === undefined ? undefined : jsonText(filter);
      const matches = await start('vectors.query', collection, Array.from(vector), limit, wanted);
      return matches.map(({ id, distance, metadata }) => ({
        id,
        distance,
        metadata: metadata === undefined ? undefined : (JSON.parse(metadata) as VectorMetadata),
      }));
    },
    delete: (ids) => start('vectors.delete', collection, ids),
  };
}
