/** Tells a failure to a person: what and why, the places, and what to do now. */
import { type WireError, toWireError } from '#wit/errors';
import { printableInLine } from './format.ts';
import type { Terminal } from './terminal.ts';

/** More violations than this are counted, not listed; `--json` has all of them. */
const violationsShownMax = 20;

/** Writes what was thrown to stderr. A bug comes with its stack, which a report of it needs. */
export function sayError(thrown: unknown, terminal: Terminal): void {
  const error = toWireError(thrown);
  sayWireError(error, terminal);
  if (error.code === 'INTERNAL' && thrown instanceof Error && thrown.stack !== undefined) terminal.say(thrown.stack);
}

/** Writes an error to stderr. Its texts may be a tool's own. */
export function sayWireError(error: WireError, terminal: Terminal): void {
  terminal.say(
    `${terminal.tint(['red', 'bold'], `error ${printableInLine(error.code)}`)} ${printableInLine(error.message)}`,
  );
  for (const line of places(error)) terminal.say(`  ${printableInLine(line)}`);
  terminal.say(`  ${terminal.tint('dim', 'remedy:')} ${printableInLine(error.remedy)}`);
}

function places({ details }: WireError): readonly string[] {
  const { violations, excerpt, excerptColumn } = details;
  if (typeof excerpt === 'string' && isColumnOf(excerptColumn, excerpt)) {
    return [excerpt, `${' '.repeat(Math.max(0, excerptColumn - 1))}^`];
  }
  if (!Array.isArray(violations)) return [];
  const lines = violations.slice(0, violationsShownMax).map(violationLine);
  const more = violations.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

/** Details may be a tool's own: a column is believed where the text has it. */
function isColumnOf(value: unknown, text: string): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= text.length + 1;
}

function violationLine(violation: unknown): string {
  if (typeof violation !== 'object' || violation === null) return String(violation as string | number | boolean | null);
  // A manifest's violations have paths, a value's have JSON pointers.
  const place = 'pointer' in violation ? violation.pointer : 'path' in violation ? violation.path : '';
  const path = typeof place === 'string' ? place : '';
  const message = 'message' in violation && typeof violation.message === 'string' ? violation.message : '';
  return `${path === '' ? '(the whole value)' : path}: ${message}`;
}
