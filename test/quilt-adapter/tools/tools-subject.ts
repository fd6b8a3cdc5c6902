/** The container tools over a runtime of their own. */
import { parseToken } from '#wit/tokens';
import type { ContainerToolAudit, ContainerToolCaller } from '../../../quilt-adapter/tools/container-tool.ts';
import {
  type ContainerTools,
  type ContainerToolsOptions,
  createContainerTools,
} from '../../../quilt-adapter/tools/create-container-tools.ts';
import { systemClock } from '#host';
import { type RuntimeSubject, type SubjectOptions, openRuntime } from '../runtime/runtime-subject.ts';

/** What starts something. */
export const spawn = [parseToken('spawn:self:exec')];
/** Somebody of a session. */
export const caller = (session: string, more: Partial<ContainerToolCaller> = {}): ContainerToolCaller => ({
  callId: `call-${session}`,
  session,
  tokens: spawn,
  ...more,
});
export const alice: ContainerToolCaller = caller('alice');
export const bob: ContainerToolCaller = caller('bob');
/** A command that does nothing until it is ended. */
export const sleep = ['/bin/sleep', '1000'];

/** Tools with what a test looks at. */
export interface ToolsSubject extends AsyncDisposable {
  readonly tools: ContainerTools;
  readonly base: RuntimeSubject;
  readonly audit: ContainerToolAudit[];
  call(
    name: string,
    input: unknown,
    caller?: ContainerToolCaller,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>>;
}

/** Opens them. */
export async function openTools(
  options: Partial<ContainerToolsOptions> = {},
  runtime: SubjectOptions = {},
): Promise<ToolsSubject> {
  const base = await openRuntime(runtime);
  const audit: ContainerToolAudit[] = [];
  const tools = createContainerTools({
    runtime: base.runtime,
    clock: systemClock,
    audit: (record) => audit.push(record),
    ...options,
  });
  return {
    tools,
    base,
    audit,
    call: async (name, input, by = alice, signal = new AbortController().signal) =>
      Object(await tools.run(name, input, by, signal)),
    [Symbol.asyncDispose]: () => base[Symbol.asyncDispose](),
  };
}
