/** The instruments of a host. Recording a call is a few look-ups and additions: a call takes 30 µs in all. */
import { isErrorCode } from '#wit/errors';
import {
  Counter,
  type Family,
  Histogram,
  type Point,
  durationBounds,
  genAiDurationBounds,
  memoryBounds,
} from './aggregates.ts';
import { LabelSets } from './label-sets.ts';
import type { GatewayName, Metrics } from './telemetry.ts';

/** Tools of a host are up to some thousands, most of them idle: those that were called have series. */
const toolSeriesMax = 2048;
/** Outcomes are codes; tools bring their own. */
const outcomeSeriesMax = 4096;
const seriesMax = 256;

/** Of one tool. */
class ToolSeries {
  readonly started = new Counter();
  readonly active = new Counter();
  readonly duration = new Histogram(durationBounds);
  readonly compute = new Histogram(durationBounds);
  readonly memory = new Histogram(memoryBounds);
}

/** The instruments of a host. */
export class HostMetrics implements Metrics {
  readonly #tools;
  readonly #outcomes;
  readonly #executions;
  readonly #operations;
  readonly #requests;
  readonly #connections;
  readonly #opened;
  readonly #changes;
  readonly #phases;
  readonly #gauges: Map<keyof typeof gaugeFacts, () => number> = new Map();

