/** A whole host in this process, on a home of its own, with a key that it trusts and every gateway on free ports. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '#host';
import type { AriaApi, HostConnection, InstallResult } from '#wit/api';
import { connectHost } from '#wit/api';
import type { SecretKey } from '#wit/minisign';
import type { Clock } from '#host';
import { loadHostConfig } from '../../../firmware/config/load-config.ts';
import { type Firmware, type FirmwareSetting, startFirmware } from '../../../firmware/start.ts';
import { type SignedSample, newKey, signedBundle } from './signed-bundle.ts';

/** How a host is started. */
export interface HostOptions {
  readonly home?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Text of `aria.toml`. */
  readonly toml?: string;
  readonly clock?: Clock;
  readonly egress?: FirmwareSetting['egress'];
}

/** A host, and what tests do with it. */
export interface HostUnderTest extends AsyncDisposable {
  readonly home: string;
  readonly key: SecretKey;
  readonly firmware: Firmware;
  /** The service itself, for its owner. */
  readonly owner: AriaApi;
  /** Makes, signs and uploads a bundle. */
  install(sample: SignedSample): Promise<InstallResult>;
  /** A client over the socket, or over TCP. */
  connect(via?: 'api' | 'grpc'): Promise<HostConnection>;
  /** Stops it and starts another one on the same home. */
  restart(options?: HostOptions): Promise<void>;
}

/** A home with a trusted key. The caller removes it. */
export async function makeHome(toml?: string): Promise<{ home: string; key: SecretKey }> {
  // Paths of sockets are short.
  const home = await mkdtemp(join(tmpdir(), 'aria-'));
  const { key, publicText } = newKey();
  await mkdir(join(home, 'trust'), { mode: 0o700 });
  await writeFile(join(home, 'trust', 'tests.pub'), publicText, { mode: 0o600 });
  if (toml !== undefined) await writeFile(join(home, 'aria.toml'), toml);
  return { home, key };
}

/** Starts the firmware on a home. */
export async function startOn(
  home: string,
  { settings = {}, clock = systemClock, egress }: HostOptions = {},
): Promise<Firmware> {
  const address = '127.0.0.1:0';
  const config = await loadHostConfig({
    flags: {
      home,
      settings: {
        'listen.grpc': address,
        'listen.web': address,
        'listen.metrics': address,
        'log.file': join(home, 'log'),
        // Of all test processes: each would compile the guest engine, which takes a second.
        'store.compiled_directory': join(homedir(), '.cache/aria/compiled'),
        ...settings,
      },
    },
    environment: {},
    userHome: home,
    currentDirectory: home,
    uid: process.getuid?.(),
  });
  return startFirmware({
    config,
    clock,
    elapsedMs: () => performance.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    version: '0.0.0-test',
    pid: process.pid,
    uid: process.getuid?.(),
    ...(egress && { egress }),
  });
}

/** Starts one. */
export async function startHost(options: HostOptions = {}): Promise<HostUnderTest> {
  const { home, key } = await makeHome(options.toml);
  let firmware = await startOn(home, options);
  let sequence = 0;
  return {
    home,
    key,
    get firmware() {
      return firmware;
    },
    get owner() {
      return firmware.api({ name: 'owner', role: 'admin' });
    },
    async install(sample) {
      sequence += 1;
      const { content } = await signedBundle(key, { sequence, ...sample });
      return firmware.api({ name: 'owner', role: 'admin' }).upload(content);
    },
    connect: (via = 'api') => {
      const address = firmware.addresses[via] ?? '';
      return connectHost({ home, to: via === 'api' ? `unix:${address}` : address });
    },
    async restart(again = options) {
      await firmware[Symbol.asyncDispose]();
      firmware = await startOn(home, again);
    },
    async [Symbol.asyncDispose]() {
      await firmware[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}
