/** `aria up`: the host of a home, or of a demonstration. */
import type { ExitCode } from '#wit/errors';
import type { CommandContext } from './context.ts';
import { type UpOptions, runHost } from './run-host.ts';

/** Runs until it is stopped. @throws {CodedError} as `runHost`. */
export async function upCommand(options: UpOptions, context: CommandContext): Promise<ExitCode> {
  if (options.demo === true) return (await import('./up-demo.ts')).upDemo(options, context);
  return runHost(options, context);
}
