/** What requests may hold, checked before the service sees it. One form for HTTP and WebSocket. */
import { componentKinds, eventKinds, logLevels, requestKeyPattern, roles } from '#wit/api';
import { z } from 'zod';
import { requestInvalid } from './errors.ts';

const name = z.string().min(1).max(256);
/** Names a request, or makes it one and the same: `RequestOptions`. */
const key = z.string().regex(requestKeyPattern, 'is not 1 to 128 of "A-Z a-z 0-9 . _ : -"');
const timeoutMs = z.int().min(1).max(2_147_483_647);
const bytes = z.strictObject({ $base64: z.string() });
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not 64 hexadecimal digits, lower case');
/** A signature file has four short lines. */
const signature = z.string().max(8192);

/** What goes with any request. */
export const optionsForm = z.strictObject({
  timeoutMs: timeoutMs.exactOptional(),
  requestId: key.exactOptional(),
  idempotencyKey: key.exactOptional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/, 'is no trace context of W3C')
    .exactOptional(),
});
export type RequestOptionsJson = z.output<typeof optionsForm>;

export const nothingForm = z.strictObject({});
export const authenticateForm = z.strictObject({ token: z.string().max(2048) });
export const listComponentsForm = z.strictObject({
  kind: z.enum(componentKinds).exactOptional(),
  bundle: name.exactOptional(),
  text: z.string().max(1024).exactOptional(),
  pageSize: z.int().min(1).max(1000).exactOptional(),
  pageToken: z.string().max(1024).exactOptional(),
});
export const getComponentForm = z.strictObject({ name, kind: z.enum(componentKinds).exactOptional() });
export const callToolForm = z.strictObject({
  tool: name,
  input: z.unknown(),
  timeoutMs: timeoutMs.exactOptional(),
  seed: bytes.exactOptional(),
  session: key.exactOptional(),
  progress: z.boolean().exactOptional(),
});
/** A comparison has no progress. */
export const divergeForm = callToolForm.omit({ progress: true, session: true });
export const whyForm = z.strictObject({ callId: name });
export const rollbackForm = z.strictObject({ name, version: name.exactOptional() });
export const removeVersionForm = z.strictObject({ name, version: name });
export const upgradeForm = z.strictObject({ id: name });
export const uploadForm = z.strictObject({
  name: z.string().max(256),
  size: z.int().min(1),
  hash,
  signature: signature.exactOptional(),
  allowDowngrade: z.boolean().exactOptional(),
});
export const uploadChunkForm = z.strictObject({
  id: z.union([z.string(), z.number()]),
  read: z.int().min(1),
  offset: z.int().min(0),
  bytes,
});
export const eventsForm = z.strictObject({
  after: z.strictObject({ epoch: z.string().max(128), sequence: z.int().min(0) }).exactOptional(),
  kinds: z.array(z.enum(eventKinds)).max(eventKinds.length).exactOptional(),
});
export const logsForm = z.strictObject({
  follow: z.boolean().exactOptional(),
  tail: z.int().min(0).max(1_000_000).exactOptional(),
  level: z.enum(logLevels).exactOptional(),
  source: name.exactOptional(),
});
export const unsubscribeForm = z.strictObject({ subscription: z.int().min(1) });
export const mintForm = z.strictObject({ name, role: z.enum(roles), ttlMs: z.int().min(1) });

/** Reads what a client sent. @throws {CodedError} `REQUEST_INVALID`, naming the first place at fault. */
export function readForm<Form extends z.ZodType>(form: Form, json: unknown, at = ''): z.output<Form> {
  const read = form.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [at, ...(issue?.path ?? []).map((part) => String(part).slice(0, 64))].filter((part) => part !== '');
  throw requestInvalid(path.join('.') || 'its content', wordsOf(issue));
}

function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'is wrong';
  // What a client sent is not repeated at length.
  if (issue.code === 'unrecognized_keys') return `has the unknown key "${(issue.keys[0] ?? '').slice(0, 64)}"`;
  if (issue.code === 'invalid_format') return issue.message.slice(0, 256);
  return `is wrong: ${issue.message.slice(0, 256)}`;
}
