/** Asks a person for the input of a tool, field by field, as its schema has them. Questions stand on stderr, since stdout is for data. */
import process from 'node:process';
import { isCancel, select, text } from '@clack/prompts';
import { printable, schemaText } from '#terminal';
import { CodedError } from '#wit/errors';
import { decodeValue, textForm } from '#wit/values';

/** Fields that are asked for: nobody answers more. */
const fieldsMax = 50;
/** References to definitions that are followed: a schema may go in circles. */
const referencesMax = 16;
/** Longer descriptions are cut in a question. */
const descriptionCharactersMax = 120;
/** More values than this are typed, not chosen. */
const choicesMax = 50;

type Schema = Readonly<Record<string, unknown>>;

/** Where questions stand and answers come from. */
interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** A property of the input. */
interface Field {
  readonly name: string;
  /** With references resolved. */
  readonly schema: Schema;
  readonly optional: boolean;
  /** As a line of TypeScript. */
  readonly type: string;
}

/** Asks for each property of the schema; what is optional may stay empty. The host checks the answers. @throws {CodedError} `CANCELLED`, `INPUT_INVALID`. */
export async function askForInput(schema: unknown, signal: AbortSignal): Promise<unknown> {
  const streams: Streams = { input: process.stdin, output: process.stderr, signal };
  const fields = fieldsOf(schema);
  if (fields === undefined) return decodeValue(await askWhole(streams, schema), textForm);
  if (fields.length > fieldsMax)
    throw new CodedError('INPUT_INVALID', {
      message: `Cannot ask for the input: it has ${fields.length} fields, at most ${fieldsMax} are asked for`,
      remedy: 'Pass it with --input @FILE',
    });
  const answers: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const field of fields) {
    const answer = await askField(streams, field);
    if (answer !== undefined) answers[field.name] = answer;
  }
  return decodeValue({ ...answers }, textForm);
}

/** The properties of a schema; `undefined` where it is anything but one object of known properties. */
function fieldsOf(schema: unknown): readonly Field[] | undefined {
  if (!isSchema(schema)) return undefined;
  const definitions = isSchema(schema['$defs']) ? schema['$defs'] : {};
  const root = resolved(schema, definitions);
  if (!isSchema(root['properties'])) return undefined;
  const required: readonly unknown[] = Array.isArray(root['required']) ? root['required'] : [];
  return Object.entries(root['properties']).map(([name, property]) => {
    const described = isSchema(property) ? property : {};
    const inner = resolved(described, definitions);
    return {
      name,
      schema: { ...inner, ...described },
      optional: !required.includes(name),
      type: schemaText({ ...inner, $defs: definitions }),
    };
  });
}

/** What a reference stands for. */
function resolved(schema: Schema, definitions: Schema): Schema {
  let found = schema;
  for (let followed = 0; followed < referencesMax; followed += 1) {
    const reference = found['$ref'];
    if (typeof reference !== 'string') return found;
    const next = definitions[reference.replace(/^#\/\$defs\//, '')];
    if (!isSchema(next)) return {};
    found = next;
  }
  return {};
}

async function askWhole(streams: Streams, schema: unknown): Promise<unknown> {
  const message = `Input as JSON: ${schemaText(schema)}`;
  return JSON.parse(await askText(streams, { message, optional: false, initial: '', check: jsonProblem }));
}

async function askField(streams: Streams, field: Field): Promise<unknown> {
  const { schema, optional, type } = field;
  const values = choicesOf(schema);
  if (values !== undefined) return askChoice(streams, field, values);
  const question = { optional, initial: initialText(schema) };
  // An empty text is a text, where one is wanted; the author says by a minimum where it is not.
  if (schema['type'] === 'string' && schema['aria:blob'] !== true) {
    const answer = await askText(streams, {
      ...question,
      optional: true,
      message: messageOf(field),
      check: () => undefined,
    });
    return answer === '' && optional ? undefined : answer;
  }
  const number = schema['type'] === 'number' || schema['type'] === 'integer';
  const answer = await askText(streams, {
    ...question,
    message: number ? messageOf(field) : `${messageOf(field)}, as JSON: ${type}`,
    check: number ? (value) => numberProblem(value, schema['type'] === 'integer') : jsonProblem,
  });
  return answer === '' ? undefined : (JSON.parse(answer) as unknown);
}

/** The values of which one is chosen. */
function choicesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema['type'] === 'boolean') return [true, false];
  if (Object.hasOwn(schema, 'const')) return [schema['const']];
  const values = schema['enum'];
  return Array.isArray(values) && values.length > 0 && values.length <= choicesMax ? values : undefined;
}

async function askChoice(streams: Streams, field: Field, values: readonly unknown[]): Promise<unknown> {
  const options = values.map((value, index) => ({ value: index, label: choiceText(value) }));
  const initial = values.indexOf(field.schema['default']);
  const answer = answered<number>(
    await select<number>({
      ...streams,
      message: messageOf(field),
      options: field.optional ? [{ value: -1, label: '(none)' }, ...options] : options,
      ...(initial >= 0 && { initialValue: initial }),
    }),
  );
  return answer === undefined || answer < 0 ? undefined : values[answer];
}

function choiceText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A default of the author's, ready to be taken. */
function initialText({ default: value, type }: Schema): string {
  if (value === undefined) return '';
  return printable(type === 'string' && typeof value === 'string' ? value : JSON.stringify(value));
}

/** Names and descriptions may come from anybody. */
function messageOf({ name, schema, optional }: Field): string {
  const { description } = schema;
  const text = typeof description === 'string' ? (printable(description).split('\n', 1)[0] ?? '') : '';
  const cut = text.length > descriptionCharactersMax ? `${text.slice(0, descriptionCharactersMax)}…` : text;
  return `${printable(name).replaceAll('\n', ' ')}${optional ? ' (optional)' : ''}${cut === '' ? '' : `: ${cut}`}`;
}

async function askText(
  streams: Streams,
  {
    message,
    optional,
    initial,
    check,
  }: {
    readonly message: string;
    readonly optional: boolean;
    readonly initial: string;
    readonly check: (value: string) => string | undefined;
  },
): Promise<string> {
  const answer: string | symbol | undefined = await text({
    ...streams,
    message,
    initialValue: initial,
    validate: (value) => (value === undefined || value === '' ? (optional ? undefined : 'Needed') : check(value)),
  });
  return answered<string>(answer) ?? '';
}

function answered<Answer extends string | number>(answer: Answer | symbol | undefined): Answer | undefined {
  if (typeof answer !== 'symbol' && !isCancel(answer)) return answer;
  throw new CodedError('CANCELLED', {
    message: 'Cannot call the tool: the questions were not answered',
    remedy: 'Call again, or pass --input',
  });
}

function numberProblem(value: string, whole: boolean): string | undefined {
  const parsed = jsonProblem(value) === undefined ? (JSON.parse(value) as unknown) : undefined;
  if (typeof parsed !== 'number') return 'A number is wanted';
  return whole && !Number.isInteger(parsed) ? 'A whole number is wanted' : undefined;
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
