/** `POST /agents/:name`: an agent, in the shape of the earlier ICC. */
import { parseJson } from '#wit/values';
import { BodyFields } from './body-fields.ts';
import { type Answer, type Exchange, failedAnswer, runOperation } from './exchange.ts';

const fields = ['agent_name', 'message', 'context', 'max_turns'] as const;
const remedy = 'Leave it out, and say in the message what the agent has to know';

/** Answers `{success, response?, error_message?, error?}`. An operation knows no conversation id and no number of turns: neither is made up. */
export async function answerAgent(exchange: Exchange): Promise<Answer> {
  const body = new BodyFields(exchange.body.json, fields);
  body.sameAs('agent_name', exchange.name);
  body.refuse('context', undefined, remedy);
  body.refuse('max_turns', undefined, remedy);
  const given = { args: [exchange.name, body.text('message')], blobs: [] };
  const outcome = await runOperation(exchange, 'agents.invoke', given, exchange.signal);
  if (outcome.kind === 'failed') return failedAnswer(outcome.wire);
  return { status: 200, body: { success: true, response: parseJson(String(outcome.value)) } };
}
