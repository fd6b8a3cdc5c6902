/** Whether the machine is one that a host can run on. */
import type { StatsFs } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { engineHere } from '#host';
import { type MachineReport, descriptorsUseful, machineText, readMachine, requireMachine } from '../boot/machine.ts';
import { type Check, Fault, type Scene, type Warning } from './doctor-check.ts';

/** This release is not older: a clock before it is wrong, and so is one a lifetime later. */
const yearMin = 2026;
const yearMax = 2100;
/** Below this an installation is about to fail. */
const diskBytesUseful = 2 ** 30;
const inodesUseful = 10_000;
/** Descriptors of a host beside its connections: databases, bundles, logs, engines. */
const descriptorsOwn = 256;
/** The installer puts a prefix and a user into it. */
const unitTemplate = new URL('../../deploy/aria.service', import.meta.url);

export const machineChecks: readonly Check[] = [
  {
    name: 'node',
    remedy: 'Run "npm install", which brings the Node that Aria runs on',
    look: () => `${process.versions.node} (V8 ${process.versions.v8})`,
  },
  { name: 'machine', remedy: 'Use a larger machine, or lower [minimum]', look: machineEnough },
  { name: 'clock', remedy: 'Set the clock of the machine, as with "timedatectl set-ntp true"', look: clockSane },
  { name: 'disk', remedy: 'Free space on the disk of the data directory', look: diskRoomy },
  { name: 'open files', remedy: 'Raise the limit, as with LimitNOFILE in the unit', look: descriptorsEnough },
  { name: 'systemd unit', remedy: 'Run deploy/install.sh again', look: unitAsShipped },
];

function machineOf({ home }: Scene): Promise<MachineReport> {
  const engine = engineHere();
  return readMachine({ home, engines: engine === 'v8' ? ['v8'] : [engine, 'v8'] });
}

async function machineEnough(scene: Scene): Promise<string> {
  const found = await machineOf(scene);
  const { memoryBytes, diskBytes } = scene.config.minimum;
  requireMachine(found, { memoryBytes, diskBytes, engine: scene.config.engine });
  return machineText(found);
}

function clockSane({ nowMs }: Scene): string {
  const now = new Date(nowMs);
  const year = now.getUTCFullYear();
  if (year < yearMin || year > yearMax) throw new Error(`it says ${now.toISOString()}`);
  return now.toISOString();
}

async function diskRoomy({ home }: Scene): Promise<string | Warning> {
  const { bavail, bsize, ffree, files } = await statfsAbove(home);
  const mebibytes = Math.floor((bavail * bsize) / 2 ** 20);
  // A file system without a table of inodes says 0 of 0.
  const inodes = files === 0 ? '' : `, ${ffree} files`;
  const detail = `${mebibytes} MiB${inodes} left`;
  const few = bavail * bsize < diskBytesUseful || (files > 0 && ffree < inodesUseful);
  return few ? { detail, remedy: 'Free space: installations and compiled code need it' } : detail;
}

/** Of the nearest directory that is there. */
async function statfsAbove(path: string): Promise<StatsFs> {
  try {
    return await statfs(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return statfsAbove(dirname(path));
  }
}

async function descriptorsEnough(scene: Scene): Promise<string | Warning> {
  const { descriptorsMax } = await machineOf(scene);
  if (descriptorsMax === undefined) return 'the system does not say how many';
  if (descriptorsMax < descriptorsUseful)
    throw new Error(`only ${descriptorsMax} may be open, and a busy host needs ${descriptorsUseful}`);
  const { connectionsMax } = scene.config.limits;
  if (descriptorsMax < connectionsMax + descriptorsOwn)
    return {
      detail: `${descriptorsMax} may be open, and limits.connections_max is ${connectionsMax}`,
      remedy: `Raise the limit to ${connectionsMax + descriptorsOwn}, or lower limits.connections_max`,
    };
  return `${descriptorsMax} may be open`;
}

async function unitAsShipped({ unitFile }: Scene): Promise<string | Warning> {
  const installed = await readFile(unitFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (installed === undefined) return 'not installed';
  const [, prefix = ''] = /^ExecStart=(.*)\/node_modules\/node\/bin\/node /m.exec(installed) ?? [];
  const [, user = ''] = /^User=(.*)$/m.exec(installed) ?? [];
  if (prefix === '') throw new Fault(`"${unitFile}" does not start Aria`, 'Run deploy/install.sh again');
  const shipped = (await readFile(unitTemplate, 'utf8')).replaceAll('@PREFIX@', prefix).replaceAll('@USER@', user);
  if (shipped === installed) return `as shipped, from ${prefix}`;
  const differing = installed.split('\n').findIndex((line, index) => line !== shipped.split('\n')[index]) + 1;
  return {
    detail: `"${unitFile}" differs from the one of this version, first in line ${Math.max(1, differing)}`,
    remedy: 'Run deploy/install.sh again, and put changes of your own into aria.service.d ("systemctl edit aria")',
  };
}
