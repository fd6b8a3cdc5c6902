/** The tools by which people and agents use containers. */
import { CodedError } from '#wit/errors';
import { containerForm, executeForm, logsForm, networkForm, present, requestOf } from './container-form.ts';
import type { ContainerToolName, ToolContext } from './container-tool.ts';
import { type RunnableTool, defineTool } from './define-tool.ts';
import { tokenMissing } from './errors.ts';
import { toolMaxima } from './limits.ts';
import * as schemas from './schemas.ts';
import { runWorkload } from './workload.ts';

/** What those need that start or run something. */
const spawn = ['spawn:self:exec'] as const;
/** Of a tool that only looks. */
const lookMs = 10_000;
/** Longer than a start, or than a stop that has to kill. */
const changeMs = 90_000;

const starting = { tokens: spawn, effect: 'at-most-once', timeoutMs: changeMs } as const;
const ending = { tokens: [], effect: 'idempotent', timeoutMs: changeMs } as const;
const looking = { tokens: [], effect: 'idempotent', timeoutMs: lookMs } as const;

const createContainer = defineTool({
  name: 'createContainer',
  description: 'Creates an isolated container and starts it, unless told not to.',
  input: schemas.createInput,
  output: schemas.containerOutput,
  ...starting,
  async run({ name, labels, start, ...input }, context) {
    mustHaveNet('createContainer', input.network, context);
    const { containers, runtime, signal } = context;
    context.about({ command: input.command });
    const info = await containers.create({ ...requestOf(input), labels, ...present({ name }) });
    context.about({ container: info.id });
    if (!start) return containerForm(info, containers.nameOf(info));
    try {
      const started = await runtime.start(info.id, signal);
      return containerForm(started, containers.nameOf(info));
    } catch (error) {
      // Whoever asked knows nothing of it.
      await runtime.remove(info.id, { force: true });
      throw error;
    }
  },
});

const startContainer = defineTool({
  name: 'startContainer',
  description: 'Starts a container that was created, or that has ended.',
  input: schemas.targetInput,
  output: schemas.containerOutput,
  ...starting,
  async run({ container }, context) {
    const { id, ...info } = await found(container, context);
    const started = await context.runtime.start(id, context.signal);
    return containerForm(started, context.containers.nameOf({ id, ...info }));
  },
});

const execInContainer = defineTool({
  name: 'execInContainer',
  description: 'Runs a command in a running container and gives its output and exit code.',
  input: schemas.executeInput,
  output: schemas.executeOutput,
  tokens: spawn,
  effect: 'at-most-once',
  timeoutMs: toolMaxima.executeTimeoutMs + lookMs,
  async run({ container, command, environment, workingDirectory, timeoutMs }, context) {
    const { id } = await found(container, context);
    context.about({ command });
    const options = { args: command, environment, workingDirectory, timeoutMs };
    return executeForm(await context.runtime.execute(id, options, context.signal));
  },
});

const stopContainer = defineTool({
  name: 'stopContainer',
  description: 'Ends a container: asks its process to end, and kills it after a time.',
  input: schemas.stopInput,
  output: schemas.containerOutput,
  ...ending,
  async run({ container, timeoutMs }, context) {
    const { id } = await found(container, context);
    const info = await context.runtime.stop(id, { timeoutMs }, context.signal);
    return containerForm(info, context.containers.nameOf(info));
  },
});

const removeContainer = defineTool({
  name: 'removeContainer',
  description: 'Removes a container; one that runs only by force.',
  input: schemas.removeInput,
  output: schemas.removeOutput,
  ...ending,
  async run({ container, force }, context) {
    try {
      const { id } = await found(container, context);
      await context.runtime.remove(id, { force }, context.signal);
      return { removed: true };
    } catch (error) {
      if (error instanceof CodedError && error.code === 'NOT_FOUND') return { removed: false };
      throw error;
    }
  },
});

const listContainers = defineTool({
  name: 'listContainers',
  description: 'Lists the containers of this session.',
  input: schemas.listInput,
  output: schemas.listOutput,
  ...looking,
  async run({ state }, { containers, signal }) {
    const all = await containers.list(signal);
    const wanted = state === undefined ? all : all.filter((info) => info.state === state);
    return { containers: wanted.map((info) => containerForm(info, containers.nameOf(info))) };
  },
});

