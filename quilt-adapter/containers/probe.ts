/** Whether a back end works here: what was looked at, what was seen, what to do. Each one really starts a container, of a program that ends at once. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { type BackendName, type BackendProbe, type ProbeFinding, backendNames } from './backend.ts';
import { findHierarchies, openControlGroups } from './control-groups.ts';
import { probeTimeoutMs } from './limits.ts';
import { type Machine, inspectMachine } from './machine.ts';
import { type BackendOptions, openNamed, programs } from './open-named.ts';
import { probeStatus, writeProbeRoot } from './probe-program.ts';
import { isSyscallArchitecture } from './syscalls.ts';

const versionTimeoutMs = 5_000;
const run = promisify(execFile);

/** Looks at all back ends, or at those named, in the order of preference. Leaves nothing behind. */
export async function probeBackends(
  options: BackendOptions,
  names: readonly BackendName[] = backendNames,
): Promise<readonly BackendProbe[]> {
  const probes: BackendProbe[] = [];
  for (const name of names) probes.push(await probeBackend(name, options));
  return probes;
}

/** Looks at one back end. */
export async function probeBackend(name: BackendName, options: BackendOptions): Promise<BackendProbe> {
  const machine = options.machine ?? inspectMachine();
  if (name === 'none') return noneProbe;
  const findings: ProbeFinding[] = [];
  const program = machine.find(programs[name]);
  const version = program === undefined ? undefined : await versionOf(program, machine);
  findings.push({
    what: `${programs[name]} is installed`,
    ok: program !== undefined && version !== undefined,
    seen:
      program === undefined
        ? `not in ${machine.searchPath}`
        : `${program}, ${version ?? 'which does not say its version'}`,
    remedy: version === undefined ? `Install the package ${name}` : undefined,
  });
  findings.push(rightsFinding(name, machine), architectureFinding(), ...helperFindings(name, machine));
  const controlGroups = probeControlGroups(machine, options, findings);
  const isolation = { version, controlGroups, userNamespace: true, seccomp: true } as const;
  const blocked = findings.some(({ ok, what }) => !ok && what !== controlGroupsQuestion);
  if (blocked) return { name, usable: false, ...isolation, userNamespace: false, seccomp: false, findings };
  return tryContainers({ name, usable: true, ...isolation, findings }, { ...options, machine });
}

const noneProbe: BackendProbe = {
  name: 'none',
  usable: true,
  version: undefined,
  findings: [
    {
      what: 'containers are isolated',
      ok: false,
      seen: 'a plain process with all the rights of the host, whose memory, CPU and processes nobody limits',
      remedy: 'Install crun, runc or bubblewrap, and use this for trusted tools only',
    },
  ],
  controlGroups: 'none',
  userNamespace: false,
  seccomp: false,
};

const controlGroupsQuestion = 'control groups limit memory, CPU and processes';

async function versionOf(program: string, { searchPath }: Machine): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: versionTimeoutMs, env: { PATH: searchPath } });
    return /\d+\.\d+(?:\.\d+)?[^\s]*/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

function rightsFinding(name: BackendName, { isRoot }: Machine): ProbeFinding {
  const seen = `runs as ${isRoot ? 'root' : `user ${process.geteuid?.()}`}`;
  if (name !== 'bubblewrap')
    return {
      what: 'the host has the rights to start it',
      ok: isRoot,
      seen,
      remedy: isRoot ? undefined : 'Run the host as root, or use bubblewrap',
    };
  const maximum = textOf('/proc/sys/user/max_user_namespaces');
  const debian = textOf('/proc/sys/kernel/unprivileged_userns_clone');
  const ok = maximum !== '0' && (isRoot || debian !== '0');
  return {
    what: 'user namespaces are allowed',
    ok,
    seen: `${seen}, user.max_user_namespaces is ${maximum || 'unknown'}${debian === '' ? '' : `, kernel.unprivileged_userns_clone is ${debian}`}`,
    remedy: ok ? undefined : 'Run "sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1"',
  };
}

function architectureFinding(): ProbeFinding {
  const ok = process.platform === 'linux' && isSyscallArchitecture(process.arch);
  const seen = `${process.platform} on ${process.arch}`;
  return { what: 'the machine is known', ok, seen, remedy: ok ? undefined : 'Use Linux on x64 or arm64' };
}

