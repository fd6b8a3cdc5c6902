/** What a call came to: as JSON for a script, as lines for a person. */
import type { CallOutcome, LogLine } from '#wit/interfaces';
import { encodeValue, parseJson, textForm } from '#wit/values';
import { printable, printableInLine } from './format.ts';
import type { Terminal } from './terminal.ts';

/** The output as JSON has it, bytes as `{"$base64": "…"}`. A tool without a result has the output `null`. */
export function outputJson(output: unknown): unknown {
  return encodeValue(output ?? null, textForm, 'OUTPUT_INVALID');
}

/** The whole outcome as JSON. */
export function outcomeJson(outcome: CallOutcome): Readonly<Record<string, unknown>> {
  const { logs, logBytesDropped, usage } = outcome;
  const rest = {
    logs: logs.map(({ level, message, fields }) => ({ level, message, fields: fieldsJson(fields) })),
    logBytesDropped,
    usage,
  };
  return outcome.kind === 'done'
    ? { kind: 'done', output: outputJson(outcome.output), ...rest }
    : { kind: 'failed', error: outcome.error, stack: outcome.stack ?? null, ...rest };
}

function fieldsJson(fields: string | undefined): unknown {
  try {
    return fields === undefined ? {} : parseJson(fields);
  } catch {
    return { text: fields };
  }
}

const levelColours = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const satisfies Record<
  LogLine['level'],
  string
>;

/** Writes a tool's line to stderr. */
export function sayLogLine({ level, message, fields }: LogLine, terminal: Terminal): void {
  const rest = fields === undefined || fields === '{}' ? '' : ` ${terminal.tint('dim', printable(fields))}`;
  terminal.say(`${terminal.tint(levelColours[level], level)} ${printableInLine(message)}${rest}`);
}

/** Writes what a call logged to stderr. */
export function sayLogs({ logs, logBytesDropped }: CallOutcome, terminal: Terminal): void {
  for (const line of logs) sayLogLine(line, terminal);
  if (logBytesDropped > 0) terminal.say(`… and ${logBytesDropped} bytes of log lines over the maximum were dropped`);
}
