/** Bundles that chance wrote: whatever is changed in a good one, it is refused with a code, or says what it said before. */
import { deflateRawSync } from 'node:zlib';
import canonicalize from 'canonicalize';
import { expect, test } from 'vitest';
import { type Bundle, manifestName, readBundle, writeBundle } from '#wit/bundle';
import { type Random, fuzz, fuzzTimeoutMs, mutate } from '../fuzz.ts';
import { type RawArchive, type RawCentralFields, type RawEntry, rawArchive } from './raw-archive.ts';
import { sampleContent, utf8 } from './sample-bundle.ts';

const codes = [
  'BUNDLE_CORRUPT',
  'BUNDLE_TOO_LARGE',
  'BUNDLE_ENTRY_REFUSED',
  'BUNDLE_MANIFEST_INVALID',
  'BUNDLE_HASH_MISMATCH',
  'BUNDLE_ABI_UNSUPPORTED',
  'COMPONENT_IMPORTS_EXCEEDED',
];
const good = readBundle(writeBundle(sampleContent()));

/** Reads; what is refused without a code fails the case. */
function read(bytes: Uint8Array): Bundle | undefined {
  try {
    return readBundle(bytes);
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'CodedError', code: expect.toBeOneOf(codes) });
    return undefined;
  }
}

/** What a bundle says, whatever its archive looks like. */
function contentOf({ manifest, files, manifestHash }: Bundle): unknown {
  return { manifest, files, manifestHash };
}

test(
  'a mutated bundle is refused with a code, or has the same content under another hash',
  { timeout: fuzzTimeoutMs },
  () => {
    const original = writeBundle(sampleContent());
    return fuzz((random) => {
      const bundle = read(mutate(random, original));
      if (bundle === undefined) return;
      expect(contentOf(bundle)).toEqual(contentOf(good));
      expect(bundle.hash).not.toBe(good.hash);
    });
  },
);

/** Values near the edges of a field of so many bits. */
function edge(random: Random, bits: 16 | 32): number {
  return random.pick([
    0,
    1,
    8,
    20,
    45,
    0x800,
    0x7fff,
    0xfffe,
    0xffff,
    ...(bits === 32 ? [0x10000, 0x7fffffff, 0xfffffffe, 0xffffffff] : []),
  ]);
}

function spoiledFields(random: Random): RawCentralFields {
  const field = random.pick([
    'version',
    'flags',
    'method',
    'time',
    'date',
    'crc',
    'packedBytes',
    'size',
    'name',
    'extra',
    'madeBy',
    'disk',
    'internal',
    'external',
    'offset',
    'comment',
  ] as const);
  switch (field) {
    case 'crc':
    case 'packedBytes':
    case 'size':
    case 'external':
    case 'offset':
      return { [field]: edge(random, 32) };
    case 'name':
      return { name: random.text(random.below(20), 'ab/.\\:\0é') };
    case 'extra':
      return { extra: random.bytes(random.below(20)) };
    case 'comment':
      return { comment: random.text(random.below(20), 'abc') };
    default:
      return { [field]: edge(random, 16) };
  }
}

function spoiledEntry(random: Random, entry: RawEntry): RawEntry {
  // Another manifest with a checksum of its own would be another bundle, which only a signature tells apart.
  const places = ['fields', 'local', 'central', 'packed', 'gap', 'content'] as const;
  const place = random.pick(entry.name === manifestName ? places.slice(0, -1) : places);
  switch (place) {
    case 'packed':
      return { ...entry, packed: mutate(random, entry.deflate ? deflateRawSync(entry.content) : entry.content) };
    case 'content':
      return { ...entry, content: mutate(random, entry.content) };
    case 'gap':
      return { ...entry, gap: random.bytes(1 + random.below(20)) };
    default:
      return { ...entry, [place]: spoiledFields(random) };
  }
}

function spoiledEnd(random: Random): RawArchive {
  const end = random.pick([
    'disk',
    'directoryDisk',
    'countHere',
    'count',
    'directoryBytes',
    'directoryOffset',
  ] as const);
  return random.pick<RawArchive>([
    { leading: random.bytes(1 + random.below(8)) },
    { beforeEnd: random.bytes(1 + random.below(24)) },
    { trailing: random.bytes(1 + random.below(24)) },
    { comment: random.text(random.below(30), 'PK\x05\x06\0') },
    { end: { [end]: edge(random, end.startsWith('directoryB') || end.endsWith('Offset') ? 32 : 16) } },
  ]);
}

test(
  'an archive with spoiled headers, names, streams or ends is refused with a code, or has the same content',
  { timeout: fuzzTimeoutMs },
  () => {
    const { manifest, files } = sampleContent();
    const sorted = [...files.keys()].toSorted();
    const entries: readonly RawEntry[] = [
      { name: manifestName, content: utf8(canonicalize(manifest) ?? ''), deflate: true },
      ...sorted.map((name) => ({ name, content: files.get(name) ?? new Uint8Array(), deflate: name.endsWith('.js') })),
    ];
    return fuzz((random) => {
      const spoiled = [...entries];
      for (let left = random.below(3); left > 0; left -= 1) {
        const at = random.below(spoiled.length);
        const entry = spoiled[at];
        if (entry === undefined) continue;
        const fate = random.below(10);
        if (fate === 0) spoiled.splice(at, 1);
        else if (fate === 1) spoiled.splice(at, 0, entry);
        else spoiled[at] = spoiledEntry(random, entry);
      }
      const bundle = read(rawArchive(spoiled, random.oneIn(4) ? spoiledEnd(random) : {}));
      expect(contentOf(bundle ?? good)).toEqual(contentOf(good));
    });
  },
);

test('any bytes are refused with a code', { timeout: fuzzTimeoutMs }, () =>
  fuzz((random) => {
    const bytes = random.bytes(random.below(200));
    if (random.oneIn(2) && bytes.length >= 22) bytes.set(utf8('PK\x05\x06'), bytes.length - 22);
    expect(read(bytes)).toBeUndefined();
  }),
);
