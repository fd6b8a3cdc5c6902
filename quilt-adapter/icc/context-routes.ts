/** `GET /context` and `POST /context/add`: the conversation of the call, in the shape of the earlier ICC. */
import type { ContextEntry } from '#wit/host-types';
import { bodyInvalid, requestInvalid } from './errors.ts';
import { type Answer, type Exchange, failedAnswer, runOperation } from './exchange.ts';

const parameters = ['filter', 'limit', 'include_history', 'include_memory'];
/** Entries, where `limit` is absent. */
const limitDefault = 50;
/** Who speaks, where the body does not say. */
const roleDefault = 'tool';

/** Answers `{session_id, execution_history}`; there is no working memory, step or agent's configuration to tell of. */
export async function answerContext(exchange: Exchange): Promise<Answer> {
  const limit = limitOf(exchange.query);
  const session = { session_id: exchange.session ?? null };
  if (exchange.query.get('include_history') === 'false') return { status: 200, body: session };
  const outcome = await runOperation(exchange, 'context.get', { args: [limit], blobs: [] }, exchange.signal);
  if (outcome.kind === 'failed') return failedAnswer(outcome.wire);
  const history = (outcome.value as readonly ContextEntry[]).map(({ role, content, createdMs }) => ({
    role,
    content,
    created_ms: createdMs,
  }));
  return { status: 200, body: { ...session, execution_history: history } };
}

/** Answers `{success, message}`. The body is `{role?, content}`, or any other JSON, which is added as its text. */
export async function answerContextAdd(exchange: Exchange): Promise<Answer> {
  const { role, content } = entryOf(exchange.body.json);
  const outcome = await runOperation(exchange, 'context.add', { args: [role, content], blobs: [] }, exchange.signal);
  if (outcome.kind === 'failed') return failedAnswer(outcome.wire);
  return { status: 200, body: { success: true, message: 'added' } };
}

function limitOf(query: URLSearchParams): number {
  for (const name of new Set(query.keys())) {
    if (!parameters.includes(name) || query.getAll(name).length > 1)
      throw requestInvalid(`the parameter "${name.slice(0, 64)}"`, 'is unknown, or there twice', {
        remedy: `Use each of ${parameters.join(', ')} once`,
      });
  }
  refuse(query, 'filter', [''], 'Leave it out, and filter what comes');
  refuse(query, 'include_memory', ['', 'false'], 'Leave it out: a tool keeps what it wants to remember with kv');
  refuse(query, 'include_history', ['', 'true', 'false'], 'Send true or false');
  const written = query.get('limit');
  if (written === null) return limitDefault;
  if (!/^[1-9]\d{0,5}$/.test(written)) throw bodyInvalid('/limit', 'it is no whole number', 'Send 1 to 1000');
  return Number(written);
}

function refuse(query: URLSearchParams, name: string, neutral: readonly string[], remedy: string): void {
  if (neutral.includes(query.get(name) ?? '')) return;
  throw bodyInvalid(`/${name}`, 'this host does not serve it', remedy);
}

function entryOf(json: unknown): { readonly role: string; readonly content: string } {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const { role = roleDefault, content, ...others } = json as Readonly<Record<string, unknown>>;
    const plain = typeof role === 'string' && typeof content === 'string' && Object.keys(others).length === 0;
    if (plain) return { role, content };
  }
  return { role: roleDefault, content: typeof json === 'string' ? json : JSON.stringify(json) };
}
