/** `aria completion`: scripts that complete commands and options, made of the commands themselves, and names of tools, asked of the host. */
import type { Command } from 'commander';
import { usageWrong } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { completedCommands, shells } from './completion-words.ts';
import { zshScript } from './completion-zsh.ts';
import type { CommandContext } from './context.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  (typeof shells)[number],
  unknown
>;

/** Prints the script of a shell. @throws {CodedError} `USAGE` for another shell. */
export async function completionCommand(
  wanted: string,
  program: Command,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const shell = shells.find((known) => known === wanted);
  if (shell === undefined)
    throw usageWrong('aria completion', `there is no script for "${wanted}"`, `Name one of ${shells.join(', ')}`);
  await terminal.write(scripts[shell](completedCommands(program)));
  return exitCodes.done;
}
