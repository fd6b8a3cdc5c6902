/** The 31 methods of the quirky daemon, as `facts` about the real one say, each with its own way to refuse. */
import { execFile } from 'node:child_process';
import type { Random } from '../../fuzz.ts';
import { type QuirkyContainers, type Row, type Workers, seconds } from './quirky-containers.ts';
import type { QuirkyEvents } from './quirky-events.ts';

/** What the methods work on. */
export interface DaemonState {
  readonly containers: QuirkyContainers;
  readonly workers: Workers;
  readonly events: QuirkyEvents;
  readonly random: Random;
  readonly volumes: Map<
    string,
    { name: string; driver: string; mountPoint: string; labels: object; options: object; createdAt: number }
  >;
  /** Creates that meet find the database locked in so many of a hundred cases. */
  readonly lockedPercent: number;
  readonly cores: number;
  readonly controlGroups: 'v1' | 'v2';
  readonly startedAtMs: number;
  /** Sources of mounts that it refuses besides its own list. */
  readonly denied: ReadonlySet<string>;
  healthy: boolean;
  creating: number;
  /** Most commands that ran at the same time. */
  executing: number;
  executingMost: number;
}

/** A status of gRPC instead of an answer. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
  }
}

const notFoundStatus = 5;
const invalidArgumentStatus = 3;
// The loader's messages, as objects.
type Message = Record<string, unknown>;
type Method = (request: Message, state: DaemonState) => Message | Promise<Message>;

const wireStatus = {
  Created: 'PENDING',
  Starting: 'PENDING',
  Running: 'RUNNING',
  Exited: 'EXITED',
  Error: 'FAILED',
} as const;
const deniedSource = /^\/(?:etc\/(?:passwd|shadow|sudoers)|proc|sys|dev|boot)(?:\/|$)/;

function no(errorMessage: string): Message {
  return { success: false, errorMessage };
}

function rowOf(request: Message, { containers }: DaemonState): Row | undefined {
  return containers.rows.get(String(request['containerId'])) ?? namedRow(request, containers);
}

function namedRow(request: Message, containers: QuirkyContainers): Row | undefined {
  const name = String(request['containerName'] ?? '');
  return request['containerId'] === '' && name !== '' ? containers.byName(name) : undefined;
}

async function create(request: Message, state: DaemonState): Promise<Message> {
  const command = request['command'] as string[];
  if (command.length === 0 && request['asyncMode'] !== true) {
    throw new Refusal(invalidArgumentStatus, 'Command required for non-async containers');
  }
  const { containers, workers, events, random } = state;
  state.creating += 1;
  try {
    await containers.sleep(2);
    const network = request['enableNetworkNamespace'] === true;
    if (network && state.creating > 1 && random.below(100) < state.lockedPercent) {
      return {
        containerId: '',
        ...no(`Database error: error returned from database: (code: ${random.pick([5, 517])}) database is locked`),
      };
    }
    const row = containers.insert({ name: String(request['name']), command, network });
    const mounts = request['mounts'] as { source: string; type: string }[];
    const denied = mounts.find(
      ({ source, type }) => type === 'BIND' && (deniedSource.test(source) || state.denied.has(source)),
    );
    // The row stays.
    if (denied !== undefined)
      return { containerId: '', ...no(`Mount security validation failed: ${denied.source} is not allowed`) };
    events.add('created', row.id);
    void containers.start(row, String(request['imagePath']), workers);
    return { containerId: row.id, success: true };
  } finally {
    state.creating -= 1;
  }
}

function status(request: Message, state: DaemonState): Message {
  const row = rowOf(request, state);
  const name = String(request['containerName'] ?? '');
  if (row === undefined) {
    const text =
      name === '' ? `Container ${request['containerId']} not found` : `Container with name '${name}' not found`;
    throw new Refusal(notFoundStatus, text);
  }
  return {
    containerId: request['containerId'] === '' ? '' : row.id,
    status: wireStatus[row.state],
    exitCode: row.exitCode,
    errorMessage: row.state === 'Error' ? 'Container failed' : '',
    pid: row.pid,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    exitedAt: 0,
    ipAddress: row.address,
  };
}

function logs(request: Message, state: DaemonState): Message {
  const row = rowOf(request, state);
  if (row === undefined && request['containerId'] === '') throw new Refusal(notFoundStatus, 'Container not found');
  return { containerId: request['containerId'], logs: row?.logs ?? [] };
}

async function kill(request: Message, state: DaemonState): Promise<Message> {
  const row = rowOf(request, state);
  if (row === undefined) return no(`Failed to get container status: Container not found: ${request['containerId']}`);
  if (row.state !== 'Running') return no(`Container is not running (state: ${row.state})`);
  await state.containers.kill(row);
  return { success: true };
}

function start(request: Message, state: DaemonState): Message {
  const row = rowOf(request, state);
  if (row === undefined) return no(`Container not found: Container not found: ${request['containerId']}`);
  if (row.state === 'Running') return { ...no('Container is already running'), pid: row.pid };
  if (row.state !== 'Exited') return no(`Cannot start container in state: ${row.state}`);
  void state.containers.sleep(20).then(() => state.containers.launch(row));
  return { success: true, pid: 0 };
}

function remove(request: Message, state: DaemonState): Message {
  const row = rowOf(request, state);
  if (row === undefined) return no(`Container not found: ${request['containerId']}`);
  state.containers.remove(row);
  state.events.add('removed', row.id);
  return { success: true };
}

async function execute(request: Message, state: DaemonState): Promise<Message> {
  const row = rowOf(request, state);
  if (row === undefined) {
    if (request['containerId'] !== '')
      throw new Refusal(notFoundStatus, `Container ${request['containerId']} not found`);
    return { ...no('Container not found'), exitCode: -1 };
  }
  if (row.state !== 'Running')
    return { ...no(`Container ${row.id} is not running (state: ${row.state})`), exitCode: -1 };
  state.executing += 1;
  state.executingMost = Math.max(state.executingMost, state.executing);
  try {
    const { code, stdout, stderr, failure } = await shell((request['command'] as string[]).join(' '));
    if (failure !== undefined) return { ...no(`Exec failed: ${failure}`), exitCode: -1 };
    const doubted = /not found|No such file|can't execute/.test(stderr);
    const captured = request['captureOutput'] === true ? { stdout, stderr } : {};
    const success = code === 0 && !doubted;
    return {
      success,
      exitCode: code,
      ...captured,
      errorMessage: success ? '' : `Command failed: ${stderr.slice(0, 100)}`,
    };
  } finally {
    state.executing -= 1;
  }
}

interface ShellResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: string;
}

/** A real shell. */
function shell(line: string): Promise<ShellResult> {
  return new Promise((resolve) => {
    try {
      const options = { encoding: 'utf8', maxBuffer: 2 ** 28, cwd: '/' } as const;
      const child = execFile('/bin/sh', ['-c', line], options, (error, stdout, stderr) => {
        if (error !== null && typeof error.code === 'string')
          resolve({ code: -1, stdout, stderr, failure: error.message });
        // A signal has no code.
        else resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      });
      child.stdin?.end();
    } catch (error) {
      resolve({ code: -1, stdout: '', stderr: '', failure: String(error) });
    }
  });
}

