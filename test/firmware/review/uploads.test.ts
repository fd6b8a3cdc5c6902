/** Uploads of several clients at the same time, of which an installation takes long. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '#host';
import type { UploadContent } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import { Uploads } from '../../../firmware/service/uploads.ts';

function contentOf(bytes: Uint8Array): UploadContent {
  return {
    name: 'a.aria',
    size: bytes.length,
    hash: hashBytes(bytes),
    async *read(from) {
      yield bytes.subarray(from);
    },
  };
}

async function withUploads(act: (uploads: Uploads) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-uploads-'));
  try {
    await act(new Uploads(directory, systemClock));
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('the same archive, sent again and again while it waits to be installed, is in memory sixteen times at most', () =>
  withUploads(async (uploads) => {
    const content = contentOf(randomBytes(100));
    const installed = Promise.withResolvers<void>();
    let waiting = 0;
    const install = async (): Promise<void> => {
      waiting += 1;
      await installed.promise;
    };
    const taken: Promise<void>[] = [];
    for (let n = 1; n <= 16; n += 1) {
      taken.push(uploads.take(content, install));
      while (waiting < n) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(uploads.take(content, install)).rejects.toMatchObject({ code: 'OVERLOADED' });
    installed.resolve();
    await Promise.all(taken);
    await uploads.take(content, install);
    expect(waiting).toBe(17);
  }));

test('an upload that is installed takes nothing from the same one that comes meanwhile', () =>
  withUploads(async (uploads) => {
    const bytes = randomBytes(1024 * 1024);
    const content = contentOf(bytes);
    for (let n = 0; n < 20; n += 1) {
      const second = Promise.withResolvers<Uint8Array>();
      await uploads.take(content, async () => {
        // Begins while the first one is about to be forgotten.
        uploads.take(content, (archive) => Promise.resolve(archive)).then(second.resolve, second.reject);
      });
      expect(await second.promise).toEqual(bytes);
    }
  }));
