/** Writes a token in its one canonical spelling. */
import type { Token } from './token.ts';

/** The text of a token; `parseToken` reads it back. */
export function printToken(token: Token): string {
  switch (token.kind) {
    case 'kv':
      return `kv:${token.namespace}:${token.mode}`;
    case 'vector':
      return `vector:${token.collection}:${token.mode}`;
    case 'fs':
      return `fs:${token.root}:${token.mode}`;
    case 'net':
      return `net:${token.host}:${token.port}`;
    case 'llm':
      return `llm:${token.provider}:${token.model}`;
    case 'gpu':
      return `gpu:${token.device}:${token.mode}`;
    case 'tool':
    case 'agent':
      return `${token.kind}:${token.name}:${token.mode}`;
    case 'context':
    case 'spawn':
      return `${token.kind}:${token.scope}:${token.mode}`;
  }
}