function metrics(request: Message, state: DaemonState): Message {
  const asked = String(request['containerId'] ?? '');
  const all = [...state.containers.rows.values()].filter(
    (row) => row.state === 'Running' && (asked === '' || row.id === asked),
  );
  const read = state.controlGroups === 'v2';
  const containerMetrics = all.map((row) => ({
    containerId: row.id,
    timestamp: Date.now(),
    diskReadBytes: 4_096,
    ...(read && {
      cpuUsageUsec: 1_500,
      memoryCurrentBytes: 1_048_576,
      memoryPeakBytes: 2_097_152,
      memoryLimitBytes: 0,
    }),
  }));
  const systemMetrics = {
    timestamp: Date.now(),
    memoryUsedMb: 1_000,
    memoryTotalMb: 4_000,
    cpuCount: state.cores,
    loadAverage: [0.5, 0.25, 0.125],
    containersTotal: state.containers.rows.size,
    containersRunning: all.length,
  };
  return { containerMetrics, ...(request['includeSystem'] === true && { systemMetrics }) };
}

function createVolume(request: Message, { volumes }: DaemonState): Message {
  const name = String(request['name']);
  if (name === '' || name.includes('/')) return no('Resource validation failed: Invalid volume name');
  if (volumes.has(name)) return no(`Volume '${name}' already exists`);
  const { driver, labels, options } = request as { driver: string; labels: object; options: object };
  const volume = { name, driver, mountPoint: `/var/lib/quilt/volumes/${name}`, labels, options, createdAt: seconds() };
  volumes.set(name, volume);
  return { success: true, volume };
}

