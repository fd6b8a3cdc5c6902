/**
 * Resource tokens: what a tool may touch. A token is a capability, a lock or quota for the scheduler, and a line of the diff
 * that a person approves.
 */

/** The kinds of tokens, in the order of the contract. */
export const tokenKinds = ['kv', 'vector', 'fs', 'net', 'llm', 'gpu', 'tool', 'agent', 'context', 'spawn'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** `r`: read. `append`: add what is not there. `rw`: read, add, replace, remove. `x`: all of it, alone, for the whole call. */
export type AccessMode = 'r' | 'append' | 'rw' | 'x';

/** A resource token. `parseToken` makes only well-formed ones; a scope's last part may be `*`, which stands for any. */
export type Token =
  /** A namespace is dotted and covers what lies below it: `orders` covers `orders.pending`; `orders.*` only what lies below. */
  | { readonly kind: 'kv'; readonly namespace: string; readonly mode: AccessMode }
  /** A collection's parts are joined by colons or dots. It names itself only; `embeddings:*` what begins with `embeddings:`. */
  | { readonly kind: 'vector'; readonly collection: string; readonly mode: AccessMode }
  | { readonly kind: 'fs'; readonly root: string; readonly mode: 'r' | 'rw' }
  /** `host` as `URL.hostname` shows it: lower case, IPv6 compressed and in brackets. */
  | { readonly kind: 'net'; readonly host: string; readonly port: number | '*' }
  /** The SDK names a model `provider:model`; a model may hold colons, a provider may not. */
  | { readonly kind: 'llm'; readonly provider: string; readonly model: string }
  /** `device` may be `any`, which stands for every device. */
  | { readonly kind: 'gpu'; readonly device: string; readonly mode: 'compute' }
  /** `name` may be `bundle/name`, for a tool or an agent of another bundle. */
  | { readonly kind: 'tool'; readonly name: string; readonly mode: 'call' }
  | { readonly kind: 'agent'; readonly name: string; readonly mode: 'call' }
  | { readonly kind: 'context'; readonly scope: 'session'; readonly mode: 'r' | 'append' }
  | { readonly kind: 'spawn'; readonly scope: 'self'; readonly mode: 'exec' };

/** The longest token, in characters: a host name (253) and a namespace (128) fit with room. */
export const tokenCharactersMax = 512;
/** The longest namespace, collection or model, in characters; the limit of `kv.wit`. */
export const scopeCharactersMax = 128;
/** The longest root, provider, device, tool, agent or bundle name, in characters; the limit of a tool's name. */
export const nameCharactersMax = 64;

/** How each kind is written, for messages and help. */
export const tokenForms: Readonly<Record<TokenKind, string>> = {
  kv: 'kv:<namespace>:r|append|rw|x',
  vector: 'vector:<collection>:r|append|rw|x',
  fs: 'fs:<root>:r|rw',
  net: 'net:<host>:<port>',
  llm: 'llm:<provider>:<model>',
  gpu: 'gpu:<device|any>:compute',
  tool: 'tool:<name>:call',
  agent: 'agent:<name>:call',
  context: 'context:session:r|append',
  spawn: 'spawn:self:exec',
};

/** An interface of `aria:host` that needs a token. */
export type GrantedInterface = 'kv' | 'vectors' | 'files' | 'net' | 'llm' | 'gpu' | 'tools' | 'agents' | 'context';

const interfaces: Readonly<Record<TokenKind, GrantedInterface | undefined>> = {
  kv: 'kv',
  vector: 'vectors',
  fs: 'files',
  net: 'net',
  llm: 'llm',
  gpu: 'gpu',
  tool: 'tools',
  agent: 'agents',
  context: 'context',
  spawn: undefined,
};

/** The interface of `aria:host` that a token of this kind grants; `spawn` grants none, since only containers have processes. */
export function interfaceOfToken(kind: TokenKind): GrantedInterface | undefined {
  return interfaces[kind];
}
