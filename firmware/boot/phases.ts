/**
 * Runs the phases of a boot and keeps their timeline.
 * - Phases run once each and in the order of `bootPhases`.
 * - After a failed phase those behind it stay waiting, `apis` excepted: it brings up what tells others about the failure.
 * - A boot is ready when all have been done, and failed for good when one has failed.
 */
import { type BootPhase, type HostStatus, type PhaseReport, bootPhases } from '#wit/api';
import { toWireError } from '#wit/errors';
import { bootHalted } from './errors.ts';

export type BootState = Extract<HostStatus['state'], 'starting' | 'ready' | 'failed'>;

export interface BootSetup {
  /** Milliseconds since the process started, of a clock that nobody sets: `performance.now()`. */
  readonly elapsedMs: () => number;
  /** Hears of each change of a phase. What it throws is its own bug and ends the boot. */
  readonly report: (report: PhaseReport) => void;
}

/** What the work of a phase is given. */
export interface PhaseScope {
  /** Says what was seen: the detail of the report. */
  seen(detail: string): void;
}

/** A boot under way. */
export interface Boot {
  readonly state: BootState;
  /** Every phase in order, those to come included. */
  readonly phases: readonly PhaseReport[];
  /**
   * Runs a phase. Resolves to what the work gives; rejects with what it throws.
   * @throws {CodedError} `BOOT_FAILED` where a phase before it has failed; the work is not begun.
   */
  phase<Result>(name: BootPhase, work: (scope: PhaseScope) => Result | Promise<Result>): Promise<Result>;
}

/** A boot of which nothing has run. */
export function createBoot({ elapsedMs, report }: BootSetup): Boot {
  const reports = new Map<BootPhase, PhaseReport>(bootPhases.map((phase) => [phase, { phase, state: 'waiting' }]));
  const failed = (): BootPhase | undefined => bootPhases.find((phase) => reports.get(phase)?.state === 'failed');
  const change = (next: PhaseReport): void => {
    reports.set(next.phase, Object.freeze(next));
    report(next);
  };
  return {
    get state() {
      if (failed() !== undefined) return 'failed';
      return bootPhases.every((phase) => reports.get(phase)?.state === 'done') ? 'ready' : 'starting';
    },
    get phases() {
      return [...reports.values()];
    },
    async phase(name, work) {
      const obstacle = failed();
      if (obstacle !== undefined && name !== 'apis') throw bootHalted(name, obstacle);
      if (obstacle === undefined) requireTurn(name, reports);
      const startedMs = rounded(elapsedMs());
      let detail: string | undefined;
      change({ phase: name, state: 'running', startedMs });
      const ended = (state: 'done' | 'failed', text: string | undefined, remedy?: string): void =>
        change({
          phase: name,
          state,
          startedMs,
          durationMs: rounded(elapsedMs() - startedMs),
          ...(text !== undefined && { detail: text }),
          ...(remedy !== undefined && { remedy }),
        });
      try {
        const result = await work({ seen: (text) => void (detail = text) });
        ended('done', detail);
        return result;
      } catch (thrown) {
        const { message, remedy } = toWireError(thrown);
        ended('failed', message, remedy);
        throw thrown;
      }
    },
  };
}

/** That phases are mixed up is a bug of the composition, which its first start shows. */
function requireTurn(name: BootPhase, reports: ReadonlyMap<BootPhase, PhaseReport>): void {
  const next = bootPhases.find((phase) => reports.get(phase)?.state !== 'done');
  if (next !== name || reports.get(name)?.state !== 'waiting')
    throw new Error(`Cannot run the phase "${name}" now: the next one is "${next ?? 'none'}"`);
}

/** Tenths of a millisecond say all that a boot is about. */
function rounded(ms: number): number {
  return Math.round(Math.max(0, ms) * 10) / 10;
}
