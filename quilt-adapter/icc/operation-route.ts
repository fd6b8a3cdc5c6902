/** `POST /operations/<interface>.<function>`: every operation of `aria:host` as it is. */
import { type Answer, type Exchange, runOperation } from './exchange.ts';
import { routeNotFound } from './errors.ts';
import { httpStatusOf } from './http-status.ts';
import { operationArguments, operationForms } from './operation-forms.ts';

/** Answers `{"ok": value}` or `{"failed": {tag, val, code, message, …}}`. */
export async function answerOperation(exchange: Exchange): Promise<Answer> {
  const form = operationForms().get(exchange.name);
  if (!form) throw routeNotFound('POST', `/operations/${exchange.name}`);
  const given = operationArguments(form, exchange.body);
  const outcome = await runOperation(exchange, form.name, given, exchange.signal);
  if (outcome.kind === 'ok') return { status: 200, body: { ok: form.writeValue(outcome.value, exchange.form) } };
  const { error, wire } = outcome;
  return { status: httpStatusOf(wire), body: { failed: { ...error, ...wire } } };
}