/** util-linux, which every distribution has; only as root. */
function helperFindings(name: BackendName, machine: Machine): ProbeFinding[] {
  if (!machine.isRoot) return [];
  const needed = ['unshare', 'mount', 'umount', ...(name === 'bubblewrap' ? ['setpriv'] : [])];
  const missing = needed.filter((program) => machine.find(program) === undefined);
  const ok = missing.length === 0 && existsSync(machine.shell);
  return [
    {
      what: 'its helpers are installed',
      ok,
      seen: missing.length === 0 ? needed.join(', ') : `${missing.join(', ')} not in ${machine.searchPath}`,
      remedy: ok ? undefined : 'Install the packages util-linux and mount',
    },
  ];
}

function probeControlGroups(
  { isRoot }: Machine,
  { controlGroupName = 'aria', owner }: BackendOptions,
  findings: ProbeFinding[],
): BackendProbe['controlGroups'] {
  const hierarchies = findHierarchies();
  const { version } = hierarchies;
  const hybrid = hierarchies.hybridMount === undefined ? '' : `; v2 at ${hierarchies.hybridMount} is hidden from crun`;
  let seen = `${hierarchies.seen}${hybrid}`;
  let ok = version !== 'none' && isRoot;
  if (!isRoot) seen = `${seen}, which only root may use: nobody limits memory, CPU and processes`;
  else if (ok) {
    try {
      openControlGroups(hierarchies, path.posix.join(controlGroupName, `${owner}-probe-${process.pid}`))?.[
        Symbol.dispose
      ]();
    } catch (error) {
      ok = false;
      seen = `${seen}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const remedy = isRoot
    ? 'Mount control groups with the controllers memory, pids and cpu, and let the host write them'
    : 'Run the host as root';
  findings.push({ what: controlGroupsQuestion, ok, seen, remedy: ok ? undefined : remedy });
  return ok ? version : 'none';
}

/** With a user namespace first; root can do without where the machine has none. */
async function tryContainers(probe: BackendProbe, options: BackendOptions): Promise<BackendProbe> {
  const attempts = probe.name === 'bubblewrap' ? [true] : [true, false];
  let findings = probe.findings;
  for (const userNamespace of attempts) {
    const attempt: BackendProbe = { ...probe, userNamespace };
    const failure = await tryContainer(attempt, options);
    const finding: ProbeFinding = {
      what: `a container starts${userNamespace ? '' : ', without a user namespace'}`,
      ok: failure === undefined,
      seen: failure ?? 'it started, ran and ended as it should',
      remedy: failure === undefined ? undefined : 'Look up what it says; another back end may do',
    };
    findings = [...findings, finding];
    if (failure === undefined) return { ...attempt, findings };
  }
  return { ...probe, usable: false, userNamespace: false, seccomp: false, findings };
}

/** What stands against it; undefined if nothing does. */
async function tryContainer(probe: BackendProbe, options: BackendOptions): Promise<string | undefined> {
  if (!isSyscallArchitecture(process.arch)) return 'the machine is not known';
  const root = path.join(options.stateDirectory, `.probe-${randomBytes(6).toString('hex')}`);
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`it did not end within ${probeTimeoutMs} ms`), probeTimeoutMs);
  try {
    writeProbeRoot(root, process.arch);
    await using backend = openNamed(probe.name, probe, options);
    await using container = await backend.start({
      id: 'probe',
      args: ['/probe'],
      environment: {},
      workingDirectory: '/',
      rootDirectory: root,
      mounts: [],
      limits: {
        memoryBytesMax: 64 * 1024 * 1024,
        cpusMax: 1,
        processesMax: 32,
        openFilesMax: 256,
        temporaryBytesMax: 64 * 1024,
      },
      profile: { network: false, spawn: false },
    });
    const words = firstWords(container.stderr);
    container.stdout.resume();
    const ended = container.exited.then(({ exitCode, cause }) =>
      exitCode === probeStatus ? undefined : `it ended with ${cause}${words()}`,
    );
    return await Promise.race([ended, late.promise]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
    rmSync(root, { recursive: true, force: true });
  }
}

function firstWords(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    if (text.length < 500) text += chunk.toString();
  });
  return () => (text === '' ? '' : `: ${text.trim()}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return '';
  }
}
