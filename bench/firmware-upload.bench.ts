/** How fast a host takes a large bundle, from the first byte to the answer that it is active; and how fast it goes back. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AriaApi, type HostConnection, type UploadContent, connectHost, tokenPath } from '#wit/api';
import { hashBytes } from '#wit/bundle';
import { type ToolBundle, makeBundle } from '../test/conformance/tool-bundle.ts';
import { makeHome } from '../test/firmware/host/host-under-test.ts';
import { newKey } from '../test/firmware/host/signed-bundle.ts';
import { type HostProcess, freePorts, startHostProcess } from '../test/firmware/process/aria-process.ts';
import { type SignedArchive, heavyBundle, signArchive } from './firmware/many-bundles.ts';
import type { Benchmark, BenchmarkGroup, Measured } from './harness.ts';

/** A source map of this length packs to an archive of 12 MiB. More would be possible, and making one takes longer than its upload. */
const heavyBytes = 16 * 1024 * 1024;
/** As `arc upload` reads a file. */
const pieceBytes = 256 * 1024;

/** All hosts trust it, so that one archive is for all of them. */
const { key, publicText } = newKey();

/** A host in a process of its own. */
interface Target {
  readonly home: string;
  readonly host: HostProcess;
  readonly dispose: () => Promise<void>;
}

async function openTarget(): Promise<Target> {
  const { home } = await makeHome();
  const remove = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    await writeFile(join(home, 'trust', 'bench.pub'), publicText, { mode: 0o600 });
    const host = await startHostProcess(home, freePorts, { ARIA_HOME: home });
    const dispose = async (): Promise<void> => {
      await host[Symbol.asyncDispose]();
      await remove();
    };
    return { home, host, dispose };
  } catch (error) {
    await remove();
    throw error;
  }
}

function contentOf({ archive, signature }: SignedArchive): UploadContent {
  return {
    name: 'bench.aria',
    size: archive.length,
    hash: hashBytes(archive),
    signature,
    async *read(offset) {
      for (let at = offset; at < archive.length; at += pieceBytes) yield archive.subarray(at, at + pieceBytes);
    },
  };
}

type Upload = (content: UploadContent, archive: Uint8Array) => Promise<unknown>;

function megabytesPerSecond(bytes: number, startedMs: number): number {
  return bytes / 1_000 / (performance.now() - startedMs);
}

let bundle: Promise<ToolBundle> | undefined;
let latest: { readonly sequence: number; readonly signed: SignedArchive } | undefined;

/** A version of the large bundle; the one that was made last is kept for the other ways. */
async function heavyVersion(sequence: number): Promise<SignedArchive> {
  bundle ??= heavyBundle(heavyBytes);
  if (latest?.sequence !== sequence)
    latest = { sequence, signed: signArchive(key, await bundle, { name: 'heavy', sequence }) };
  return latest.signed;
}

/** Every sample is a new version of the bundle, made outside of its time. */
async function uploads(open: (target: Target) => Promise<{ upload: Upload; close: () => unknown }>): Promise<Measured> {
  const target = await openTarget();
  const { upload, close } = await open(target);
  let sequence = 0;
  let next: SignedArchive | undefined;
  return {
    async before() {
      sequence += 1;
      next = await heavyVersion(sequence);
    },
    async run() {
      if (next === undefined) return undefined;
      const started = performance.now();
      await upload(contentOf(next), next.archive);
      return megabytesPerSecond(next.archive.length, started);
    },
    async dispose() {
      await close();
      await target.dispose();
    },
  };
}

async function overGrpc(connection: HostConnection): Promise<{ upload: Upload; close: () => unknown }> {
  return {
    upload: (content) => connection.upload(content),
    close: () => connection[Symbol.asyncDispose](),
  };
}

async function overHttp({ home, host }: Target): Promise<{ upload: Upload; close: () => unknown }> {
  const token = (await readFile(tokenPath(home), 'utf8')).trim();
  const url = `http://${host.ready.ws ?? ''}/v1/bundles`;
  const upload: Upload = ({ name, size, hash, signature = '' }, archive) =>
    new Promise((resolve, reject) => {
      const sent = request(url, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/octet-stream',
          'content-length': size,
          'aria-bundle-name': name,
          'aria-bundle-hash': hash,
          'aria-bundle-size': size,
          'aria-bundle-signature': Buffer.from(signature).toString('base64'),
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve(undefined);
          else reject(new Error(`Cannot measure: the host answers with ${response.statusCode}`));
        });
      });
      sent.end(archive);
    });
  return { upload, close: () => undefined };
}

async function copyAndHash(): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-copy-'));
  const { archive } = await heavyVersion(1);
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await writeFile(from, archive);
  return {
    before: () => rm(to, { force: true }),
    async run() {
      const started = performance.now();
      await copyFile(from, to);
      hashBytes(await readFile(to));
      return megabytesPerSecond(archive.length, started);
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A bundle of ten tools in two versions, of which the other one becomes the active one each time. */
async function rollbacks(after: (api: AriaApi) => Promise<unknown>): Promise<Measured> {
  const target = await openTarget();
  const connection = await connectHost({ home: target.home });
  for (const sequence of [1, 2]) {
    const archive = signArchive(key, await tenTools(sequence), { name: 'kit', sequence });
    await connection.upload(contentOf(archive));
  }
  let [to, from] = ['1.0.2', '1.0.1'];
  return {
    async run() {
      [to, from] = [from, to];
      const { version } = await connection.rollback({ name: 'kit', version: to });
      if (version !== to) throw new Error(`Cannot measure: ${version} is active, and not ${to}`);
      await after(connection);
    },
    async dispose() {
      await connection[Symbol.asyncDispose]();
      await target.dispose();
    },
  };
}

function tenTools(sequence: number): Promise<ToolBundle> {
  const names = Array.from({ length: 10 }, (_none, index) => `tool${index}`);
  return makeBundle(names.map((name) => ({ name, body: `return { version: ${sequence} };` })));
}

function rollback(name: string, bounds: string, after: (api: AriaApi) => Promise<unknown>): Benchmark {
  return { name, bounds, perRound: 20, setUp: () => rollbacks(after) };
}

const whole = 'Transfer, hash, signature, unpacking and every hash in it, compilation, durable writes, activation';

/** One host for each way, in a process of its own; versions beyond the fifth go while others come. */
export const group: BenchmarkGroup = {
  name: 'firmware-upload',
  baseline: 'copy a file and hash it',
  rounds: 6,
  benchmarks: [
    {
      name: 'copy a file and hash it',
      unit: 'MB/s',
      bounds: 'The same bytes from file to file and through BLAKE3, without a sync',
      perRound: 3,
      setUp: copyAndHash,
    },
    {
      name: 'upload over gRPC, Unix socket',
      unit: 'MB/s',
      bounds: whole,
      setUp: () => uploads(async ({ home }) => overGrpc(await connectHost({ home }))),
    },
    {
      name: 'upload over gRPC, TCP',
      unit: 'MB/s',
      bounds: whole,
      setUp: () => uploads(async ({ home, host }) => overGrpc(await connectHost({ home, to: host.ready.grpc ?? '' }))),
    },
    { name: 'upload over HTTP', unit: 'MB/s', bounds: whole, setUp: () => uploads(overHttp) },
    rollback('rollback', 'Over the Unix socket, to the answer that the other version is active', async () => undefined),
    rollback('rollback and a call', 'The same, and the first result of the other version', (api) =>
      api.callTool({ tool: 'tool0', input: {} }),
    ),
  ],
};
