/** What can be completed: commands with their options, and what stands for their arguments. The scripts of all shells are made of it. */
import type { Command, Option } from 'commander';

/** Shells that there are scripts for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** What comes behind an option or a command. `host`: names that the host tells by `aria COMMAND --names`. */
export type CompletedValue =
  | { readonly kind: 'files' }
  | { readonly kind: 'directories' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'host'; readonly command: string }
  /** Anything that nobody can guess. */
  | { readonly kind: 'free' };

/** An option. */
export interface CompletedOption {
  /** With its dashes. */
  readonly long: string;
  readonly short: string | undefined;
  readonly about: string;
  /** Absent where it takes none. */
  readonly value: CompletedValue | undefined;
}

/** A command. */
export interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** Of its first argument; absent where it takes none. */
  readonly argument: CompletedValue | undefined;
}

/** Names as they may stand on a command line; whatever else a host tells is left out. */
export const namePattern = '^[A-Za-z0-9_@./-]+$';

/** Commands whose argument the host knows, and what to ask it. */
const askedOf: Readonly<Record<string, string>> = {
  call: 'tools',
  diverge: 'tools',
  tools: 'tools',
  agents: 'agents',
  rollback: 'bundles',
  approve: 'approve',
};

/** All commands of a program, "help" among them. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  return [
    ...program.commands.map((command) => ({
      name: command.name(),
      about: command.summary(),
      options: [...command.options.map(optionOf), help],
      argument: argumentOf(command),
    })),
    { name: 'help', about: 'print the help of a command', options: [], argument: { kind: 'words', words: names } },
  ];
}

const help: CompletedOption = { long: '--help', short: '-h', about: 'print the help', value: undefined };

function argumentOf(command: Command): CompletedValue | undefined {
  if (command.registeredArguments.length === 0) return undefined;
  if (command.name() === 'completion') return { kind: 'words', words: shells };
  const asked = Object.hasOwn(askedOf, command.name()) ? askedOf[command.name()] : undefined;
  return asked === undefined ? { kind: 'free' } : { kind: 'host', command: asked };
}

function optionOf({ long, short, flags, description, argChoices }: Option): CompletedOption {
  const [, what] = /<(.*)>/.exec(flags) ?? [];
  return {
    long: long ?? '',
    short: short ?? undefined,
    about: description,
    value: what === undefined ? undefined : valueOf(what, argChoices),
  };
}

function valueOf(what: string, choices: readonly string[] | undefined): CompletedValue {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (what === 'file') return { kind: 'files' };
  if (what === 'dir') return { kind: 'directories' };
  return { kind: 'free' };
}
