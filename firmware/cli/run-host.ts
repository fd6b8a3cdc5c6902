/** A host in the foreground, until it is told to stop. */
import { randomBytes } from 'node:crypto';
import module from 'node:module';
import { homedir } from 'node:os';
import process from 'node:process';
import { systemClock } from '#host';
import { packageVersion, printable } from '#terminal';
import type { HostStatus } from '#wit/api';
import { type ExitCode, exitCodeOf, exitCodes } from '#wit/errors';
import { connectServiceManager } from '../boot/service-manager.ts';
import { listenForStop } from '../boot/stop-signal.ts';
import { loadHostConfig } from '../config/load-config.ts';
import { type Firmware, startFirmware } from '../start.ts';
import type { CommandContext } from './context.ts';
import { whenAborted } from '../when-aborted.ts';

/** Options of the command. */
export interface UpOptions {
  readonly home?: string;
  readonly config?: string;
  readonly trust?: readonly string[];
  readonly allowUnsigned?: boolean;
  readonly grpc?: string;
  readonly web?: string;
  readonly metrics?: string;
  readonly engine?: string;
  readonly logLevel?: string;
  readonly demo?: boolean;
  readonly json?: boolean;
}

/** Runs a host. Exits with 0 after a stop that was asked for; with 5 where its boot had failed. `ready`: what happens once calls are served. @throws {CodedError} `CONFIG_INVALID`, `HOME_LOCKED`, `LISTEN_REFUSED`. */
export async function runHost(
  options: UpOptions,
  { terminal, environment, currentDirectory, releaseSignals }: CommandContext,
  ready?: (firmware: Firmware) => Promise<void>,
): Promise<ExitCode> {
  const elapsedMs = (): number => performance.now();
  // The first signal drains, the second leaves at once: both are the host's own affair.
  releaseSignals();
  using stop = listenForStop(process, elapsedMs);
  const uid = process.getuid?.();
  const config = await loadHostConfig({
    flags: { home: options.home, config: options.config, trust: options.trust, settings: settingsOf(options) },
    environment,
    userHome: homedir(),
    currentDirectory,
    uid,
  });
  await using firmware = await startFirmware({
    config,
    clock: systemClock,
    elapsedMs,
    random: (length) => new Uint8Array(randomBytes(length)),
    version: packageVersion(),
    pid: process.pid,
    uid,
  });
  await using manager = connectServiceManager({
    environment,
    pid: process.pid,
    clock: systemClock,
    onFault: (state) => terminal.say(`the service manager does not hear: ${printable(state)}`),
  });
  const status = firmware.status();
  await terminal.write(
    options.json === true ? `${JSON.stringify(readyJson(firmware, status))}\n` : banner(firmware, status),
  );
  // A host whose boot failed stays, to tell what is wrong: a service manager that started it anew would find the same.
  const { components, bundles } = status;
  await manager.ready(firmware.failure?.message ?? `${components.tools} tools of ${bundles.active} bundles`);
  if (firmware.failure === undefined) await ready?.(firmware);
  keepCompiledModules();
  await whenAborted(stop.drain);
  await manager.stopping('draining');
  await firmware.drain(stop.now);
  return firmware.failure === undefined ? exitCodes.done : exitCodeOf(firmware.failure.wire);
}

/** The line that scripts read. An address that nothing listens on is null. */
function readyJson(firmware: Firmware, { boot }: HostStatus): unknown {
  const { grpc = null, ws = null, metrics = null, api = null, rpc = null } = firmware.addresses;
  const { failure } = firmware;
  const addresses = { grpc, ws, metrics, api, rpc };
  return failure === undefined
    ? { ready: true, ...addresses }
    : { ready: false, ...addresses, error: failure.wire, boot };
}

function banner(firmware: Firmware, status: HostStatus): string {
  const { failure } = firmware;
  const lines = Object.entries(firmware.addresses).map(([name, address]) => `  ${name.padEnd(8)} ${String(address)}`);
  if (failure !== undefined)
    return [
      `NOT READY: ${printable(failure.message)}`,
      `  next: ${printable(failure.wire.remedy)}`,
      'What is wrong can be read meanwhile with "aria status" and "aria logs":',
      ...lines,
      '',
    ].join('\n');
  const { tools, agents, teams, pipelines } = status.components;
  const took = Math.max(0, ...status.boot.map(({ startedMs = 0, durationMs = 0 }) => startedMs + durationMs));
  return [
    `READY after ${took.toFixed(0)} ms: ${status.bundles.active} bundles with ${tools} tools, ${agents} agents, ${teams} teams, ${pipelines} pipelines on ${status.engine}`,
    ...lines,
    ...(status.allowUnsigned ? ['WARNING: bundles that nobody signed run here (allow_unsigned)'] : []),
    ...(status.upgradesWaiting > 0 ? [`${status.upgradesWaiting} upgrades wait: run "aria approve"`] : []),
    '',
  ].join('\n');
}

type Settings = NonNullable<Parameters<typeof loadHostConfig>[0]['flags']['settings']>;

function settingsOf({ allowUnsigned, grpc, web, metrics, engine, logLevel }: UpOptions): Settings {
  return {
    ...(allowUnsigned === true && { 'host.allow_unsigned': 'true' }),
    ...(grpc !== undefined && { 'listen.grpc': grpc }),
    ...(web !== undefined && { 'listen.web': web }),
    ...(metrics !== undefined && { 'listen.metrics': metrics }),
    ...(engine !== undefined && { 'host.engine': engine }),
    ...(logLevel !== undefined && { 'log.level': logLevel }),
  };
}

/** How long after it is ready a host writes down what it has compiled of itself, in milliseconds: later than the first calls. */
const keepModulesMs = 3_000;

/** Node does so when a process ends; one that is killed would start cold every time. */
function keepCompiledModules(): void {
  setTimeout(() => module.flushCompileCache(), keepModulesMs).unref();
}
