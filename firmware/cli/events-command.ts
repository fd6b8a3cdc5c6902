/** `aria events`: what happens in the host, as it happens. */
import { type HostOptions, openHost, printable, usageWrong } from '#terminal';
import { type EventCursor, type EventKind, type HostEvent, eventKinds } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import { nearestName } from '#wit/tokens';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface EventsOptions extends HostOptions {
  /** `epoch:sequence`. */
  readonly after?: string;
  readonly kind?: readonly string[];
}

/** Follows events until an interrupt. @throws {CodedError} `SLOW_READER`, `HOST_UNREACHABLE`. */
export async function eventsCommand(options: EventsOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  const after = options.after === undefined ? undefined : cursorOf(options.after);
  const kinds = options.kind?.map(kindOf);
  await using host = await openHost(options, context);
  const query = { signal, ...(after && { after }), ...(kinds && { kinds }) };
  try {
    for await (const event of host.events(query))
      await terminal.write(options.json ? `${JSON.stringify(event)}\n` : `${eventText(event)}\n`);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  return exitCodes.done;
}

function eventText({ atMs, sequence, kind, data }: HostEvent): string {
  const facts = Object.entries(data).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return printable(`${new Date(atMs).toISOString()} ${sequence} ${kind} ${facts.join(' ')}`).replaceAll('\n', ' ');
}

function cursorOf(text: string): EventCursor {
  const at = text.lastIndexOf(':');
  const sequence = Number(text.slice(at + 1));
  if (at < 1 || !/^\d{1,15}$/.test(text.slice(at + 1)))
    throw usageWrong('aria events', `"${text}" is not EPOCH:SEQUENCE`, 'Take both from an event as --json prints it');
  return { epoch: text.slice(0, at), sequence };
}

function kindOf(text: string): EventKind {
  const kind = eventKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  const near = nearestName(text, eventKinds);
  throw usageWrong(
    'aria events',
    `there is no kind of event "${text}"`,
    near === undefined ? `Take one of ${eventKinds.join(', ')}` : `Did you mean "${near}"?`,
  );
}
