/** Telemetry for tests: its lines are kept, its time is the machine's. */
import { systemClock } from '#host';
import {
  type HostTelemetry,
  type TelemetryOptions,
  createTelemetry,
} from '../../../firmware/telemetry/create-telemetry.ts';

/** Creates telemetry whose lines go into a list. */
export function telemetryHere(options: Partial<TelemetryOptions> = {}): HostTelemetry & { readonly lines: string[] } {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    config: { level: 'info' },
    clock: systemClock,
    logBacklog: 1000,
    host: { version: '1.2.3', instance: 'epoch-1' },
    sink: { write: (line) => void lines.push(line) },
    ...options,
  });
  return Object.assign(telemetry, { lines });
}
