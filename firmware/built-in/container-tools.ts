/** The bundle `quilt`: tools that create, start and look at containers. */
import type { Clock } from '#host';
import type { ContainerRuntime, ContainerTools } from '#quilt-adapter';
import { type Token, parseToken } from '#wit/tokens';
import type { Log } from '../telemetry/telemetry.ts';
import { whenAborted } from '../when-aborted.ts';
import { type BuiltInBundle, builtInBundle } from './built-in-bundle.ts';

/** What the tools run on. */
export interface ContainerToolsSetting {
  readonly version: string;
  /** Opened with the first call. */
  readonly runtime: () => Promise<ContainerRuntime>;
  readonly clock: Clock;
  /** Of one session. */
  readonly createsPerMinute: number;
  readonly log: Log;
}

/** The name of the bundle. */
export const containerBundleName = 'quilt';

/** A client that its role let in may start what it likes; a tool only with the token. */
const ofClients: readonly Token[] = [parseToken('spawn:self:exec')];

/** Makes the bundle. */
export async function containerToolsBundle(setting: ContainerToolsSetting): Promise<BuiltInBundle> {
  const { containerToolNames, containerTools, createContainerTools } = await import('#quilt-adapter');
  const { version, runtime, clock, createsPerMinute, log } = setting;
  const listed = containerToolNames.map((name) => containerTools[name].tool);
  let made: { readonly runtime: ContainerRuntime; readonly tools: ContainerTools } | undefined;
  const toolsOn = (opened: ContainerRuntime): ContainerTools => {
    if (made?.runtime === opened) return made.tools;
    const tools = createContainerTools({
      runtime: opened,
      clock,
      limits: { createsMax: createsPerMinute, createsPerMs: 60_000 },
      audit: (record) => log.info('a container tool was called', { ...record }),
    });
    made = { runtime: opened, tools };
    return tools;
  };
  const about = { name: containerBundleName, version, description: 'Containers of this host' };
  return builtInBundle(about, listed, async ({ id, tool, input, session, client, within }, signal) => {
    const caller = {
      callId: id,
      // Whoever names no session has one: its own.
      session: session ?? client?.name ?? id,
      tokens: within ?? ofClients,
      admin: client?.admin === true,
    };
    return toolsOn(await openedFor(runtime(), signal)).run(tool, input, caller, signal);
  });
}

/** The first call builds a root file system: that goes on for the others where one of them has no more time. */
async function openedFor(opening: Promise<ContainerRuntime>, signal: AbortSignal): Promise<ContainerRuntime> {
  await Promise.race([opening, whenAborted(signal)]);
  signal.throwIfAborted();
  return opening;
}
