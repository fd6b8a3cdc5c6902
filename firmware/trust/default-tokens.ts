/** The default list: what a first install gets where the configuration has no list for its key. */
import { type Token, isPublicHost } from '#wit/tokens';

/** Everything but files, processes, and hosts that may be on a private network. */
export function isGrantedByDefault(token: Token): boolean {
  switch (token.kind) {
    case 'fs':
    case 'spawn':
      return false;
    case 'net':
      return isPublicHost(token.host);
    case 'kv':
    case 'vector':
    case 'llm':
    case 'gpu':
    case 'tool':
    case 'agent':
    case 'context':
      return true;
  }
}
