/** Bundles that somebody wrote by hand: each refusal of the reader, one at a time. */
import { deflateRawSync } from 'node:zlib';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { bundleMaxima, hashBytes, manifestName, readBundle } from '#wit/bundle';
import { type RawArchive, type RawEntry, rawArchive } from './raw-archive.ts';
import { sampleContent, utf8 } from './sample-bundle.ts';

/** The sample, as entries that a test may spoil. `spoil` gets the entry of one source file. */
function sampleEntries(spoil: Partial<RawEntry> = {}, spoiled = 'source/sumLines.js'): RawEntry[] {
  const { manifest, files } = sampleContent();
  const entries: RawEntry[] = [{ name: manifestName, content: utf8(canonicalize(manifest) ?? ''), deflate: true }];
  for (const name of [...files.keys()].toSorted()) {
    entries.push({ name, content: files.get(name) ?? new Uint8Array(), deflate: name.endsWith('.js') });
  }
  return entries.map((entry) => (entry.name === spoiled ? { ...entry, ...spoil } : entry));
}

function withEntry(entry: RawEntry): RawEntry[] {
  const entries = sampleEntries();
  return [
    ...entries.slice(0, 1),
    ...[...entries.slice(1), entry].toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  ];
}

function withManifestText(text: string): RawEntry[] {
  return sampleEntries({ content: utf8(text) }, manifestName);
}

function codeOf(bytes: Uint8Array): string {
  try {
    readBundle(bytes);
    return 'accepted';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown
      ? `${String(thrown.code)}: ${thrown.message}`
      : `uncoded: ${String(thrown)}`;
  }
}

function refusal(entries: readonly RawEntry[], around: RawArchive = {}): string {
  return codeOf(rawArchive(entries, around));
}

