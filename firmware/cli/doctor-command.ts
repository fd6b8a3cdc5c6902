/** `aria doctor`: whether this machine, this home and its host are as they have to be. */
import { homedir } from 'node:os';
import process from 'node:process';
import { packageVersion, printable, type Terminal } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';
import type { Finding } from './doctor-check.ts';

/** Options of the command. */
export interface DoctorOptions {
  readonly home?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Runs every check; exits with 1 where one failed. A warning is no failure. */
export async function doctorCommand(options: DoctorOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, environment, currentDirectory } = context;
  const { examine } = await import('./doctor.ts');
  let written = Promise.resolve();
  progress.step('Looking');
  const findings = await examine({
    sources: {
      flags: { home: options.home ?? context.home, config: options.config },
      environment,
      userHome: homedir(),
      currentDirectory,
      uid: process.getuid?.(),
    },
    nowMs: Date.now(),
    version: packageVersion(),
    found(finding) {
      if (options.json === true) return;
      progress.clear();
      written = written.then(() => terminal.write(findingText(finding, terminal)));
      progress.step('Looking');
    },
  });
  progress.clear();
  await written;
  const fine = findings.every((finding) => finding.fine);
  if (options.json === true) await terminal.write(`${JSON.stringify({ fine, findings })}\n`);
  return fine ? exitCodes.done : exitCodes.failed;
}

function findingText({ name, fine, warning, detail, remedy }: Finding, { paint }: Terminal): string {
  const mark = !fine ? paint(['red', 'bold'], 'FAILED') : warning ? paint('yellow', 'warn  ') : 'ok    ';
  const next = remedy === undefined ? '' : `        next: ${printable(remedy)}\n`;
  return `${mark}  ${name.padEnd(16)} ${printable(detail)}\n${next}`;
}
