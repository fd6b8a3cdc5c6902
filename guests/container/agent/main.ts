/** The agent: what runs in a container before the tool does. `bun agent.js SOCKET [starts-nothing]`. */
// First: the prelude changes globals while it is loaded.
import { cpuUsage, process, writeError } from './captured.ts';
import { type HostSignature, protocolVersion, startsNothing } from '#wit/turns';
import type { ToolFactory } from '../../sdk/native.ts';
import { main as installTemplate } from '../../engine/template/main.ts';
import { installClock } from './clock.ts';
import { Connection } from './connection.ts';
import { forward } from './forwarder.ts';
import { giveUpPrograms } from './give-up.ts';
import { installRandom, narrowToGuest, takeGlobals, widenToBun } from './globals.ts';
import { compileSource, withBuiltins } from './tool-source.ts';
import { type Begin, Turns } from './turns.ts';

/** Put here when the agent is built: what the WIT says. */
declare const hostSignatureTable: readonly HostSignature[];

const bunGlobals = takeGlobals();
let isBun = false;

function enter({ environment, forwarding }: Begin): void {
  for (const [name, value] of Object.entries({ ...environment, ...forwarding?.environment })) process.env[name] = value;
  if (!forwarding) return;
  for (const { host, address, port } of forward(forwarding))
    writeError(
      `Cannot listen at ${address}:${port} for ${host ?? 'the proxy'}: the port is not free here. Use HTTPS_PROXY\n`,
    );
}

/** Without it no tool may run here: the host hears that the container did not become ready. */
function giveUp(): void {
  try {
    giveUpPrograms();
  } catch (error) {
    writeError(`Cannot give up starting programs: ${String(error)}\n`);
    process.exit(1);
  }
}

function load({ tool, engine, granted }: Begin, source: string): ToolFactory {
  if (engine === 'quickjs') {
    narrowToGuest();
    return compileSource(source, tool, engine);
  }
  isBun = true;
  widenToBun(bunGlobals, granted.includes('net'));
  return withBuiltins(compileSource(source, tool, engine));
}

const [, ownFile = '', path = '/run/aria/turns.sock', given] = process.argv;
const connection = new Connection();
const turns = new Turns({ connection, signatures: hostSignatureTable, enter, load, ownFile });

installClock();
installTemplate(turns.native());
installRandom();
process.on('beforeExit', turns.idle);
// As in the guest engine: a rejection that nobody handles, and what a microtask throws, end nothing.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', (error) => {
  // Bun's own callbacks are those of tools of its engine only.
  if (isBun) turns.failed(error);
});

if (given === startsNothing) giveUp();
const connected = connection.open(path, { frame: turns.take, close: () => process.exit(0) });
void connected.then(
  () => {
    const { user, system } = cpuUsage();
    connection.send({ kind: 'ready', version: protocolVersion, cpuMs: (user + system) / 1_000 }, []);
  },
  () => process.exit(1),
);
