/** Which host a command speaks to: its options, and the connection. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { HostConnection } from '#wit/api';
import type { HelpFacts } from './command-help.ts';

/** Options of every command that speaks to a host. */
export interface HostOptions {
  readonly home?: string;
  readonly to?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** What finding a host takes of a command's context. */
interface HostContext {
  /** `$ARIA_HOME`, absolute. */
  readonly home: string;
  readonly currentDirectory: string;
}

/** How a host is found, for the help of every command that speaks to one. */
export const hostHelp = {
  files: [
    ['$ARIA_HOME/host.json', 'where the host listens; there while it runs'],
    ['$ARIA_HOME/token', 'its bearer token, shown over TCP; its owner needs none on the socket'],
  ],
} as const satisfies HelpFacts;

/** Adds the options. `json`: what `--json` prints. */
export function addHostOptions(command: Command, json: string): Command {
  return command
    .option('--home <dir>', 'data directory of the host (default: $ARIA_HOME, or ~/.aria)')
    .option('--to <address>', 'another host: a socket ("unix:PATH") or "host:port"')
    .option('--token-file <file>', 'file with the bearer token (default: "token" in the data directory)')
    .option('--json', json);
}

/** Connects to the host that the options name; the caller leaves the scope. @throws {CodedError} `HOST_UNREACHABLE`, `UNAUTHENTICATED`. */
export async function openHost({ home, to, tokenFile }: HostOptions, context: HostContext): Promise<HostConnection> {
  const { connectHost } = await import('#wit/api');
  return connectHost({
    home: home === undefined ? context.home : resolve(context.currentDirectory, home),
    ...(to !== undefined && { to }),
    ...(tokenFile !== undefined && { tokenFile: resolve(context.currentDirectory, tokenFile) }),
  });
}
