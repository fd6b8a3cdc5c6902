/** `aria approve`: what waits for a person, shown and granted. */
import { columns, diffText, type HostOptions, openHost, printable, usageWrong } from '#terminal';
import type { HostConnection, Upgrade } from '#wit/api';
import { CodedError, type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface ApproveOptions extends HostOptions {
  readonly id: string | undefined;
  readonly reject?: boolean;
  readonly show?: boolean;
  /** Ids alone, for scripts and shells. */
  readonly names?: boolean;
}

/** Lists what waits, shows one, or decides it. @throws {CodedError} `NOT_FOUND`, `PERMISSION_DENIED`. */
export async function approveCommand(options: ApproveOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { id, reject, show, json } = options;
  if (reject === true && show === true)
    throw usageWrong('aria approve', '--reject and --show exclude each other', 'Give one of them');
  await using host = await openHost(options, context);
  const waiting = await host.listUpgrades({ signal });
  if (id === undefined) {
    if (json) await terminal.write(`${JSON.stringify({ upgrades: waiting })}\n`);
    else if (options.names === true) await terminal.write(waiting.map((one) => `${printable(one.id)}\n`).join(''));
    else if (waiting.length > 0) await terminal.write(`${columns(waiting.map(row)).join('\n')}\n`);
    else terminal.say('Nothing waits');
    return exitCodes.done;
  }
  const upgrade = waiting.find((one) => one.id === id);
  if (upgrade !== undefined && json !== true) await terminal.write(upgradeText(upgrade, context));
  if (show === true) return showOnly(upgrade, options, context);
  return await decide(host, options, context);
}

async function decide(
  host: HostConnection,
  { id = '', reject, json }: ApproveOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  if (reject === true) {
    await host.reject(id, { signal });
    if (json) await terminal.write(`${JSON.stringify({ kind: 'done', rejected: id })}\n`);
    else terminal.say(`rejected ${printable(id)}; the active version goes on`);
    return exitCodes.done;
  }
  const result = await host.approve(id, { signal });
  if (json) await terminal.write(`${JSON.stringify({ kind: 'done', ...result })}\n`);
  else {
    terminal.say(`${printable(`${result.name} ${result.version}`)} is active`);
    terminal.say(`next: aria rollback ${printable(result.name)}, should it not do`);
  }
  return exitCodes.done;
}

async function showOnly(
  upgrade: Upgrade | undefined,
  { id = '', json }: ApproveOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  if (upgrade === undefined)
    throw new CodedError('NOT_FOUND', {
      message: `Cannot show "${id}": no such upgrade waits`,
      remedy: 'Run "aria approve" to see what waits',
    });
  if (json) await terminal.write(`${JSON.stringify({ upgrade })}\n`);
  else terminal.say(`next: aria approve ${printable(id)}`);
  return exitCodes.done;
}

function row({ id, name, version, previousVersion, newTokens, grownLimits }: Upgrade): readonly string[] {
  const from = previousVersion === undefined ? 'first version' : `from ${previousVersion}`;
  const wants = [...newTokens, ...grownLimits].join(', ');
  return [id, `${name} ${version}`, from, wants].map((cell) => printable(cell));
}

function upgradeText(upgrade: Upgrade, { terminal }: CommandContext): string {
  const { name, version, previousVersion, newTokens, grownLimits, diff } = upgrade;
  const lines = [
    `${name} ${version} asks for more than was granted:`,
    ...newTokens.map((token) => `  ${token}`),
    ...grownLimits.map((limit) => `  ${limit}`),
  ].map((line) => printable(line));
  const text = `${lines.join('\n')}\n`;
  if (diff === undefined) return text;
  const shown = { before: { name, version: previousVersion ?? '' }, after: { name, version }, diff };
  return `${text}\n${diffText(shown, terminal)}`;
}
