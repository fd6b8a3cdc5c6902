/** A host in this process, for programs that measure it from within. */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { systemClock } from '#host';
import type { AriaApi } from '#wit/api';
import { loadHostConfig } from '../../firmware/config/load-config.ts';
import type { HostConfig } from '../../firmware/config/host-config.ts';
import { type Firmware, startFirmware } from '../../firmware/start.ts';

const anyPort = '127.0.0.1:0';

/** What every host of a benchmark has: ports that are free, no line on stderr, and no client that is held back. */
const benchSettings: Readonly<Record<string, string>> = {
  'listen.grpc': anyPort,
  'listen.web': anyPort,
  'listen.metrics': anyPort,
  'limits.requests_per_second': '1000000',
  'limits.requests_burst': '1000000',
};

/** The configuration of a host on a home. */
export function benchConfig(home: string): Promise<HostConfig> {
  return loadHostConfig({
    flags: { home, settings: { ...benchSettings, 'log.file': `${home}/log` } },
    environment: {},
    userHome: home,
    currentDirectory: home,
    uid: process.getuid?.(),
  });
}

/** Starts it. The caller disposes of it. @throws where its boot fails. */
export async function startBenchHost(home: string): Promise<Firmware> {
  const firmware = await startFirmware({
    config: await benchConfig(home),
    clock: systemClock,
    elapsedMs: () => performance.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
    version: '0.0.0-bench',
    pid: process.pid,
    uid: process.getuid?.(),
  });
  if (firmware.failure !== undefined) throw firmware.failure;
  return firmware;
}

/** The service, for its owner. */
export function ownerApi(firmware: Firmware): AriaApi {
  return firmware.api({ name: 'owner', role: 'admin' });
}
