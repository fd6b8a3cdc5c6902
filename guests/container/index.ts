/** What runs inside a container. */
import { readFile } from 'node:fs/promises';

/** The agent as one script for Bun. */
export function agentScript(): Promise<Uint8Array> {
  return readFile(new URL('built/agent.js', import.meta.url));
}
