/** `aria tokens`: who holds resource tokens, who waits for them, and how far quotas are used. */
import { columns, type HostOptions, openHost, printable } from '#terminal';
import type { TokenHold, TokenQuota, TokenState, TokenWait } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Shows them. */
export async function tokensCommand(options: HostOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  const state = await host.tokens({ signal });
  await terminal.write(options.json ? `${JSON.stringify(state)}\n` : stateText(state));
  if (!options.json && state.waits.length > 0) terminal.say('next: aria why CALL');
  return exitCodes.done;
}

function stateText({ totals, holds, waits, quotas }: TokenState): string {
  const parts = [
    part(counted('Held', holds.length, totals.holds), holds.map(holdRow), 'nobody holds a token'),
    part(counted('Waiting', waits.length, totals.waits), waits.flatMap(waitRows), 'nobody waits'),
    ...(quotas.length > 0 ? [part('Quotas', quotas.map(quotaRow), '')] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A list that is not all of them says so. */
function counted(title: string, listed: number, total: number): string {
  return listed < total ? `${title} (${listed} of ${total})` : title;
}

function part(title: string, rows: readonly (readonly string[])[], none: string): string {
  return rows.length === 0
    ? `${title}: ${none}`
    : `${title}:\n${columns(rows)
        .map((line) => `  ${line}`)
        .join('\n')}`;
}

function holdRow({ holder, label, tokens, epoch, expiresInMs }: TokenHold): readonly string[] {
  const until = expiresInMs === undefined ? 'until it gives back' : `for ${seconds(expiresInMs)} more`;
  return [printable(holder), printable(label), tokens.map(printable).join(' '), `epoch ${epoch}`, until];
}

function waitRows({ holder, label, tokens, priority, position, waitingMs, reasons }: TokenWait): readonly string[][] {
  const place = position === 0 ? 'next' : `${position} before it`;
  return [
    [
      printable(holder),
      printable(label),
      tokens.map(printable).join(' '),
      `priority ${priority}, ${place}`,
      seconds(waitingMs),
    ],
    ...reasons.map((reason) => ['', `  ${printable(reason)}`]),
  ];
}

function quotaRow({ name, covers, kind, used, max, perMs, waiting }: TokenQuota): readonly string[] {
  const per = perMs === undefined ? '' : ` in ${seconds(perMs)}`;
  return [printable(name), printable(covers), `${kind} ${used} of ${max}${per}`, waiting > 0 ? `${waiting} wait` : ''];
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