test('the archive that all of these spoil is read', () => {
  expect(readBundle(rawArchive(sampleEntries())).files).toEqual(
    new Map([...sampleContent().files].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
});

describe('readBundle refuses an archive', () => {
  test('that is empty, or shorter than the end of a directory', () => {
    expect(codeOf(new Uint8Array())).toMatch(/^BUNDLE_CORRUPT/);
    expect(codeOf(new Uint8Array(21))).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('that is truncated at any place', () => {
    const bytes = rawArchive(sampleEntries());
    for (let length = 0; length < bytes.length; length += 1)
      expect(codeOf(bytes.subarray(0, length))).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('that is one byte over the maximum, before it looks at it', () => {
    expect(codeOf(new Uint8Array(bundleMaxima.archiveBytes))).toMatch(/^BUNDLE_CORRUPT/);
    expect(codeOf(new Uint8Array(bundleMaxima.archiveBytes + 1))).toMatch(/^BUNDLE_TOO_LARGE/);
  });
  test('with one entry over the maximum', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `a/${index}`, content: new Uint8Array() }));
    expect(refusal(many(bundleMaxima.entries))).toMatch(/^BUNDLE_CORRUPT: .*first entry/);
    expect(refusal(many(bundleMaxima.entries + 1))).toMatch(/^BUNDLE_TOO_LARGE: .*2049 entries/);
  });
  test('with bytes before its entries', () => {
    expect(refusal(sampleEntries(), { leading: utf8('#!/bin/sh\n') })).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('with bytes before its entries that its directory does not count', () => {
    const moved = rawArchive(sampleEntries());
    expect(codeOf(Uint8Array.from([1, 2, 3, ...moved]))).toMatch(/^BUNDLE_CORRUPT: .*directory is not where/);
  });
  test('with bytes after its end', () => {
    expect(refusal(sampleEntries(), { trailing: utf8('x') })).toMatch(/^BUNDLE_CORRUPT: .*followed by/);
  });
  test('with a comment', () => {
    expect(refusal(sampleEntries(), { comment: 'hello' })).toMatch(/^BUNDLE_CORRUPT: .*comment/);
  });
  test('whose comment holds the end of a directory', () => {
    expect(refusal(sampleEntries(), { comment: `PK\x05\x06${'\0'.repeat(18)}` })).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('whose end announces a comment that is not there', () => {
    const bytes = rawArchive(sampleEntries());
    bytes[bytes.length - 2] = 5;
    expect(codeOf(bytes)).toMatch(/^BUNDLE_CORRUPT: .*comment/);
  });
  test('with bytes between its directory and its end', () => {
    expect(refusal(sampleEntries(), { beforeEnd: utf8('gap') })).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('with bytes between its directory and its end that the end counts', () => {
    const bytes = rawArchive(sampleEntries(), { beforeEnd: utf8('gap') });
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 10, view.getUint32(bytes.length - 10, true) + 3, true);
    expect(codeOf(bytes)).toMatch(/^BUNDLE_CORRUPT: .*between its directory and its end/);
  });
  test('with bytes between two entries', () => {
    expect(refusal(sampleEntries({ gap: utf8('hidden') }))).toMatch(/^BUNDLE_CORRUPT: .*gap/);
  });
  test('with bytes between its entries and its directory', () => {
    expect(refusal(sampleEntries({ gap: utf8('hidden') }, 'source/wordCount.js.map'))).toMatch(
      /^BUNDLE_CORRUPT: .*between its entries/,
    );
  });
  test('whose entries overlap', () => {
    const first = sampleEntries()[0];
    expect(
      refusal([...sampleEntries(), { ...(first as RawEntry), name: 'zip/again', central: { offset: 0 } }]),
    ).toMatch(/^BUNDLE_CORRUPT: .*overlaps/);
  });
  test('an entry of which reaches into the directory', () => {
    expect(refusal(sampleEntries({ fields: { packedBytes: 9_999, size: 9_999 } }, 'source/wordCount.js.map'))).toMatch(
      /^BUNDLE_CORRUPT/,
    );
  });
  test('that is split over disks', () => {
    expect(refusal(sampleEntries(), { end: { disk: 1 } })).toMatch(/^BUNDLE_CORRUPT: .*disks/);
    expect(refusal(sampleEntries(), { end: { directoryDisk: 1 } })).toMatch(/^BUNDLE_CORRUPT: .*disks/);
    expect(refusal(sampleEntries(), { end: { countHere: 3 } })).toMatch(/^BUNDLE_CORRUPT: .*disks/);
  });
  test('that is ZIP64', () => {
    const locator = Uint8Array.from(Buffer.from(`PK\x06\x07${'\0'.repeat(16)}`, 'latin1'));
    expect(refusal(sampleEntries(), { beforeEnd: locator })).toMatch(/^BUNDLE_CORRUPT: .*ZIP64/);
    expect(refusal(sampleEntries(), { end: { count: 0xffff } })).toMatch(/^BUNDLE_CORRUPT: .*ZIP64/);
    expect(refusal(sampleEntries(), { end: { directoryOffset: 0xffffffff } })).toMatch(/^BUNDLE_CORRUPT: .*ZIP64/);
    expect(refusal(sampleEntries(), { end: { directoryBytes: 0xffffffff } })).toMatch(/^BUNDLE_CORRUPT: .*ZIP64/);
  });
  test('whose directory has more or fewer entries than its end says', () => {
    const { length } = sampleEntries();
    expect(refusal(sampleEntries(), { end: { count: length + 1 } })).toMatch(/^BUNDLE_CORRUPT/);
    expect(refusal(sampleEntries(), { end: { count: length - 1 } })).toMatch(/^BUNDLE_CORRUPT/);
    expect(refusal([])).toMatch(/^BUNDLE_CORRUPT: .*first entry/);
  });
  test('whose first entry is not the manifest', () => {
    expect(refusal(sampleEntries().toReversed())).toMatch(/^BUNDLE_CORRUPT: .*first entry/);
  });
  test('whose entries are not sorted', () => {
    const [manifest, first, second, ...rest] = sampleEntries() as [RawEntry, RawEntry, RawEntry, ...RawEntry[]];
    expect(refusal([manifest, second, first, ...rest])).toMatch(/^BUNDLE_CORRUPT: .*not sorted/);
  });
});

describe('readBundle refuses an entry', () => {
  const names: readonly (readonly [what: string, name: string, reason: RegExp])[] = [
    ['whose name is absolute', '/etc/passwd', /absolute/],
    ['whose name climbs', 'source/../../etc/passwd', /"\.\."/],
    ['whose name is ".."', '..', /"\.\."/],
    ['whose name has a backslash', 'source\\..\\evil.js', /backslash/],
    ['whose name has a drive letter', 'C:/evil.js', /drive letter/],
    ['whose name holds a NUL', 'source/a.js\0.txt', /NUL/],
    ['whose name has an empty part', 'source//a.js', /empty part/],
    ['whose name has a part "."', 'source/./a.js', /empty part or "\."/],
    ['that is a directory', 'source/', /directory/],
    ['that has no name', '', /no name/],
    ['whose name has a letter beyond ASCII', 'source/\u00e9.js', /character other than/],
    ['whose name has a space', 'source/a .js', /character other than/],
    ['whose name has a colon', 'source/a.js:stream', /character other than/],
  ];
  test.each(names)('%s: %j', (_what, name, reason) => {
    const text = refusal(withEntry({ name, content: utf8('1') }));
    expect(text).toMatch(/^BUNDLE_ENTRY_REFUSED/);
    expect(text).toMatch(reason);
  });
  test('whose name is one byte over the maximum', () => {
    expect(refusal(withEntry({ name: 'a'.repeat(bundleMaxima.nameBytes), content: utf8('1') }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*not named/,
    );
    expect(refusal(withEntry({ name: 'a'.repeat(bundleMaxima.nameBytes + 1), content: utf8('1') }))).toMatch(
      /^BUNDLE_TOO_LARGE: .*257 bytes/,
    );
  });
  test('that occurs twice', () => {
    expect(refusal(withEntry({ name: 'source/sumLines.js', content: utf8('1') }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*twice/,
    );
  });
  test('that occurs twice but for the case of its letters', () => {
    expect(refusal(withEntry({ name: 'source/SUMLINES.js', content: utf8('1') }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*twice/,
    );
  });
  test('that the manifest does not name', () => {
    expect(refusal(withEntry({ name: 'source/extra.js', content: utf8('1') }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*not named/,
    );
  });
  test('that is a symbolic link', () => {
    expect(refusal(sampleEntries({ central: { madeBy: 0x0314, external: (0o120777 << 16) >>> 0 } }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*symbolic link/,
    );
  });
  test('that has attributes', () => {
    expect(refusal(sampleEntries({ central: { external: (0o100755 << 16) >>> 0 } }))).toMatch(
      /^BUNDLE_ENTRY_REFUSED: .*attributes/,
    );
    expect(refusal(sampleEntries({ central: { external: 0x10 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*attributes/);
    expect(refusal(sampleEntries({ central: { internal: 1 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*attributes/);
  });
  test('that another system or a later version of ZIP wrote', () => {
    expect(refusal(sampleEntries({ central: { madeBy: 0x0314 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*version/);
    expect(refusal(sampleEntries({ fields: { version: 45 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*version/);
  });
  test('that is encrypted', () => {
    expect(refusal(sampleEntries({ fields: { flags: 0x0001 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*encrypted/);
    expect(refusal(sampleEntries({ fields: { flags: 0x0041 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*encrypted/);
  });
  test('that has a data descriptor', () => {
    expect(refusal(sampleEntries({ fields: { flags: 0x0008 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*data descriptor/);
  });
  test('that has other flags', () => {
    expect(refusal(sampleEntries({ fields: { flags: 0x0800 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*flags/);
  });
  test('that is packed by another method', () => {
    expect(refusal(sampleEntries({ fields: { method: 14 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*unknown way/);
  });
  test('that has an extra field in either header', () => {
    const extra = Uint8Array.of(1, 0, 4, 0, 1, 2, 3, 4);
    expect(refusal(sampleEntries({ central: { extra } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*extra field/);
    expect(refusal(sampleEntries({ local: { extra } }))).toMatch(/^BUNDLE_CORRUPT/);
  });
  test('that has a comment, a time or another disk', () => {
    expect(refusal(sampleEntries({ central: { comment: 'hello' } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*comment/);
    expect(refusal(sampleEntries({ central: { disk: 1 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*disk/);
    expect(refusal(sampleEntries({ fields: { time: 1 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*time/);
    expect(refusal(sampleEntries({ fields: { date: 0x5a21 } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*time/);
  });
  test('of ZIP64', () => {
    expect(refusal(sampleEntries({ fields: { size: 0xffffffff } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*ZIP64/);
    expect(refusal(sampleEntries({ fields: { packedBytes: 0xffffffff } }))).toMatch(/^BUNDLE_ENTRY_REFUSED: .*ZIP64/);
  });
  test.each([
    ['name', { name: 'source/sumLinez.js' }],
    ['version', { version: 10 }],
    ['flags', { flags: 1 }],
    ['method', { method: 0 }],
    ['time', { time: 1 }],
    ['date', { date: 1 }],
    ['checksum', { crc: 1 }],
    ['packed size', { packedBytes: 1 }],
    ['size', { size: 1 }],
  ])('whose headers disagree on its %s', (_field, local) => {
    expect(refusal(sampleEntries({ local }))).toMatch(/^BUNDLE_CORRUPT: .*not what the directory says/);
  });
  test('whose checksum does not fit', () => {
    expect(refusal(sampleEntries({ fields: { crc: 1 } }))).toMatch(/^BUNDLE_CORRUPT: .*checksum/);
  });
});

describe('readBundle unpacks no further than declared', () => {
  const bomb = deflateRawSync(new Uint8Array(16 * 1024 * 1024));
  const path = 'source/sumLines.js';

  test('an entry that declares more than 100 bytes for each packed one', () => {
    const spoil = { packed: bomb, fields: { size: 16 * 1024 * 1024 } };
    expect(refusal(sampleEntries(spoil, path))).toMatch(/^BUNDLE_TOO_LARGE: .*packed one/);
  });
  test('a manifest of that kind', () => {
    expect(refusal(sampleEntries({ packed: bomb, fields: { size: 4 * 1024 * 1024 } }, manifestName))).toMatch(
      /^BUNDLE_TOO_LARGE: .*packed one/,
    );
  });
  test('a bomb that declares a small size', () => {
    expect(refusal(sampleEntries({ packed: bomb }, path))).toMatch(/^BUNDLE_CORRUPT: .*cannot be unpacked/);
  });
  test('a stream that gives fewer bytes than declared', () => {
    const content = sampleContent().files.get(path) ?? new Uint8Array();
    expect(refusal(sampleEntries({ packed: deflateRawSync(content.subarray(1)) }, path))).toMatch(
      /^BUNDLE_CORRUPT: .*are declared/,
    );
  });
  test('a stream with bytes behind its end', () => {
    const content = sampleContent().files.get(path) ?? new Uint8Array();
    const packed = Buffer.concat([deflateRawSync(content), utf8('hidden')]);
    expect(refusal(sampleEntries({ packed }, path))).toMatch(/^BUNDLE_CORRUPT: .*6 unread bytes/);
  });
  test('a stream that ends early, or is none', () => {
    const content = sampleContent().files.get(path) ?? new Uint8Array();
    expect(refusal(sampleEntries({ packed: deflateRawSync(content).subarray(0, -3) }, path))).toMatch(
      /^BUNDLE_CORRUPT/,
    );
    expect(refusal(sampleEntries({ packed: Uint8Array.from({ length: 100 }, () => 0xff) }, path))).toMatch(
      /^BUNDLE_CORRUPT/,
    );
  });
  test('a stored entry that declares another size', () => {
    expect(refusal(sampleEntries({ fields: { size: 3 } }, 'schema/sumLines.input.json'))).toMatch(
      /^BUNDLE_CORRUPT: .*stored in another size/,
    );
  });
  test('an entry one byte over the maximum', () => {
    const size = bundleMaxima.entryBytes + 1;
    expect(refusal(sampleEntries({ fields: { size } }, path))).toMatch(/^BUNDLE_TOO_LARGE: .*33554433 bytes/);
  });
  test('a manifest one byte over the maximum', () => {
    const size = bundleMaxima.manifestBytes + 1;
    expect(refusal(sampleEntries({ fields: { size } }, manifestName))).toMatch(/^BUNDLE_TOO_LARGE: .*4194305 bytes/);
  });
  test('entries that are together over the maximum', () => {
    const packed = new Uint8Array(400_000);
    const size = bundleMaxima.entryBytes;
    const large = Array.from({ length: 9 }, (_, index) => ({
      name: `a/${index}`,
      content: packed,
      packed,
      deflate: true,
      fields: { size },
    }));
    expect(refusal(large)).toMatch(/^BUNDLE_TOO_LARGE: .*its content/);
  });
});

describe('readBundle refuses a manifest', () => {
  const canonical = canonicalize(sampleContent().manifest) ?? '';

  test.each([
    ['that is not JSON', '{'],
    ['that is empty', ''],
    ['with a byte order mark', `\ufeff${canonical}`],
    ['with a space', canonical.replace('{', '{ ')],
    ['with a line break at its end', `${canonical}\n`],
    ['whose keys are not sorted', JSON.stringify(sampleContent().manifest)],
    ['with the same key twice', canonical.replace('{', '{"abi":"0.1.0",')],
    ['with an escape that is not needed', canonical.replace('invoice-kit', 'invoice\\u002dkit')],
    ['with a number written otherwise', canonical.replace('30000', '3e4')],
    ['of the wrong type', '[]'],
    ['of null', 'null'],
    ['with half a character', canonical.replace('größer', '\\ud800')],
    ['that nests as deep as its size allows', '['.repeat(1_000_000)],
  ])('%s', (_what, text) => {
    expect(refusal(withManifestText(text).map((entry) => ({ ...entry, deflate: false })))).toMatch(
      /^BUNDLE_MANIFEST_INVALID/,
    );
  });
  test('that is not UTF-8', () => {
    const content = Uint8Array.from([...utf8(canonical.slice(0, -1)), 0xff, 0x7d]);
    expect(refusal(sampleEntries({ content }, manifestName))).toMatch(/^BUNDLE_MANIFEST_INVALID: .*UTF-8/);
  });
  test('with a million tools or tokens, without looking at each', () => {
    const many = `[${'0,'.repeat(1_000_000)}0]`;
    const stored = (text: string) => withManifestText(text).map((entry) => ({ ...entry, deflate: false }));
    expect(refusal(stored(`{"abi":"0.1.0","tools":${many}}`))).toMatch(/^BUNDLE_MANIFEST_INVALID: .*at most 256/);
    expect(refusal(stored(`{"abi":"0.1.0","tools":[{"tokens":${many}}]}`))).toMatch(
      /^BUNDLE_MANIFEST_INVALID: .*at most 64/,
    );
  });
  test('of another ABI, by its own code', () => {
    expect(refusal(withManifestText(canonical.replace('"abi":"0.1.0"', '"abi":"0.9.0"')))).toMatch(
      /^BUNDLE_ABI_UNSUPPORTED/,
    );
  });
  test('that names a file that is missing', () => {
    expect(refusal(sampleEntries().filter(({ name }) => name !== 'source/wordCount.js.map'))).toMatch(
      /^BUNDLE_CORRUPT: .*missing/,
    );
  });
  test('whose size of a file does not fit', () => {
    const other = sampleContent().manifest;
    Object.assign(other.tools[0]?.source ?? {}, { size: 3 });
    expect(refusal(withManifestText(canonicalize(other) ?? ''))).toMatch(/^BUNDLE_HASH_MISMATCH: .*size/);
  });
  test('whose hash of a file does not fit', () => {
    const other = sampleContent().manifest;
    Object.assign(other.tools[0]?.source ?? {}, { hash: hashBytes(utf8('other')) });
    expect(refusal(withManifestText(canonicalize(other) ?? ''))).toMatch(/^BUNDLE_HASH_MISMATCH: .*hash/);
  });
  test('whose hash of an embedded component does not fit', () => {
    const other = sampleContent().manifest;
    Object.assign(other.tools[1]?.component ?? {}, { hash: hashBytes(utf8('other')) });
    expect(refusal(withManifestText(canonicalize(other) ?? ''))).toMatch(/^BUNDLE_HASH_MISMATCH: .*component/);
  });
});