  /** @param clean what labels go through: secrets and control characters do not pass. */
  constructor(clean: (label: string) => string) {
    const counters = <const Names extends readonly [string, ...string[]]>(names: Names, max = seriesMax) =>
      new LabelSets<Counter>({ names, seriesMax: max, create: () => new Counter(), clean });
    const durations = <const Names extends readonly [string, ...string[]]>(names: Names, bounds = durationBounds) =>
      new LabelSets<Histogram>({ names, seriesMax, create: () => new Histogram(bounds), clean });
    this.#tools = new LabelSets<ToolSeries>({
      names: ['bundle', 'tool'],
      seriesMax: toolSeriesMax,
      create: () => new ToolSeries(),
      clean,
    });
    this.#outcomes = counters(['bundle', 'tool', 'outcome'], outcomeSeriesMax);
    this.#executions = new LabelSets<Histogram>({
      names: ['gen_ai.tool.name', 'error.type'],
      seriesMax: toolSeriesMax,
      create: () => new Histogram(genAiDurationBounds),
      clean,
    });
    this.#operations = durations(['operation', 'outcome']);
    this.#requests = durations(['gateway', 'method', 'code']);
    this.#connections = counters(['gateway']);
    this.#opened = counters(['gateway']);
    this.#changes = counters(['change']);
    this.#phases = counters(['phase']);
  }

  callStarted({ bundle, tool }: Parameters<Metrics['callStarted']>[0]): void {
    const series = this.#tools.get(bundle, tool);
    series.started.add(1);
    series.active.add(1);
  }

  callFinished(call: Parameters<Metrics['callFinished']>[0]): void {
    const { bundle, tool, outcome } = call;
    const series = this.#tools.get(bundle, tool);
    series.active.add(-1);
    series.duration.record(call.durationMs / 1000);
    series.compute.record(call.computeMs / 1000);
    series.memory.record(call.memoryBytesPeak);
    this.#outcomes.get(bundle, tool, outcome).add(1);
    const error = outcome === 'done' ? '' : isErrorCode(outcome) ? outcome : 'TOOL_FAILED';
    this.#executions.get(tool, error).record(call.durationMs / 1000);
  }

  operationFinished({ operation, outcome, durationMs }: Parameters<Metrics['operationFinished']>[0]): void {
    this.#operations.get(operation, outcome).record(durationMs / 1000);
  }

  requestFinished({ gateway, method, code, durationMs }: Parameters<Metrics['requestFinished']>[0]): void {
    this.#requests.get(gateway, method, code).record(durationMs / 1000);
  }

  connectionOpened(gateway: GatewayName): void {
    this.#connections.get(gateway).add(1);
    this.#opened.get(gateway).add(1);
  }

  connectionClosed(gateway: GatewayName): void {
    this.#connections.get(gateway).add(-1);
  }

  bundleChanged({ change }: Parameters<Metrics['bundleChanged']>[0]): void {
    this.#changes.get(change).add(1);
  }

  bootPhase({ phase, durationMs }: Parameters<Metrics['bootPhase']>[0]): void {
    this.#phases.get(phase).value = Math.max(0, durationMs / 1000);
  }

  observe(gauge: Parameters<Metrics['observe']>[0], read: () => number): void {
    this.#gauges.set(gauge, read);
  }

  /** Everything as it stands now. */
  *families(): Generator<Family> {
    yield* this.#callFamilies();
    yield* this.#accessFamilies();
    yield {
      ...{ name: 'aria.bundle.changes', description: 'Changes of bundles', unit: '{change}' },
      ...{ kind: 'counter', points: values(this.#changes) },
    };
    yield {
      ...{ name: 'aria.boot.phase.duration', description: 'What a phase of the last boot took', unit: 's' },
      ...{ kind: 'gauge', points: values(this.#phases) },
    };
    for (const [gauge, read] of this.#gauges) yield { ...gaugeFacts[gauge], kind: 'gauge', points: observed(read) };
  }

  *#callFamilies(): Generator<Family> {
    const facts = { unit: 's', kind: 'histogram' } as const;
    const tools = this.#tools;
    yield {
      ...{ name: 'aria.calls.started', description: 'Calls that began', unit: '{call}' },
      ...{ kind: 'counter', points: parts(tools, (tool) => tool.started.value) },
    };
    yield {
      ...{ name: 'aria.calls.active', description: 'Calls that run', unit: '{call}' },
      ...{ kind: 'level', points: parts(tools, (tool) => tool.active.value) },
    };
    yield {
      ...{ name: 'aria.calls.finished', description: 'Calls that ended, by outcome', unit: '{call}' },
      ...{ kind: 'counter', points: values(this.#outcomes) },
    };
    yield {
      ...{ name: 'aria.call.duration', description: 'Wall time of calls' },
      ...{ ...facts, points: parts(tools, (tool) => tool.duration) },
    };
    yield {
      ...{ name: 'aria.call.compute', description: 'Time that calls computed' },
      ...{ ...facts, points: parts(tools, (tool) => tool.compute) },
    };
    yield {
      ...{ name: 'aria.call.memory.peak', description: 'Most memory that calls held' },
      ...{ unit: 'By', kind: 'histogram', points: parts(tools, (tool) => tool.memory) },
    };
    yield {
      ...{ name: 'gen_ai.execute_tool.duration', description: 'Wall time of tool executions' },
      ...{ ...facts, otlpOnly: true, points: executions(this.#executions) },
    };
    yield {
      ...{ name: 'aria.operation.duration', description: 'Wall time of operations of tools' },
      ...{ ...facts, points: parts(this.#operations, (histogram) => histogram) },
    };
  }

  *#accessFamilies(): Generator<Family> {
    yield {
      ...{ name: 'aria.request.duration', description: 'Wall time of requests of clients', unit: 's' },
      ...{ kind: 'histogram', points: parts(this.#requests, (histogram) => histogram) },
    };
    yield {
      ...{ name: 'aria.connections.active', description: 'Connections that are open', unit: '{connection}' },
      ...{ kind: 'level', points: values(this.#connections) },
    };
    yield {
      ...{ name: 'aria.connections.opened', description: 'Connections that were opened', unit: '{connection}' },
      ...{ kind: 'counter', points: values(this.#opened) },
    };
  }
}

const gaugeFacts = {
  components: { name: 'aria.components', description: 'Tools, agents, teams and pipelines', unit: '{component}' },
  bundles_active: { name: 'aria.bundles.active', description: 'Bundles with an active version', unit: '{bundle}' },
  calls_in_flight: { name: 'aria.calls.in_flight', description: 'Calls that run or wait', unit: '{call}' },
  store_bytes: { name: 'aria.store.size', description: 'Content of the bundle store', unit: 'By' },
  upgrades_waiting: {
    name: 'aria.upgrades.waiting',
    description: 'Upgrades that wait for a person',
    unit: '{upgrade}',
  },
} as const satisfies Record<Parameters<Metrics['observe']>[0], Omit<Family, 'kind' | 'points'>>;

function* parts<Series, Value>(sets: LabelSets<Series>, part: (series: Series) => Value): Generator<Point<Value>> {
  for (const [labels, series] of sets.entries()) yield { labels, value: part(series) };
}

function values(sets: LabelSets<Counter>): Generator<Point<number>> {
  return parts(sets, (counter) => counter.value);
}

/** `error.type` is there only where there is an error. */
function* executions(sets: LabelSets<Histogram>): Generator<Point<Histogram>> {
  for (const [{ 'error.type': error, ...labels }, value] of sets.entries())
    yield {
      labels: { 'gen_ai.operation.name': 'execute_tool', ...labels, ...(error ? { 'error.type': error } : {}) },
      value,
    };
}

/** A gauge that cannot be read is not there; the others are. */
function* observed(read: () => number): Generator<Point<number>> {
  try {
    const value = read();
    if (Number.isFinite(value)) yield { labels: {}, value };
  } catch {
    // Nobody knows the value now.
  }
}
