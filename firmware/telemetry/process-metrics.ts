/** What the process itself tells: memory, processor time, and how late its event loop is. Names are those of OpenTelemetry. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import process from 'node:process';
import type { Family } from './aggregates.ts';

/** Between looks at the loop: ten a second cost nothing that can be measured. */
const resolutionMs = 100;
/** Percentiles are of about this long: of the whole life they would hide everything, and two readers share them. */
const windowMs = 10_000;

/** Measures while it is open. */
export class ProcessMetrics implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  #windowStart = performance.now();

  constructor() {
    this.#delay.enable();
  }

  /** Everything as it stands now. */
  *families(): Generator<Family> {
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    yield level('process.memory.usage', 'Memory of the process', rss);
    yield level('v8js.memory.heap.used', 'Heap in use', heapUsed);
    yield level('nodejs.memory.external', 'Memory outside of the heap', external);
    yield {
      ...{ name: 'process.cpu.time', description: 'Processor time', unit: 's', kind: 'counter' },
      points: [
        { labels: { 'cpu.mode': 'user' }, value: user / 1e6 },
        { labels: { 'cpu.mode': 'system' }, value: system / 1e6 },
      ],
    };
    yield gauge('process.uptime', 'Time since the process began', process.uptime());
    yield* this.#delays();
  }

  [Symbol.dispose](): void {
    this.#delay.disable();
  }

  *#delays(): Generator<Family> {
    // The timer itself is no delay.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
    const { count } = this.#delay;
    const read = (value: () => number): number => (count === 0 ? 0 : late(value()));
    yield gauge(
      'nodejs.eventloop.delay.mean',
      'Mean lateness of the event loop',
      read(() => this.#delay.mean),
    );
    yield gauge(
      'nodejs.eventloop.delay.p99',
      'Lateness of the event loop',
      read(() => this.#delay.percentile(99)),
    );
    yield gauge(
      'nodejs.eventloop.delay.max',
      'Most lateness of the event loop',
      read(() => this.#delay.max),
    );
    if (performance.now() - this.#windowStart < windowMs) return;
    this.#windowStart = performance.now();
    this.#delay.reset();
  }
}

function level(name: string, description: string, bytes: number): Family {
  return { name, description, unit: 'By', kind: 'level', points: [{ labels: {}, value: bytes }] };
}

function gauge(name: string, description: string, seconds: number): Family {
  return { name, description, unit: 's', kind: 'gauge', points: [{ labels: {}, value: seconds }] };
}
