/** Lines for the person who runs the tool. */
import type { LogLevel } from '#wit/host-types';
import { jsonText } from './json.ts';
import { notify } from './operations.ts';

/** What a line carries beside its text: any JSON object. */
export type LogFields = { readonly [key: string]: unknown };

/**
 * Lines for the person who runs the tool; no token needed. What goes beyond 256 KiB a call is dropped and counted.
 * @example
 * log.info('stored', { orders: 12 });
 */
export const log = {
  debug: (message: string, fields?: LogFields): void => write('debug', message, fields),
  info: (message: string, fields?: LogFields): void => write('info', message, fields),
  warn: (message: string, fields?: LogFields): void => write('warn', message, fields),
  error: (message: string, fields?: LogFields): void => write('error', message, fields),
} as const;

function write(level: LogLevel, message: string, fields: LogFields | undefined): void {
  notify('log.write', level, String(message), fields === undefined ? undefined : fieldsText(fields));
}

/* A line is never lost, and a tool never fails, because a field has no JSON form. */
function fieldsText(fields: LogFields): string {
  try {
    return jsonText(fields);
  } catch (error) {
    return jsonText({ unwritable: String(error) });
  }
}