function removeVolume(request: Message, { volumes }: DaemonState): Message {
  const name = String(request['name']);
  if (!volumes.has(name)) return no(`Container not found: volume:${name}`);
  if (name.startsWith('used') && request['force'] !== true) return no(`Volume '${name}' is in use by 1 container(s)`);
  volumes.delete(name);
  return { success: true };
}

function allocation({ id, address }: Row): Message {
  return { containerId: id, ipAddress: address, bridgeInterface: 'quilt0', setupCompleted: false, status: 'allocated' };
}

function network(request: Message, state: DaemonState): Message {
  const row = rowOf(request, state);
  if (row === undefined || !row.network)
    return no(`No network configuration found for container ${request['containerId']}`);
  return { success: true, networkConfig: { ipAddress: row.address, bridgeInterface: 'quilt0', setupCompleted: false } };
}

const notThere: Method = (request) => no(`Container ${request['containerId']} not found`);

/** All but StreamEvents. */
export const methods: Readonly<Record<string, Method>> = {
  CreateContainer: create,
  GetContainerStatus: status,
  GetContainerLogs: logs,
  StopContainer: notThere,
  RemoveContainer: remove,
  ExecContainer: execute,
  StartContainer: start,
  KillContainer: kill,
  GetContainerByName: (request, { containers }) => {
    const row = containers.byName(String(request['name']));
    return row === undefined ? { found: false, errorMessage: 'not found' } : { found: true, containerId: row.id };
  },
  CreateVolume: createVolume,
  RemoveVolume: removeVolume,
  ListVolumes: (_, { volumes }) => ({ volumes: [...volumes.values()] }),
  InspectVolume: (request, { volumes }) => {
    const volume = volumes.get(String(request['name']));
    return volume === undefined
      ? { found: false, errorMessage: `Volume '${request['name']}' not found` }
      : { found: true, volume };
  },
  GetHealth: (_, { healthy, startedAtMs, containers }) => ({
    healthy,
    status: healthy ? 'healthy' : 'degraded',
    uptimeSeconds: Math.floor((Date.now() - startedAtMs) / 1_000),
    containersTotal: containers.rows.size,
    checks: [{ name: 'database', healthy, message: healthy ? 'ok' : 'disk I/O\nerror' }],
  }),
  GetMetrics: metrics,
  GetSystemInfo: (_, { startedAtMs }) => ({ version: '0.1.0', runtime: 'linux/x86_64', startTime: startedAtMs }),
  ListActiveMonitors: () => ({ success: true, monitors: [] }),
  GetMonitorStatus: (request) => no(`Container not found: ${request['containerId']}`),
  ListMonitoringProcesses: () => ({ success: true, processes: [] }),
  ListNetworkAllocations: (_, { containers }) => ({
    allocations: [...containers.rows.values()].filter((row) => row.network).map(allocation),
  }),
  GetContainerNetwork: network,
  SetContainerNetwork: notThere,
  SetupContainerNetworkPostStart: notThere,
  ListDnsEntries: () => ({ success: true, entries: [] }),
  GetCleanupStatus: () => ({ success: true, tasks: [] }),
  ListCleanupTasks: () => ({ success: true, tasks: [] }),
  GetCleanupTaskStatus: (request) => no(`Resource validation failed: Cleanup task ${request['taskId']} not found`),
  ListContainerCleanupTasks: () => ({ success: true, tasks: [] }),
  ForceCleanup: () => ({ success: true, cleanedResources: [] }),
  ComprehensiveNetworkCleanup: () => ({ success: true, cleanedResources: ['bridge'] }),
};

/** Methods that hold their worker thread while they run. */
export const blocking: ReadonlySet<string> = new Set(['ExecContainer']);