const getContainerStatus = defineTool({
  name: 'getContainerStatus',
  description: 'Tells the state of a container, and why it ended if it has.',
  input: schemas.targetInput,
  output: schemas.containerOutput,
  ...looking,
  async run({ container }, context) {
    const info = await found(container, context);
    return containerForm(info, context.containers.nameOf(info));
  },
});

const getContainerLogs = defineTool({
  name: 'getContainerLogs',
  description: 'Gives the newest lines that a container wrote, oldest first.',
  input: schemas.logsInput,
  output: schemas.logsOutput,
  ...looking,
  async run({ container, tail }, context) {
    const { id } = await found(container, context);
    return logsForm(await context.runtime.logs(id, { tail }, context.signal));
  },
});

const getSystemMetrics = defineTool({
  name: 'getSystemMetrics',
  description: 'Tells what the machine uses, and what the running containers of this session use.',
  input: schemas.nothingInput,
  output: schemas.metricsOutput,
  ...looking,
  async run(_input, { runtime, containers, signal }) {
    const own = await containers.list(signal);
    const running = own.filter(({ state }) => state === 'running');
    const metrics = await Promise.all(
      // One may end while it is looked at.
      running.map(({ id }) => runtime.metrics(id, signal).catch(() => undefined)),
    );
    const { loadAverage, ...system } = await runtime.system(signal);
    return {
      ...system,
      loadAverage: [...loadAverage],
      containersTotal: own.length,
      containersRunning: running.length,
      containers: metrics.flatMap((each) => {
        if (!each) return [];
        const { id, atMs: _at, ...used } = each;
        return [{ id, ...present(used) }];
      }),
    };
  },
});

const getNetworkTopology = defineTool({
  name: 'getNetworkTopology',
  description: 'Tells how each container of this session reaches others.',
  input: schemas.nothingInput,
  output: schemas.topologyOutput,
  ...looking,
  async run(_input, { runtime, containers, signal }) {
    const own = new Set((await containers.list(signal)).map(({ id }) => id));
    return { networks: (await runtime.topology(signal)).filter(({ id }) => own.has(id)).map(networkForm) };
  },
});

const getContainerNetworkInfo = defineTool({
  name: 'getContainerNetworkInfo',
  description: 'Tells how a container reaches others.',
  input: schemas.targetInput,
  output: schemas.networkOutput,
  ...looking,
  async run({ container }, context) {
    const { id } = await found(container, context);
    return networkForm(await context.runtime.network(id, context.signal));
  },
});

const executeContainerWorkload = defineTool({
  name: 'executeContainerWorkload',
  description: 'Runs one command in a container of its own, which is removed afterwards.',
  input: schemas.workloadInput,
  output: schemas.workloadOutput,
  tokens: spawn,
  effect: 'at-most-once',
  timeoutMs: toolMaxima.executeTimeoutMs + changeMs,
  async run(input, context) {
    mustHaveNet('executeContainerWorkload', input.network, context);
    return runWorkload(input, context);
  },
});

/** Every tool, by name. */
export const containerTools: Readonly<Record<ContainerToolName, RunnableTool>> = {
  createContainer,
  startContainer,
  execInContainer,
  stopContainer,
  removeContainer,
  listContainers,
  getContainerStatus,
  getContainerLogs,
  getSystemMetrics,
  getNetworkTopology,
  getContainerNetworkInfo,
  executeContainerWorkload,
};

async function found(container: string, context: ToolContext): ReturnType<ToolContext['containers']['find']> {
  const info = await context.containers.find(container, context.signal);
  context.about({ container: info.id });
  return info;
}

/** Sockets of the network families are for callers that may reach something. */
function mustHaveNet(tool: string, wanted: boolean, { caller }: ToolContext): void {
  if (wanted && !caller.tokens.some(({ kind }) => kind === 'net')) throw tokenMissing(tool, 'net:<host>:<port>');
}
