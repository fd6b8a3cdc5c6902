/** `aria status`: how the host is. */
import { columns, type HostOptions, openHost, printable, sizeText } from '#terminal';
import type { HostStatus, PhaseReport } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Shows the status; the exit code is 5 where the host is not ready. */
export async function statusCommand(options: HostOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  const status = await host.status({ signal });
  await terminal.write(options.json ? `${JSON.stringify(status)}\n` : statusText(status));
  return status.state === 'ready' ? exitCodes.done : exitCodes.unreachable;
}

function statusText(status: HostStatus): string {
  const { bundles, components, calls, store, memory, addresses } = status;
  const facts: readonly (readonly [string, string])[] = [
    ['state', `${status.state}, for ${duration(status.uptimeMs)} (process ${status.pid}, version ${status.version})`],
    ['engine', status.engine],
    ['bundles', `${bundles.active} active of ${bundles.installed} installed, ${bundles.quarantined} quarantined`],
    [
      'components',
      `${components.tools} tools, ${components.agents} agents, ${components.teams} teams, ${components.pipelines} pipelines`,
    ],
    ['calls', `${calls.inFlight} in flight, ${calls.finished} finished, ${calls.failed} of them failed`],
    ['store', `${sizeText(store.bytes)} of ${sizeText(store.bytesMax)}`],
    ['memory', sizeText(memory.rssBytes)],
    ...Object.entries(addresses).map(([name, address]): readonly [string, string] => [
      name,
      printable(String(address)),
    ]),
    ...(status.upgradesWaiting > 0
      ? [['waiting', `${status.upgradesWaiting} for an approval: run "aria approve"`] as const]
      : []),
    ...(status.allowUnsigned ? [['warning', 'bundles that nobody signed run here (allow_unsigned)'] as const] : []),
  ];
  return `${[...columns(facts), '', ...columns(status.boot.map(phaseRow))].join('\n')}\n`;
}

function phaseRow({ phase, state, startedMs, durationMs, detail, remedy }: PhaseReport): readonly string[] {
  const at = startedMs === undefined ? '' : `${startedMs.toFixed(0)} ms`;
  const took = durationMs === undefined ? '' : `${durationMs.toFixed(0)} ms`;
  const next = remedy === undefined ? '' : ` · next: ${remedy}`;
  return [phase, state, at, took, printable(`${detail ?? ''}${next}`)];
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
