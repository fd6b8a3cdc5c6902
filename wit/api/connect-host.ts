/** Finds the host that a command means, and connects to it. */
import { readFile } from 'node:fs/promises';
import { CodedError } from '#wit/errors';
import type { AriaApi } from './api.ts';
import { readHostFile, tokenPath } from './host-file.ts';

/** Which host. */
export interface WantedHost {
  /** Its home: the host's file there names its socket, and its token is there. */
  readonly home: string;
  /** `unix:PATH`, a path, or `host:port` in place of what the home says. */
  readonly to?: string;
  /** A file with a bearer token in place of the one in the home. */
  readonly tokenFile?: string;
}

/** A connection. Leaving the scope closes it. */
export type HostConnection = AriaApi & AsyncDisposable & { readonly address: string };

/**
 * Connects; nothing is sent before the first request.
 * @throws {CodedError} `HOST_UNREACHABLE` where no host has written its address into the home.
 */
export async function connectHost({ home, to, tokenFile }: WantedHost): Promise<HostConnection> {
  const address = to === undefined ? await addressOf(home) : socketOf(to);
  const token = await readToken(tokenFile ?? tokenPath(home), tokenFile !== undefined);
  const { connectGrpc } = await import('./grpc-client.ts');
  const client = connectGrpc({ address, ...(token !== undefined && { token }) });
  return Object.assign(client, { address });
}

async function addressOf(home: string): Promise<string> {
  const file = await readHostFile(home);
  const { api, grpc } = file?.addresses ?? {};
  if (api !== undefined) return `unix:${api}`;
  if (grpc !== undefined) return grpc;
  throw new CodedError('HOST_UNREACHABLE', {
    message: `Cannot reach a host: none runs on "${home}"`,
    remedy: 'Start one with "aria up", or name another with --home or --to',
    details: { home },
  });
}

function socketOf(to: string): string {
  return to.startsWith('/') || to.startsWith('.') ? `unix:${to}` : to;
}

/** The owner of a socket needs none, so that one that is not there is no failure unless it was named. */
async function readToken(path: string, named: boolean): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    if (!named) return undefined;
    throw new CodedError(
      'UNAUTHENTICATED',
      {
        message: `Cannot read the token in "${path}": ${cause instanceof Error ? cause.message : String(cause)}`,
        remedy: 'Name a file that holds the token and that you may read',
      },
      { cause },
    );
  }
}
