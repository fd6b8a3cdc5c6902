/** Parts of a bundle by their names, and their fields one by one: what is the same for tools, agents, teams and pipelines. */
import type { Breaking, Change, PartKind, Subject } from './change.ts';
import { isSameJson } from './diff-schema.ts';

/** A part that has a name. */
export interface NamedPart {
  readonly name: string;
}

/** Parts of the same name; one is absent where the part is not in both bundles. */
export interface PartPair<Part extends NamedPart> {
  readonly subject: Subject;
  readonly before: Part | undefined;
  readonly after: Part | undefined;
}

/** All parts of both bundles: those that were there before, in their order, and then those that are new. */
export function pairParts<Part extends NamedPart>(
  kind: PartKind,
  before: readonly Part[],
  after: readonly Part[],
): readonly PartPair<Part>[] {
  const beforeByName = new Map(before.map((part) => [part.name, part]));
  const afterByName = new Map(after.map((part) => [part.name, part]));
  return [...new Set([...beforeByName.keys(), ...afterByName.keys()])].map((name) => ({
    subject: { kind, name },
    before: beforeByName.get(name),
    after: afterByName.get(name),
  }));
}

/** Says that a part came or went; nothing where it is in both bundles. */
export function diffPresence<Part extends NamedPart>({ subject, before, after }: PartPair<Part>): readonly Change[] {
  if (before === undefined) return [{ kind: 'added', subject, breaking: 'no', message: 'is new' }];
  if (after === undefined) return [{ kind: 'removed', subject, breaking: 'yes', message: 'is no longer there' }];
  return [];
}

/** A field, and what it means to callers that it changed. */
export interface FieldRule {
  readonly field: string;
  readonly breaking?: Breaking;
}

/** Fields that differ. Long values are in `before` and `after`, and not in the message. */
export function diffFields(
  { before, after }: { readonly before: object; readonly after: object },
  subject: Subject,
  rules: readonly FieldRule[],
): readonly Change[] {
  return rules.flatMap(({ field, breaking = 'no' }): readonly Change[] => {
    const [left, right]: readonly unknown[] = [Reflect.get(before, field), Reflect.get(after, field)];
    if (isSameJson(left, right)) return [];
    const message = changeText(field, left, right);
    return [
      { kind: 'changed', subject, field, breaking, message, ...present('before', left), ...present('after', right) },
    ];
  });
}

/** Limits that differ: a lower one may end calls that came through before. */
export function diffLimits(
  { before, after }: { readonly before: object; readonly after: object },
  subject: Subject,
  fields: readonly string[],
): readonly Change[] {
  return diffFields(
    { before, after },
    subject,
    fields.map((field) => {
      const [left, right]: readonly unknown[] = [Reflect.get(before, field), Reflect.get(after, field)];
      const lower = typeof left === 'number' && typeof right === 'number' && right < left;
      return { field, breaking: lower ? 'maybe' : 'no' };
    }),
  ).map((change) => ({ ...change, kind: 'limit-changed' }));
}

function present(name: 'before' | 'after', value: unknown): Pick<Change, 'before' | 'after'> {
  return value === undefined ? {} : { [name]: value };
}

/** Values that fit into a line. */
const valueCharactersMax = 60;

function changeText(field: string, before: unknown, after: unknown): string {
  if (before === undefined) return `has ${field} now${shortText(after) === undefined ? '' : `: ${shortText(after)}`}`;
  if (after === undefined) return `has no ${field} any more`;
  const [left, right] = [shortText(before), shortText(after)];
  return left === undefined || right === undefined ? `has another ${field}` : `${field}: ${left} → ${right}`;
}

function shortText(value: unknown): string | undefined {
  const text = JSON.stringify(value) ?? '';
  return text.length <= valueCharactersMax ? text : undefined;
}
