/** Whether others can reach the host. */
import { lstatSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connectHost, hostFilePath, readHostFile } from '#wit/api';
import { answers } from '../boot/run-directory.ts';
import type { ListenAddress } from '../config/host-config.ts';
import { type Check, Fault, type Scene, type Warning } from './doctor-check.ts';

export const networkChecks: readonly Check[] = [
  { name: 'ports', remedy: 'Set other ports in [listen]', look: portsFree },
  { name: 'sockets', remedy: 'Set listen.run_directory to a directory of this user', look: socketsFresh },
  { name: 'host', remedy: 'Read its log with "aria logs", or stop and start it', look: hostAnswers },
];

/** A host that takes longer for a page of status is not well. */
const statusMsMax = 3000;

async function portsFree({ config, holder }: Scene): Promise<string> {
  const wanted = { grpc: config.grpc, web: config.web, metrics: config.metrics };
  const said: string[] = [];
  for (const [name, address] of Object.entries(wanted)) {
    if (address === undefined) continue;
    const text = `${name} ${address.host}:${address.port}`;
    const code = await bindCode(address);
    if (code === undefined) said.push(`${text} free`);
    else if (code === 'EADDRINUSE' && holder !== 'free')
      said.push(`${text} in use, as it should be while the host runs`);
    else throw new Fault(stateOf(text, code), remedyOf(name, address.port, code));
  }
  return said.length === 0 ? 'none is listened on' : said.join(', ');
}

/** Binds for a moment; what the system says where that is not possible. */
async function bindCode({ host, port }: ListenAddress): Promise<string | undefined> {
  const server = createServer();
  try {
    return await new Promise<string | undefined>((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      server.listen({ host, port, exclusive: true }, () => resolve(undefined));
    });
  } finally {
    server.close();
  }
}

function stateOf(text: string, code: string): string {
  if (code === 'EADDRINUSE') return `${text} is in use by another program; the system does not tell this user by which`;
  if (code === 'EADDRNOTAVAIL') return `${text} is no address of this machine`;
  return code === 'EACCES' ? `${text} is for root only` : `${text} cannot be bound: ${code}`;
}

function remedyOf(name: string, port: number, code: string): string {
  if (code === 'EADDRINUSE')
    return `Find it with "ss -ltnp 'sport = :${port}'" and stop it, or set listen.${name} to another port`;
  return `Set listen.${name} to another address`;
}

async function socketsFresh({ runDirectory, holder, sources: { uid } }: Scene): Promise<string | Warning> {
  const directory = lstatSync(runDirectory, { throwIfNoEntry: false });
  if (directory === undefined) return `"${runDirectory}" is not there yet`;
  if (!directory.isDirectory())
    throw new Fault(`"${runDirectory}" is no directory, or a link to one`, `Remove "${runDirectory}"`);
  if (uid !== undefined && uid !== 0 && directory.uid !== uid)
    throw new Error(`"${runDirectory}" belongs to the user ${directory.uid}`);
  if ((directory.mode & 0o022) !== 0)
    throw new Fault(`others may write "${runDirectory}"`, `Run "chmod 700 ${runDirectory}"`);
  const said: string[] = [];
  for (const name of ['api.sock', 'rpc.sock']) {
    const path = join(runDirectory, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (!found.isSocket()) throw new Fault(`"${path}" is in the way and no socket`, `Remove "${path}"`);
    const alive = await answers(path);
    if (!alive && holder !== 'free')
      throw new Fault(`nobody answers on "${path}", though a host runs`, 'Stop and start the host');
    if (alive && holder === 'free')
      throw new Fault(
        `a host of another data directory answers on "${path}"`,
        'Set listen.run_directory to another directory',
      );
    said.push(alive ? `${name} answers` : `${name} is stale; the next "aria up" removes it`);
  }
  return said.length === 0 ? `none in "${runDirectory}"` : said.join(', ');
}

async function hostAnswers({ home, holder, version }: Scene): Promise<string | Warning> {
  if (holder === 'free') return 'none runs on this data directory';
  const file = await readHostFile(home);
  if (file === undefined)
    return {
      detail: `one runs, and has not yet written "${hostFilePath(home)}"`,
      remedy: 'Wait until it is ready, then look again',
    };
  await using host = await connectHost({ home });
  const status = await host.status({ signal: AbortSignal.timeout(statusMsMax) });
  const failed = status.boot.find(({ state }) => state === 'failed');
  if (failed !== undefined)
    throw new Fault(
      `its phase "${failed.phase}" has failed: ${failed.detail ?? 'it does not say why'}`,
      failed.remedy ?? 'Read its log',
    );
  if (status.version !== version)
    return {
      detail: `version ${status.version} runs, and this is ${version}`,
      remedy: 'Restart the host, as with "systemctl restart aria"',
    };
  return `${status.state}, version ${status.version}, engine ${status.engine}`;
}
