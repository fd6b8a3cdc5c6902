/** What the help of a command says beside what commander knows: examples first; then variables, files and exit codes, as in a page of a manual. */
import type { Command } from 'commander';
import { columns } from './format.ts';

/** Names with what they are for. */
export type HelpRows = readonly (readonly [name: string, about: string])[];

/** What a command has of its own. */
export interface HelpFacts {
  /** Variables of the environment beside those that every command knows. */
  readonly environment?: HelpRows;
  readonly files?: HelpRows;
  /** Anything else, by its title. */
  readonly more?: Readonly<Record<string, HelpRows>>;
}

/** Commands by what they are for: the title of a group, and the names in it. */
export type CommandGroups = Readonly<Record<string, readonly string[]>>;

/** What every help ends with. */
export const exitCodesHelp = `
Exit codes:
  0 done                        4 denied, or an approval is wanted
  1 tool failed, or diagnostics 5 not available, or no host
  2 usage                       6 deadline or limit
  3 input or bundle refused     70 bug · 130 cancelled`;

const environmentOfAll: HelpRows = [
  ['ARIA_HOME', 'data directory: keys, caches, and all of a host (default: ~/.aria)'],
  ['NO_COLOR', 'anything: no colours'],
];

/** Puts examples before everything else in the help of a command, and the rest of a manual's page behind its options. */
export function addExamples(command: Command, examples: readonly string[], facts: HelpFacts = {}): void {
  const title = examples.length === 1 ? 'Example' : 'Examples';
  const { environment = [], files = [], more = {} } = facts;
  const sections = { ...more, Environment: [...environmentOfAll, ...environment], Files: files };
  command.addHelpText('before', `${title}:\n${examples.map((example) => `  ${example}`).join('\n')}\n`);
  for (const [name, rows] of Object.entries(sections))
    if (rows.length > 0) command.addHelpText('after', sectionText(name, rows));
  command.addHelpText('after', exitCodesHelp);
}

/** Lists commands by what they are for, each with the first sentence of its description. */
export function groupCommands(program: Command, groups: CommandGroups): void {
  for (const command of program.commands) command.summary(command.description().split(/[.;:] |\.$/, 1)[0] ?? '');
  for (const [title, names] of Object.entries(groups))
    for (const command of program.commands) if (names.includes(command.name())) command.helpGroup(`${title}:`);
}

function sectionText(title: string, rows: HelpRows): string {
  return `\n${title}:\n${columns(rows)
    .map((row) => `  ${row}`)
    .join('\n')}`;
}
