/**
 * What is counted, in plain fields. The SDK of OpenTelemetry would do it, but loading it takes longer than the host may take to boot and holds
 * more memory than the idle host; these few lines give it the same points when somebody asks (see README.md).
 */

/** A number that goes up, or up and down. */
export class Counter {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }
}

/** A distribution over fixed buckets, bounds inclusive as OpenTelemetry has them. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One more than there are bounds: the last is for what is above all of them. */
  readonly counts: number[];
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** Counts a value. What is no number, or below zero since a clock was set back, is zero. */
  record(value: number): void {
    const amount = value > 0 && value < Infinity ? value : 0;
    let bucket = 0;
    while (bucket < this.bounds.length && amount > (this.bounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.sum += amount;
    if (amount < this.min) this.min = amount;
    if (amount > this.max) this.max = amount;
  }
}

/** Seconds of calls, operations and requests: a call that runs takes some 30 µs, the longest may take minutes. */
export const durationBounds: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
/** As OpenTelemetry's conventions for GenAI have them. */
export const genAiDurationBounds: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
/** Bytes of memory of a call: from one page of WebAssembly to the most that a tool may ask for. */
export const memoryBounds: readonly number[] = [1, 4, 8, 16, 32, 64, 128, 256, 1024].map((mib) => mib * 1024 * 1024);

/** A point that goes out. */
export interface Point<Value> {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: Value;
}

interface FamilyFacts {
  /** As OpenTelemetry writes it: `aria.call.duration`. */
  readonly name: string;
  readonly description: string;
  /** `s`, `By`, `1`, or what is counted: `{call}`. */
  readonly unit: string;
  /** Sent over OTLP only: the same numbers under a second name. */
  readonly otlpOnly?: true;
}

/** Everything of one instrument, when somebody asks. */
export type Family =
  | (FamilyFacts & { readonly kind: 'counter' | 'level' | 'gauge'; readonly points: Iterable<Point<number>> })
  | (FamilyFacts & { readonly kind: 'histogram'; readonly points: Iterable<Point<Histogram>> });
