/** From a command line of aria to its exit code. */
import { runCommandLine } from '#terminal';
import type { ExitCode } from '#wit/errors';
import { addCommands } from './commands.ts';
import type { CommandContext } from './context.ts';

/** Runs a command line to its exit code. Never rejects. */
export function runAria(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  return runCommandLine(
    {
      name: 'aria',
      description: 'Runs a host of agents’ tools on this machine, and speaks to it. Tools are compiled with "arc".',
      examples: ['aria up --demo', `aria call sumLines --input '{"lines":[250,120]}'`],
      groups: {
        'Run a host': ['up', 'doctor'],
        'Use what it offers': ['call', 'tools', 'agents'],
        'See what it does': ['status', 'events', 'logs'],
        'Change what runs': ['bundles', 'approve', 'rollback'],
      },
      addCommands,
    },
    args,
    context,
  );
}
