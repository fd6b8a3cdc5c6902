/** bubblewrap under a host that is an ordinary user: the same walls, though nobody counts memory and processes there. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectMachine } from '../../../quilt-adapter/containers/machine.ts';
import { buildRootDirectory } from '../../../quilt-adapter/containers/root-directory.ts';
import { guestFiles, isAttackable } from './arena.ts';

const nobody = 65_534;
const machine = inspectMachine();
const reason = whyNot();
if (reason !== undefined) console.warn(`Skipped: the proofs of isolation as an ordinary user, since ${reason}`);

interface Ran {
  readonly exit: { readonly kind: string; readonly exitCode?: number };
  readonly found: Readonly<Record<string, unknown>>;
}

describe.skipIf(reason !== undefined)('a host without rights', () => {
  let directory = '';
  let seen: { user: number; controlGroups: string; look: Ran; tricks: Ran; others: Ran; daemons: Ran };
  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'aria-ordinary-'));
    chmodSync(directory, 0o755);
    const root = await buildRootDirectory({ cacheDirectory: path.join(directory, 'cache'), files: guestFiles() });
    const [state, secret] = [path.join(directory, 'state'), path.join(directory, 'secret')];
    mkdirSync(state);
    writeFileSync(secret, 'kept');
    for (const one of [state, secret]) if (machine.isRoot) chownSync(one, nobody, nobody);
    const script = path.join(import.meta.dirname, 'ordinary-user-host-child.ts');
    const { stdout, stderr } = spawnSync(process.execPath, [script, state, root.path, secret, 'kept-secret'], {
      ...(machine.isRoot && { uid: nobody, gid: nobody }),
      env: { ARIA_HOST_SECRET: 'kept-secret' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    seen = JSON.parse(stdout) as typeof seen;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('has containers with namespaces, no capability, and a filter', () => {
    const status = seen.look.found['status'] as Record<string, string>;
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(status[set]).toBe('0'.repeat(16));
    expect([status['NoNewPrivs'], status['Seccomp'], status['Uid']]).toEqual(['1', '2', '1000\t1000\t1000\t1000']);
    if (machine.isRoot) expect(seen.user).toBe(nobody);
    expect(seen.controlGroups).toBe('none');
  });

  test('shows them no file, no secret, no process and no open file of its own', () => {
    const { found } = seen.look;
    expect([found['direct'], found['leaks'], found['processes'], found['homes']]).toEqual(['ENOENT', [], ['1'], []]);
    for (const [, , content] of found['ways'] as string[][]) expect(content).toBe('ENOENT');
    expect([found['open'], found['writable'], found['masked']]).toEqual([['/tmp'], [], []]);
    const files = found['files'] as [number, string][];
    expect(
      files.filter(
        ([number, target]) =>
          number > 2 && /^(\/(?!dev\/null$)|pipe:|socket:)/.test(target) && !target.startsWith('/proc/1/'),
      ),
    ).toEqual([]);
  });

  test('lets nothing come of any trick', () => {
    for (const [topic, answers] of Object.entries(seen.tricks.found))
      if (typeof answers === 'object' && answers !== null)
        for (const [trick, answer] of Object.entries(answers as Record<string, number>))
          expect([topic, trick, answer < 0 ? 'refused' : answer]).toEqual([topic, trick, 'refused']);
    expect(seen.others.found).toMatchObject({ fork: 'refused', clone: 'refused', families: [1] });
  });

  test('leaves nothing when they have made daemons: no process, no file', () => {
    expect(seen.daemons.exit).toMatchObject({ kind: 'exited', exitCode: 0 });
    expect(readdirSync(path.join(directory, 'state'))).toEqual([]);
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(directory));
    expect(left).toEqual([]);
  });
});

/** Why it cannot be tried here; undefined if it can. */
function whyNot(): string | undefined {
  if (!isAttackable('bubblewrap')) return 'bubblewrap is not installed';
  const who = machine.isRoot ? { uid: nobody, gid: nobody } : {};
  const options = { ...who, encoding: 'utf8', cwd: '/', env: {}, timeout: 20_000 } as const;
  if (spawnSync(process.execPath, ['--version'], options).status !== 0) return 'others may not run this Node';
  const words = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '/bin/true'];
  const { status, stderr } = spawnSync(machine.find('bwrap') ?? 'bwrap', words, options);
  return status === 0 ? undefined : `the kernel refuses user namespaces: ${stderr.trim()}`;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
