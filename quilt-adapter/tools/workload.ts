/** One command in a container of its own: create, start, wait, run, remove. It is removed whatever happens. */
import type { z } from 'zod';
import { executeForm, requestOf } from './container-form.ts';
import type { ToolContext, WorkloadContext } from './container-tool.ts';
import { inputInvalid, notRunning } from './errors.ts';
import { pollMs, pollMsMax, runningWaitMs } from './limits.ts';
import type { workloadInput, workloadOutput } from './schemas.ts';

/** Variables that a workload finds, as in the runtime that Aria replaces. */
const variableOf: Readonly<Record<keyof WorkloadContext, string>> = {
  agentName: 'ARIA_AGENT_NAME',
  stepCount: 'ARIA_STEP_COUNT',
  totalSteps: 'ARIA_TOTAL_STEPS',
  memorySize: 'ARIA_MEMORY_SIZE',
  maxMemory: 'ARIA_MAX_MEMORY',
  successCount: 'ARIA_SUCCESS_COUNT',
  failureCount: 'ARIA_FAILURE_COUNT',
};
const reservedPrefix = 'ARIA_';
const noContext: WorkloadContext = {
  agentName: '',
  stepCount: 0,
  totalSteps: 0,
  memorySize: 0,
  maxMemory: 0,
  successCount: 0,
  failureCount: 0,
};

/** Runs a workload. @throws {CodedError} what the runtime raises, `CONTAINER_START_FAILED`, `INPUT_INVALID`. */
export async function runWorkload(
  { command, environment, timeoutMs, ...input }: z.output<typeof workloadInput>,
  context: ToolContext,
): Promise<z.input<typeof workloadOutput>> {
  const { runtime, containers, clock, signal, caller } = context;
  const reserved = Object.keys(environment).find((name) => name.startsWith(reservedPrefix));
  if (reserved !== undefined)
    throw inputInvalid('executeContainerWorkload', [
      { path: `environment.${reserved}`, message: `must not begin with "${reservedPrefix}": the host sets these` },
    ]);
  const variables = { ...environment, ...ownVariables(caller.session, caller.workload ?? noContext) };
  context.about({ command });
  const { id } = await containers.create(
    requestOf({ ...input, command: [...context.keepAlive(input.image)], environment: variables }),
  );
  context.about({ container: id });
  try {
    const fromMs = clock.nowMs();
    await runtime.start(id, signal);
    await untilRunning(id, context);
    const { workingDirectory } = input;
    const result = await runtime.execute(
      id,
      { args: command, environment: variables, workingDirectory, timeoutMs },
      signal,
    );
    return { ...executeForm(result), container: id, durationMs: clock.nowMs() - fromMs };
  } finally {
    // Without the call's signal: a call that was given up leaves nothing either.
    await runtime.remove(id, { force: true });
  }
}

function ownVariables(session: string, context: WorkloadContext): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { ARIA_SESSION_ID: session };
  for (const key of Object.keys(variableOf) as (keyof WorkloadContext)[])
    variables[variableOf[key]] = String(context[key]);
  return variables;
}

/** A runtime may say that a container is started before it runs. */
async function untilRunning(id: string, { runtime, clock, signal }: ToolContext): Promise<void> {
  const untilMs = clock.nowMs() + runningWaitMs;
  for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * 2, pollMsMax)) {
    const { state, cause } = await runtime.info(id, signal);
    if (state === 'running') return;
    if (state !== 'starting' || clock.nowMs() >= untilMs) throw notRunning(id, state, cause);
    await clock.sleep(waitMs, signal);
    signal.throwIfAborted();
  }
}
