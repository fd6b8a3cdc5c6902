/** https://console.spec.whatwg.org/ on `log.write`: a line is at most 64 KiB, and a call's lines are bounded by the host. */
import type { LogLevel } from '#wit/host-types';
import { native } from '../../../sdk/native.ts';
import { notify } from '../../../sdk/operations.ts';
import { format } from './format.ts';
import { type InspectOptions, inspect } from './inspect.ts';
import { table } from './table.ts';

const groupsMax = 32;
const counts = new Map<string, number>();
const timers = new Map<string, number>();
let groups = 0;

function write(level: LogLevel, text: string): void {
  const indent = '  '.repeat(groups);
  notify('log.write', level, indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`), undefined);
}

function elapsed(label: string, rest: readonly unknown[], end: boolean): void {
  const started = timers.get(label);
  if (started === undefined) return write('warn', `No such label '${label}'`);
  if (end) timers.delete(label);
  write('info', [`${label}: ${native().nowMs() - started}ms`, ...(rest.length > 0 ? [format(rest)] : [])].join(' '));
}

/** The global `console`. */
export const console = {
  debug: (...args: readonly unknown[]): void => write('debug', format(args)),
  log: (...args: readonly unknown[]): void => write('info', format(args)),
  info: (...args: readonly unknown[]): void => write('info', format(args)),
  warn: (...args: readonly unknown[]): void => write('warn', format(args)),
  error: (...args: readonly unknown[]): void => write('error', format(args)),
  trace(...args: readonly unknown[]): void {
    const stack = (new Error().stack ?? '').split('\n').slice(1).join('\n').trimEnd();
    write('error', `Trace${args.length > 0 ? `: ${format(args)}` : ''}\n${stack}`);
  },
  assert(condition?: unknown, ...args: readonly unknown[]): void {
    if (condition) return;
    const [first, ...rest] = args;
    if (args.length === 0) write('error', 'Assertion failed');
    else if (typeof first === 'string') write('error', `Assertion failed: ${format([first, ...rest])}`);
    else write('error', `Assertion failed: ${format(args)}`);
  },
  dir: (value: unknown, options: InspectOptions = {}): void => write('info', inspect(value, options)),
  dirxml: (...args: readonly unknown[]): void => write('info', format(args)),
  table(data: unknown, columns?: readonly string[]): void {
    write('info', table(data, columns) ?? format([data]));
  },
  count(label: unknown = 'default'): void {
    const count = (counts.get(String(label)) ?? 0) + 1;
    counts.set(String(label), count);
    write('info', `${String(label)}: ${count}`);
  },
  countReset(label: unknown = 'default'): void {
    if (!counts.delete(String(label))) write('warn', `Count for '${String(label)}' does not exist`);
  },
  group(...args: readonly unknown[]): void {
    if (args.length > 0) write('info', format(args));
    groups = Math.min(groupsMax, groups + 1);
  },
  groupCollapsed(...args: readonly unknown[]): void {
    console.group(...args);
  },
  groupEnd(): void {
    groups = Math.max(0, groups - 1);
  },
  time(label: unknown = 'default'): void {
    if (timers.has(String(label))) write('warn', `Label '${String(label)}' already exists`);
    else timers.set(String(label), native().nowMs());
  },
  timeLog: (label: unknown = 'default', ...rest: readonly unknown[]): void => elapsed(String(label), rest, false),
  timeEnd: (label: unknown = 'default'): void => elapsed(String(label), [], true),
};
