/** From a command line of arc to its exit code. */
import { runCommandLine } from '#terminal';
import type { ExitCode } from '#wit/errors';
import { addCommands } from './commands.ts';
import type { CommandContext } from './context.ts';

/** Runs a command line to its exit code. Never rejects. */
export function runArc(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  return runCommandLine(
    {
      name: 'arc',
      description: 'Compiles decorated TypeScript tools to .aria bundles, and calls them in a sandbox.',
      examples: ['arc build .', `arc run . wordCount --input '{"text":"to be"}'`],
      groups: {
        'Write tools': ['new', 'check', 'build', 'run', 'dev'],
        'Sign and share them': ['keygen', 'sign', 'verify', 'inspect', 'publish', 'install'],
        'Bring them to a host': ['upload', 'logs'],
      },
      addCommands,
    },
    args,
    context,
  );
}
