/** Where a running host can be reached: a file in its home that the host writes when it is ready, and removes when it stops. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { HostAddresses } from './status.ts';

const hostFileSchema = z.object({
  pid: z.int().min(1),
  addresses: z.object({
    grpc: z.string().optional(),
    ws: z.string().optional(),
    metrics: z.string().optional(),
    api: z.string().optional(),
    rpc: z.string().optional(),
  }),
});

/** What the file says. It may be of a host that was killed: whoever connects finds out. */
export interface HostFile {
  readonly pid: number;
  readonly addresses: HostAddresses;
}

/** The path of the file in a home. */
export function hostFilePath(home: string): string {
  return join(home, 'host.json');
}

/** The path of the bearer token in a home; 0600. */
export function tokenPath(home: string): string {
  return join(home, 'token');
}

/** What a host wrote into its home; `undefined` where there is no such file, or none that says anything. */
export async function readHostFile(home: string): Promise<HostFile | undefined> {
  try {
    const parsed = hostFileSchema.parse(JSON.parse(await readFile(hostFilePath(home), 'utf8')));
    const addresses = Object.entries(parsed.addresses).filter(([, address]) => address !== undefined);
    return { pid: parsed.pid, addresses: Object.fromEntries(addresses) as HostAddresses };
  } catch {
    return undefined;
  }
}
