/** Makes the container tools of a host: tokens, limits, time and audit are the same for all of them, and written here. */
import { CodedError, isErrorCode, toWireError } from '#wit/errors';
import { covers, parseToken } from '#wit/tokens';
import type { Clock } from '../pool/ports.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import {
  type ContainerTool,
  type ContainerToolAudit,
  type ContainerToolCaller,
  type ContainerToolName,
  type ToolContext,
  containerToolNames,
} from './container-tool.ts';
import { containerTools } from './container-tools.ts';
import { CreateGate, type SessionLimits } from './create-gate.ts';
import { toolCancelled, tokenMissing, toolNotFound, toolTimedOut } from './errors.ts';
import { sessionLimits } from './limits.ts';
import { SessionContainers } from './session-containers.ts';

/** How the tools are made. */
export interface ContainerToolsOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly limits?: Partial<SessionLimits>;
  /** Hears of each call when it is over. Where it throws, the call fails. */
  audit(record: ContainerToolAudit): void;
  /** The process that keeps a workload's container up; one that sleeps where absent. */
  keepAlive?(image: string): readonly string[];
}

/** The tools of a host. */
export interface ContainerTools {
  readonly tools: readonly ContainerTool[];
  /** @throws {CodedError} `NOT_FOUND`, `CAPABILITY_DENIED`, `INPUT_INVALID`, `DEADLINE_EXCEEDED`, `CANCELLED`, and what the tool raises. */
  run(name: string, input: unknown, caller: ContainerToolCaller, signal: AbortSignal): Promise<unknown>;
  /** Removes the containers of a session that is over; how many there were. */
  endSession(session: string): Promise<number>;
}

/** A name that is no tool's may be anything. */
const nameCharactersMax = 128;

/** What fits on a machine with `sleep`; the image of this host has only Bun. */
function sleepFor(image: string): readonly string[] {
  return image === 'bun' ? ['/bin/bun', '-e', 'setInterval(() => {}, 2 ** 31 - 1)'] : ['/bin/sleep', '2147483647'];
}

/** Makes them. The runtime stays its owner's. */
export function createContainerTools(options: ContainerToolsOptions): ContainerTools {
  return new Tools(options);
}

class Tools implements ContainerTools {
  readonly tools: readonly ContainerTool[] = containerToolNames.map((name) => containerTools[name].tool);
  readonly #options: ContainerToolsOptions;
  readonly #gate: CreateGate;

  constructor(options: ContainerToolsOptions) {
    this.#options = options;
    this.#gate = new CreateGate({ ...sessionLimits, ...options.limits }, options.clock);
  }

  async run(name: string, input: unknown, caller: ContainerToolCaller, signal: AbortSignal): Promise<unknown> {
    const { clock, runtime, audit } = this.#options;
    const atMs = clock.nowMs();
    const about = new Set<string>();
    let command: readonly string[] | undefined;
    let outcome: ContainerToolAudit['outcome'] = 'done';
    const context: ToolContext = {
      runtime,
      clock,
      caller,
      containers: new SessionContainers(runtime, caller, this.#gate),
      signal,
      keepAlive: (image) => this.#options.keepAlive?.(image) ?? sleepFor(image),
      about(facts) {
        if (facts.container !== undefined) about.add(facts.container);
        if (facts.command) ({ command } = facts);
      },
    };
    try {
      return await this.#attempt(name, input, context);
    } catch (error) {
      const { code } = toWireError(error);
      outcome = isErrorCode(code) ? code : 'INTERNAL';
      throw error;
    } finally {
      const { callId, session } = caller;
      audit({
        callId,
        session,
        tool: name.slice(0, nameCharactersMax),
        outcome,
        containers: [...about],
        ...(command && { command }),
        atMs,
        durationMs: clock.nowMs() - atMs,
      });
    }
  }

  async #attempt(name: string, input: unknown, context: ToolContext): Promise<unknown> {
    if (!isToolName(name)) throw toolNotFound(name, containerToolNames);
    const { tool, run } = containerTools[name];
    for (const token of tool.tokens) if (!isGranted(token, context.caller)) throw tokenMissing(name, token);
    const timer = new AbortController();
    const deadline = new AbortController();
    void this.#options.clock.sleep(tool.timeoutMs, timer.signal).then(() => {
      if (!timer.signal.aborted) deadline.abort(toolTimedOut(name, tool.timeoutMs));
    });
    const signal = AbortSignal.any([context.signal, deadline.signal]);
    try {
      if (signal.aborted) throw toolCancelled(name, signal);
      return await run(input, { ...context, signal });
    } catch (error) {
      // A wait that the signal ended rejects with whatever the signal says.
      throw signal.aborted && !(error instanceof CodedError) ? toolCancelled(name, signal) : error;
    } finally {
      timer.abort();
    }
  }

  async endSession(session: string): Promise<number> {
    const { runtime } = this.#options;
    const containers = new SessionContainers(runtime, { callId: '', session, tokens: [] }, this.#gate);
    const own = await containers.list(new AbortController().signal);
    await Promise.all(own.map(({ id }) => runtime.remove(id, { force: true })));
    return own.length;
  }
}

function isToolName(name: string): name is ContainerToolName {
  return Object.hasOwn(containerTools, name);
}

function isGranted(token: string, { tokens }: ContainerToolCaller): boolean {
  const wanted = parseToken(token);
  return tokens.some((granted) => covers(granted, wanted));
}
