/** Events and lines of logs as messages of `aria.v1`, and back. */
import { parseJson } from '#wit/values';
import type { HostEvent, LogEntry } from './events.ts';

/** `HostEvent`. */
export interface HostEventMessage extends Omit<HostEvent, 'data'> {
  readonly dataJson: string;
}

/** `LogEntry`. */
export interface LogEntryMessage extends Omit<LogEntry, 'fields'> {
  readonly fieldsJson: string;
}

/** The message of an event. */
export function hostEventToMessage({ data, ...rest }: HostEvent): HostEventMessage {
  return { ...rest, dataJson: JSON.stringify(data) };
}

/** The event of a message. */
export function hostEventFromMessage({ dataJson, ...rest }: HostEventMessage): HostEvent {
  return { ...rest, data: parseJson(dataJson) as HostEvent['data'] };
}

/** The message of a line. */
export function logEntryToMessage({ fields, ...rest }: LogEntry): LogEntryMessage {
  return { ...rest, fieldsJson: JSON.stringify(fields) };
}

/** The line of a message. */
export function logEntryFromMessage({ fieldsJson, ...rest }: LogEntryMessage): LogEntry {
  return { ...rest, fields: parseJson(fieldsJson) as LogEntry['fields'] };
}
