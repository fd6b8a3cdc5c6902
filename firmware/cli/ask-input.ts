/** Asks a person for the input of a tool, field by field, as its schema has them. Questions stand on stderr, since stdout is for data. */
import process from 'node:process';
import { confirm, isCancel, select, text } from '@clack/prompts';
import { schemaText } from '#terminal';
import { CodedError } from '#wit/errors';
import { decodeValue, textForm } from '#wit/values';

/** Fields that are asked for: nobody answers more. */
const fieldsMax = 50;

type Schema = Readonly<Record<string, unknown>>;

/** Where questions stand and answers come from. */
interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && process.stderr.columns > 0;
}

/** Asks for each property of the schema; what is optional may stay empty. @throws {CodedError} `CANCELLED`, `INPUT_INVALID`. */
export async function askForInput(schema: unknown, signal: AbortSignal): Promise<unknown> {
  const streams: Streams = { input: process.stdin, output: process.stderr, signal };
  const properties =
    isSchema(schema) && isSchema(schema['properties']) ? Object.entries(schema['properties']) : undefined;
  if (properties === undefined) {
    const whole = await askText(streams, {
      message: `Input (${schemaText(schema)}), as JSON`,
      optional: false,
      check: jsonProblem,
    });
    return decodeValue(JSON.parse(whole), textForm);
  }
  if (properties.length > fieldsMax)
    throw new CodedError('INPUT_INVALID', {
      message: `Cannot ask for the input: it has ${properties.length} fields`,
      remedy: 'Pass it with --input @FILE',
    });
  const required = isSchema(schema) && Array.isArray(schema['required']) ? schema['required'] : [];
  const answers: Record<string, unknown> = Object.create(null);
  for (const [name, property] of properties) {
    const answer = await askField(streams, { name, property, optional: !required.includes(name) });
    if (answer !== undefined) answers[name] = answer;
  }
  return decodeValue({ ...answers }, textForm);
}

interface Field {
  readonly name: string;
  readonly property: unknown;
  readonly optional: boolean;
}

async function askField(streams: Streams, { name, property, optional }: Field): Promise<unknown> {
  const description =
    isSchema(property) && typeof property['description'] === 'string' ? ` – ${property['description']}` : '';
  const message = `${name}${optional ? ' (optional)' : ''}${description}`;
  const values = isSchema(property) && Array.isArray(property['enum']) ? property['enum'] : undefined;
  if (values !== undefined && values.every((value) => typeof value === 'string')) {
    const options = values.map((value: string) => ({ value, label: value }));
    const answer = await select<string>({
      ...streams,
      message,
      options: optional ? [{ value: '', label: '(none)' }, ...options] : options,
    });
    return answered(answer) || undefined;
  }
  const type = isSchema(property) ? property['type'] : undefined;
  if (type === 'boolean' && !optional) return answered(await confirm({ ...streams, message }));
  if (type === 'string') {
    const answer = await askText(streams, { message, optional: true, check: () => undefined });
    return answer === '' && optional ? undefined : answer;
  }
  const shown = type === 'number' || type === 'integer' ? message : `${message}, as JSON (${schemaText(property)})`;
  const answer = await askText(streams, { message: shown, optional, check: jsonProblem });
  return answer === '' ? undefined : (JSON.parse(answer) as unknown);
}

async function askText(
  streams: Streams,
  { message, optional, check }: { message: string; optional: boolean; check: (value: string) => string | undefined },
): Promise<string> {
  const answer: string | symbol | undefined = await text({
    ...streams,
    message,
    validate: (value) => (value === undefined || value === '' ? (optional ? undefined : 'Needed') : check(value)),
  });
  return answered<string>(answer) ?? '';
}

function answered<Answer extends string | boolean>(answer: Answer | symbol | undefined): Answer | undefined {
  if (typeof answer !== 'symbol' && !isCancel(answer)) return answer;
  throw new CodedError('CANCELLED', {
    message: 'Cannot call the tool: the questions were not answered',
    remedy: 'Call again, or pass --input',
  });
}

function jsonProblem(value: string): string | undefined {
  try {
    JSON.parse(value);
    return undefined;
  } catch {
    return 'JSON is wanted: text stands in double quotes';
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
