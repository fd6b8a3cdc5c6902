/** The bundle: what is written can be read, and is the same bytes everywhere. */
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { bundleMaxima, hashBytes, manifestName, readBundle, writeBundle } from '#wit/bundle';
import { fuzzTimeoutMs } from '../fuzz.ts';
import { sampleContent, utf8 } from './sample-bundle.ts';

describe('writeBundle', () => {
  test('what it writes, readBundle reads back, with sizes and hashes', () => {
    const { manifest, files } = sampleContent();
    const bytes = writeBundle({ manifest, files });
    const bundle = readBundle(bytes);
    expect(bundle.manifest).toEqual(manifest);
    expect(bundle.files).toEqual(new Map([...files].toSorted(([left], [right]) => (left < right ? -1 : 1))));
    expect(bundle.size).toBe(bytes.length);
    expect(bundle.hash).toBe(hashBytes(bytes));
    expect(bundle.manifestHash).toBe(hashBytes(unzipSync(bytes)[manifestName] ?? new Uint8Array()));
  });

  test('the bytes do not depend on the order of keys and files', () => {
    const { manifest, files } = sampleContent();
    const turned = Object.fromEntries(Object.entries(manifest).toReversed()) as typeof manifest;
    const bytes = writeBundle({ manifest: turned, files: new Map([...files].toReversed()) });
    expect(hashBytes(bytes)).toBe(hashBytes(writeBundle({ manifest, files })));
  });

  test('the bytes are those of every other machine and every other day', () => {
    expect(hashBytes(writeBundle(sampleContent()))).toBe(
      'b4f5575aae2665df412f4a80e370ee66c135fa8da75506bd6ca982f3e223002a',
    );
  });

  test('another ZIP reader finds the manifest first and the files sorted', () => {
    const { files } = sampleContent();
    const entries = unzipSync(writeBundle(sampleContent()));
    expect(Object.keys(entries)).toEqual([manifestName, ...[...files.keys()].toSorted()]);
    for (const [name, content] of files) expect(entries[name]).toEqual(content);
  });

  test('content that compresses further than the reader allows is stored, and can be read', () => {
    const { manifest, files } = sampleContent();
    const source = utf8(' '.repeat(1024 * 1024));
    files.set('source/sumLines.js', source);
    Object.assign(manifest.tools[0] ?? {}, {
      source: { path: 'source/sumLines.js', hash: hashBytes(source), size: source.length },
    });
    const bytes = writeBundle({ manifest, files });
    expect(bytes.length).toBeGreaterThan(source.length);
    expect(readBundle(bytes).files.get('source/sumLines.js')).toEqual(source);
  });

  test('a file that the manifest does not name is refused', () => {
    const { manifest, files } = sampleContent();
    files.set('source/other.js', utf8('1'));
    expect(() => writeBundle({ manifest, files })).toThrow(expect.objectContaining({ code: 'BUNDLE_ENTRY_REFUSED' }));
  });

  test('a file that is missing is refused', () => {
    const { manifest, files } = sampleContent();
    files.delete('source/sumLines.js');
    expect(() => writeBundle({ manifest, files })).toThrow(expect.objectContaining({ code: 'BUNDLE_CORRUPT' }));
  });

  test('a file that differs from its hash is refused', () => {
    const { manifest, files } = sampleContent();
    files.set('schema/sumLines.output.json', utf8('[]'));
    expect(() => writeBundle({ manifest, files })).toThrow(expect.objectContaining({ code: 'BUNDLE_HASH_MISMATCH' }));
  });

  test('a file one byte over the maximum is refused, one at the maximum is taken', { timeout: fuzzTimeoutMs }, () => {
    for (const [size, code] of [
      [bundleMaxima.entryBytes, undefined],
      [bundleMaxima.entryBytes + 1, 'BUNDLE_TOO_LARGE'],
    ] as const) {
      const { manifest, files } = sampleContent();
      const source = new Uint8Array(size);
      files.set('source/sumLines.js', source);
      Object.assign(manifest.tools[0] ?? {}, { source: { path: 'source/sumLines.js', hash: hashBytes(source), size } });
      const write = () => writeBundle({ manifest, files });
      if (code === undefined) expect(readBundle(write()).files.get('source/sumLines.js')?.length).toBe(size);
      else expect(write).toThrow(expect.objectContaining({ code }));
    }
  });
});

test('hashBytes is BLAKE3 (the vectors of its specification for no bytes and for "abc")', () => {
  expect(hashBytes(new Uint8Array())).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
  expect(hashBytes(utf8('abc'))).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
});
