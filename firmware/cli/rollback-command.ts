/** `aria rollback`: back to the version that was active before. */
import { type HostOptions, openHost, printable } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface RollbackOptions extends HostOptions {
  readonly bundle: string;
  readonly version?: string;
}

/** Rolls back. @throws {CodedError} `BUNDLE_NOT_FOUND`, `APPROVAL_REQUIRED`. */
export async function rollbackCommand(options: RollbackOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  const result = await host.rollback(
    { name: options.bundle, ...(options.version !== undefined && { version: options.version }) },
    { signal },
  );
  if (options.json) await terminal.write(`${JSON.stringify({ kind: 'done', ...result })}\n`);
  else {
    const before = result.previousVersion === undefined ? '' : ` in place of ${printable(result.previousVersion)}`;
    terminal.say(`${printable(`${result.name} ${result.version}`)} is active${before}`);
    terminal.say('next: aria bundles');
  }
  return exitCodes.done;
}
