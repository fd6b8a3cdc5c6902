/** Lines of a host's log on a terminal: what `aria logs` and `arc logs` both do. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LogEntry, LogQuery } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import { printable, printableInLine } from './format.ts';
import { type HostOptions, openHost } from './open-host.ts';
import type { Terminal } from './terminal.ts';

/** Options of the command. */
export interface LogsOptions extends HostOptions {
  readonly follow?: boolean;
  readonly tail: number;
  readonly level: LogEntry['level'];
  readonly source?: string;
}

const levelColours = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

/** Adds the options that are of logs alone. */
export function addLogsOptions(command: Command): Command {
  return command
    .option('-f, --follow', 'go on with lines that come, until an interrupt')
    .addOption(new Option('-n, --tail <lines>', 'lines that are there already').default(100).argParser(wholeNumber))
    .addOption(new Option('--level <level>', 'least level').choices(Object.keys(levelColours)).default('info'))
    .option('--source <name>', 'only of this tool or bundle');
}

/** Prints lines. @throws {CodedError} `SLOW_READER`, `HOST_UNREACHABLE`. */
export async function followLogs(
  options: LogsOptions,
  context: {
    readonly terminal: Terminal;
    readonly signal: AbortSignal;
    readonly home: string;
    readonly currentDirectory: string;
  },
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { follow = false, tail, level, source, json } = options;
  await using host = await openHost(options, context);
  const query: LogQuery = { signal, follow, tail, level, ...(source !== undefined && { source }) };
  try {
    for await (const entry of host.logs(query))
      await terminal.write(json ? `${JSON.stringify(entry)}\n` : `${entryText(entry, terminal)}\n`);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  return exitCodes.done;
}

function entryText({ atMs, level, source, message, fields }: LogEntry, { paint }: Terminal): string {
  const rest = Object.keys(fields).length === 0 ? '' : ` ${paint('dim', printable(JSON.stringify(fields)))}`;
  const head = `${new Date(atMs).toISOString()} ${paint(levelColours[level], level)} ${printable(source)}`;
  return `${head} ${printableInLine(message)}${rest}`;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Expected a number from 0 to 999999');
  return Number(text);
}
