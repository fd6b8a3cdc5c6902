/**
 * Removes what earlier processes of an owner have left: those that were killed together with their keepers. Whose it is stands in names
 * (`instance.ts`), so that nothing of a living host, or of another owner, is touched.
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { type HierarchyMounts, openControlGroups } from './control-groups.ts';
import { parseInstanceName } from './instance.ts';
import { bootId, isAlive } from './process-identity.ts';
import { removeGroup } from './running-container.ts';

/** Where to look. */
export interface OrphanOptions {
  readonly stateDirectory: string;
  readonly owner: string;
  readonly controlGroupName: string;
  readonly hierarchies: HierarchyMounts;
}

/** What was removed. */
export interface OrphansRemoved {
  readonly containers: number;
  readonly findings: readonly string[];
}

/** Ends and removes everything of instances whose host process is no more. */
export async function removeOrphans(options: OrphanOptions): Promise<OrphansRemoved> {
  const { stateDirectory, owner, controlGroupName, hierarchies } = options;
  const homes = hierarchies.mounts.map(({ directory }) => path.join(directory, controlGroupName));
  const names = new Set([stateDirectory, ...homes].flatMap(directoriesIn));
  const findings: string[] = [];
  let containers = 0;
  for (const name of names) {
    const parsed = parseInstanceName(name);
    if (parsed?.owner !== owner || isAliveNow(path.join(stateDirectory, name), parsed.host)) continue;
    const directory = path.join(stateDirectory, name);
    const groupPath = path.posix.join(controlGroupName, name);
    const left = new Set(directoriesIn(path.join(directory, 'containers')));
    endProcessGroups(path.join(directory, 'processes'), left);
    const groups = await removeGroups(hierarchies, groupPath);
    const count = Math.max(left.size, groups.members);
    containers += count;
    if (!groups.removed) findings.push(`The control groups "${groupPath}" still hold processes`);
    rmSync(directory, { recursive: true, force: true });
    findings.push(`Removed ${count} containers of the process ${parsed.host.pid}, which has ended`);
  }
  return { containers, findings };
}

/** A directory of an earlier boot may name a process that a living one has the number and the time of. */
function isAliveNow(directory: string, host: Parameters<typeof isAlive>[0]): boolean {
  if (!isAlive(host)) return false;
  try {
    const record: unknown = JSON.parse(readFileSync(path.join(directory, 'owner.json'), 'utf8'));
    if (typeof record !== 'object' || record === null || !('boot' in record)) return true;
    return record.boot === bootId();
  } catch {
    return true;
  }
}

/** Groups with a member count as containers; the others were launchers that waited, or ended by themselves. */
async function removeGroups(
  hierarchies: HierarchyMounts,
  groupPath: string,
): Promise<{ readonly members: number; readonly removed: boolean }> {
  using groups = openControlGroups(hierarchies, groupPath);
  let members = 0;
  for (const name of groups?.list() ?? []) {
    const group = groups?.adopt(name);
    if (group && group.members().length > 0) members += 1;
    await removeGroup(group);
  }
  return { members, removed: groups === undefined || groups.list().length === 0 };
}

/** A file is named by its container and says "<process group> <start time of its leader>". */
function endProcessGroups(directory: string, containers: Set<string>): void {
  for (const name of filesIn(directory)) {
    const [pid = 0, startTicks = 0] = textOf(path.join(directory, name)).trim().split(' ').map(Number);
    containers.add(name);
    if (pid <= 1 || !isAlive({ pid, startTicks })) continue;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function directoriesIn(directory: string): string[] {
  return entries(directory).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function filesIn(directory: string): string[] {
  return entries(directory).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}

function entries(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
