/** Spans. Where nobody collects them they are next to nothing: a parent that is handed on, and identifiers only when somebody reads them. */
import type { Redactor } from './redactor.ts';
import type { Span, Traces } from './telemetry.ts';
import { type TraceContext, formatTraceparent, parseTraceparent } from './traceparent.ts';

type Attribute = string | number | boolean;

/** A span that has ended, clean. */
export interface FinishedSpan {
  readonly context: TraceContext;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly error: string | undefined;
}

/** What spans are made of. */
export interface TracesOptions {
  readonly redactor: Redactor;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Milliseconds that are never set back, with fractions. */
  readonly monotonicMs: () => number;
  /** Fills with random bytes. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Takes finished spans; absent where nobody collects them. */
  readonly collect?: (span: FinishedSpan) => void;
}

/** Attributes of a span; more are dropped. */
const attributesMax = 64;
/** What a tool was given and what it gave: never in a trace. */
const content =
  /^gen_ai\.(?:input\.|output\.|system_instructions|prompt|completion|tool\.(?:call\.(?:arguments|result)|definitions)|retrieval\.)/;

/** Name and attributes of the span of a tool's call. */
export function toolSpan(
  tool: string,
  callId: string,
): { readonly name: string; readonly attributes: Readonly<Record<string, string>> } {
  return {
    name: `execute_tool ${tool}`,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.call.id': callId,
      'gen_ai.tool.type': 'function',
    },
  };
}

/** Creates the source of spans. */
export function createTraces(options: TracesOptions): Traces {
  return {
    start(name, start) {
      if (options.collect === undefined) return new PassingSpan(start?.traceparent, options);
      const parent = parseTraceparent(start?.traceparent);
      // Who does not record a trace gets no spans of ours in it.
      if (parent?.sampled === false) return new PassingSpan(start?.traceparent, options);
      return new RecordedSpan({ name, parent, collect: options.collect, options }, start?.attributes);
    },
  };
}

/** Hands the caller's context on, or one that nobody records. */
class PassingSpan implements Span {
  readonly #parent: string | undefined;
  readonly #options: TracesOptions;
  #traceparent: string | undefined;

  constructor(parent: string | undefined, options: TracesOptions) {
    this.#parent = parent;
    this.#options = options;
  }

  get traceparent(): string {
    return (this.#traceparent ??= formatTraceparent(
      parseTraceparent(this.#parent) ?? { ...newIds(this.#options.randomBytes), sampled: false },
    ));
  }

  set(): void {
    // Nobody collects it.
  }

  end(): void {
    // Nobody collects it.
  }
}

interface SpanStart {
  readonly name: string;
  readonly parent: TraceContext | undefined;
  readonly collect: (span: FinishedSpan) => void;
  readonly options: TracesOptions;
}

/** One that goes out when it ends. */
class RecordedSpan implements Span {
  readonly #start: SpanStart;
  readonly #context: TraceContext;
  readonly #startMs: number;
  readonly #startedAt: number;
  readonly #attributes: Map<string, Attribute> = new Map();
  #ended = false;

  constructor(start: SpanStart, attributes: Readonly<Record<string, Attribute>> = {}) {
    this.#start = start;
    const { traceId, spanId } = newIds(start.options.randomBytes);
    this.#context = { traceId: start.parent?.traceId ?? traceId, spanId, sampled: true };
    this.#startMs = start.options.nowMs();
    this.#startedAt = start.options.monotonicMs();
    this.set(attributes);
  }

  get traceparent(): string {
    return formatTraceparent(this.#context);
  }

  set(attributes: Readonly<Record<string, Attribute>>): void {
    if (this.#ended) return;
    for (const [name, value] of Object.entries(attributes)) {
      if (this.#attributes.size >= attributesMax && !this.#attributes.has(name)) return;
      if (!content.test(name)) this.#attributes.set(name, value);
    }
  }

  end(outcome?: { readonly code: string; readonly message: string }): void {
    if (this.#ended) return;
    this.#ended = true;
    const { name, parent, collect, options } = this.#start;
    if (outcome !== undefined) this.#attributes.set('error.type', outcome.code);
    collect({
      context: this.#context,
      parentSpanId: parent?.spanId,
      name: options.redactor.name(name),
      startMs: this.#startMs,
      durationMs: Math.max(0, options.monotonicMs() - this.#startedAt),
      attributes: cleanAttributes(options.redactor, this.#attributes),
      error: outcome === undefined ? undefined : options.redactor.message(outcome.message),
    });
  }
}

/** Through the redactor, and back to the three kinds of values that an attribute has. */
function cleanAttributes(
  redactor: Redactor,
  attributes: ReadonlyMap<string, Attribute>,
): Readonly<Record<string, Attribute>> {
  const clean: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(redactor.fields(Object.fromEntries(attributes)))) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') clean[name] = value;
  }
  return clean;
}

function newIds(randomBytes: TracesOptions['randomBytes']): { readonly traceId: string; readonly spanId: string } {
  const hex = Buffer.from(randomBytes(24)).toString('hex');
  // All zero is no identifier; nobody draws it twice.
  return /^0{32}|0{16}$/.test(hex) ? newIds(randomBytes) : { traceId: hex.slice(0, 32), spanId: hex.slice(32) };
}
