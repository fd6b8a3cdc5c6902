/** What a host whose boot failed still does: it tells what is wrong. */
import type { AriaApi, EventQuery, HostEvent, HostStatus, LogEntry, LogQuery } from '#wit/api';
import { CodedError } from '#wit/errors';
import type { Principal } from './access/principal.ts';
import type { AriaService } from './api/gateway.ts';
import type { EventLog, LogTail } from './service/ports.ts';
import { requireRole } from './service/roles.ts';

/** What there is to tell. */
export interface DiagnosticsSetting {
  readonly status: () => HostStatus;
  readonly events: EventLog;
  readonly tail: LogTail;
}

/** Status, events and logs; everything else is refused with what failed. */
export function diagnosticsService(setting: DiagnosticsSetting): AriaService {
  return { api: (principal) => diagnosticsApi(setting, principal) };
}

function diagnosticsApi({ status, events, tail }: DiagnosticsSetting, principal: Principal): AriaApi {
  const refuse = (): Promise<never> => Promise.reject(bootFailed(status()));
  return {
    status: () => Promise.resolve(status()),
    events: (query: EventQuery = {}): AsyncIterable<HostEvent> =>
      events.subscribe({ ...query, signal: query.signal ?? new AbortController().signal }),
    async *logs(query: LogQuery = {}): AsyncIterable<LogEntry> {
      requireRole(principal, 'logs');
      yield* tail.subscribe({ ...query, signal: query.signal ?? new AbortController().signal });
    },
    listComponents: refuse,
    getComponent: refuse,
    callTool: refuse,
    tokens: refuse,
    why: refuse,
    diverge: refuse,
    listBundles: refuse,
    upload: refuse,
    rollback: refuse,
    removeVersion: refuse,
    listUpgrades: refuse,
    approve: refuse,
    reject: refuse,
  };
}

function bootFailed({ boot }: HostStatus): CodedError {
  const failed = boot.find(({ state }) => state === 'failed');
  if (failed === undefined)
    return new CodedError('UNAVAILABLE', {
      message: 'Cannot serve the request: the host is starting',
      remedy: 'Try again when "aria status" says ready',
    });
  return new CodedError('BOOT_FAILED', {
    message: `Cannot serve the request: the boot failed in the phase "${failed.phase}": ${failed.detail ?? 'no reason was told'}`,
    ...(failed.remedy !== undefined && { remedy: failed.remedy }),
    details: { phase: failed.phase },
  });
}
