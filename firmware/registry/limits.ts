/** Every maximum of the registry and of what is loaded, with its unit and its reason. */

/** Queries. */
export const queryLimits = {
  /** By `ComponentQuery.pageSize`. */
  pageSizeMax: 1_000,
  pageSizeDefault: 100,
  /** Characters of a text to search for: a long sentence. */
  textCharactersMax: 512,
  /** Words of it that count; the others are left out. */
  wordsMax: 16,
  /** Other bundles that a component names as having its name: enough to see that only the qualified one will do. */
  clashesMax: 16,
  /** Characters of a page token: two names of 64, a score, a fingerprint, in base64. */
  tokenCharactersMax: 512,
} as const;

/** The search index. */
export const searchLimits = {
  /** Words of one component: its name, and the beginning of texts that may have 8,192 characters. */
  wordsPerComponent: 256,
  /** Characters of a word; longer ones are cut: nobody types them. */
  wordCharactersMax: 32,
  /** Words that one beginning stands for, in the order of the alphabet. */
  prefixWordsMax: 64,
  /** Words of a query that are corrected: each is compared with all near ones. */
  correctionsMax: 4,
  /** Names that a mistyped one is compared with: 4,096 take 10 ms. */
  nearestMax: 4_096,
} as const;

/** Loaded tools. */
export const programLimits = {
  /**
   * Tools in memory, 1.5 MiB each with code, schemas and source map, 3 MiB and more on V8: 200 MiB of a small machine. Only calls that run at the same
   * time on more of them make it more.
   */
  loadedMax: 128,
  /** A tool without a call for this many milliseconds is let go; loading it again takes 2 ms, on V8 20 to 200. */
  idleMs: 300_000,
  /** Times within `idleMs` at which idle tools are looked for; what is let go is at most this part of it late. */
  looksPerIdle: 4,
  /** Tools of a version that are compiled side by side: one rebuilds while the other is compiled. */
  preparedAtOnce: 2,
} as const;
