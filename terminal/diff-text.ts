/** The differences between two bundles, for a person: grouped, what breaks callers first. Names and texts may come from anybody. */
import type { Breaking, BundleDiff, Change, SizeChange, Subject, TokenChange } from '#wit/diff';
import { columns, countText, printable, sizeText } from './format.ts';
import type { Terminal } from './terminal.ts';

/** A version of a bundle. */
interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

/** What is shown. */
export interface ShownDiff {
  readonly before: NamedVersion;
  readonly after: NamedVersion;
  readonly diff: BundleDiff;
}

type Paint = Terminal['paint'];

/** Findings of one schema that are shown; `--json` has all. */
const findingsMax = 12;
/** Characters of an example. */
const exampleCharactersMax = 100;

const marks: Readonly<Record<Breaking, { readonly text: string; readonly style: Parameters<Paint>[0] }>> = {
  yes: { text: 'breaks', style: ['bold', 'red'] },
  maybe: { text: 'may break', style: 'yellow' },
  no: { text: 'ok', style: 'green' },
};

/** The whole text. */
export function diffText({ before, after, diff }: ShownDiff, { paint }: Pick<Terminal, 'paint'>): string {
  const title = paint('bold', `${nameOf(before)} → ${nameOf(after)}`);
  if (diff.same) return `${title}\nNothing differs.\n`;
  const parts = [...diff.tools, ...diff.orchestration];
  const groups: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['bundle', rank(diff.bundle).flatMap((change) => changeLines(change, paint))],
    ...[...Map.groupBy(parts, ({ subject }) => subjectText(subject))].map(
      ([name, changes]) => [name, rank(changes).flatMap((change) => changeLines(change, paint))] as const,
    ),
    ['tokens', tokenLines(diff.tokens, paint)],
    ['sizes', columns(diff.sizes.map(sizeCells))],
  ];
  const texts = groups
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => ['', paint('bold', name), ...lines.map((line) => `  ${line}`)].join('\n'));
  return `${[title, summary(diff, paint), ...texts].join('\n')}\n`;
}

function nameOf({ name, version }: NamedVersion): string {
  return printable(`${name} ${version}`);
}

function subjectText({ kind, name }: Subject): string {
  return `${kind} ${printable(name)}`;
}

const order: readonly Breaking[] = ['yes', 'maybe', 'no'];

function rank(changes: readonly Change[]): readonly Change[] {
  return changes.toSorted((left, right) => order.indexOf(left.breaking) - order.indexOf(right.breaking));
}

function summary({ bundle, tools, orchestration, tokens, newTokens }: BundleDiff, paint: Paint): string {
  const all = [...bundle, ...tools, ...orchestration];
  const count = (breaking: Breaking): number => all.filter((change) => change.breaking === breaking).length;
  const [yes, maybe] = [count('yes'), count('maybe')];
  const parts = [
    ...(yes > 0
      ? [paint(marks.yes.style, `${countText(yes, 'change')} ${yes === 1 ? 'breaks' : 'break'} callers`)]
      : []),
    ...(maybe > 0 ? [paint(marks.maybe.style, `${countText(maybe, 'change')} may break callers`)] : []),
    ...(newTokens.length > 0
      ? [paint(marks.maybe.style, `${countText(newTokens.length, 'new token')} to approve`)]
      : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return tokens.length === 0
    ? 'No change breaks callers.'
    : 'No change breaks callers, and no token has to be approved.';
}

function changeLines({ breaking, message, findings = [] }: Change, paint: Paint): readonly string[] {
  const { text, style } = marks[breaking];
  const shown = findings.slice(0, findingsMax).map(({ certain, pointer, message: reason, witness }) => {
    const place = pointer === '' ? 'the whole' : JSON.stringify(pointer);
    const example = witness === undefined ? '' : exampleText(witness.value);
    return `    ${inLine(`${place} ${reason}`)}${certain ? '' : ' (not certain)'}${example === '' ? '' : paint('dim', example)}`;
  });
  const more = findings.length > findingsMax ? [`    and ${findings.length - findingsMax} more; --json has all`] : [];
  return [`${paint(style, text.padEnd(9))}  ${inLine(message)}`, ...shown, ...more];
}

function exampleText(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Uint8Array ? 'bytes' : inner)) ?? '';
  return text === '' || text.length > exampleCharactersMax ? '' : `, such as ${inLine(text)}`;
}

/** A text in a line of arc's own: nothing in it begins another line. */
function inLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n');
}

function tokenLines(tokens: readonly TokenChange[], paint: Paint): readonly string[] {
  const rows = columns(tokens.map(({ subject, message }) => [subjectText(subject), inLine(message)]));
  return tokens.map(({ kind, breaking }, index) => {
    const sign = kind === 'token-added' ? '+' : '-';
    return `${paint(kind === 'token-added' ? marks[breaking].style : 'dim', sign)} ${rows[index] ?? ''}`;
  });
}

function sizeCells({ subject, of, before, after }: SizeChange): readonly string[] {
  const change = after - before;
  const difference = `${change < 0 ? '-' : '+'}${sizeText(Math.abs(change))}`;
  return [subjectText(subject), of, `${sizeText(before)} → ${sizeText(after)}`, difference];
}
