import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { readBundle } from '#wit/bundle';
import { olderNode } from './older-node.ts';
import { copySample, runArc, temporaryDirectory } from './run-arc.ts';

const home = temporaryDirectory();
const directory = temporaryDirectory();
afterAll(() => {
  home[Symbol.dispose]();
  directory[Symbol.dispose]();
});

/** Sends the signal as soon as stderr says that the work has come to this point. */
function signalAt(text: string, signal: NodeJS.Signals): (child: ChildProcess) => void {
  return (child) => {
    let seen = '';
    let sent = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (!sent && seen.includes(text)) sent = child.kill(signal);
    });
  };
}

/** Everything below a directory that is no whole component, bundle or compiled module. */
function halfWritten(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
}

describe.each([
  ['the bundled Node', process.execPath],
  ['an older Node', olderNode()],
])('started by %s,', (_name, node) => {
  const setup = { home: home.path, directory: directory.path, node: node ?? '' };

  test.skipIf(node === undefined).each(['SIGINT', 'SIGTERM'] as const)(
    'a build that gets %s exits with 130 and leaves nothing',
    async (signal) => {
      copySample('slow', directory.path);
      const { code, stdout, stderr } = await runArc(['build', 'slow', '--out', 'interrupted'], {
        ...setup,
        onStart: signalAt('Building components', signal),
      });
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(stderr).toContain('CANCELLED');
      expect(existsSync(join(directory.path, 'interrupted'))).toBe(false);
      expect(halfWritten(home.path)).toEqual([]);
    },
  );
  test.skipIf(node === undefined)(
    'a call that is interrupted exits with 130; with --json its outcome is on stdout',
    async () => {
      copySample('invoice-kit', directory.path);
      const { code, stdout } = await runArc(['run', 'invoice-kit', 'pause', '--json'], {
        ...setup,
        onStart: signalAt('Calling pause', 'SIGINT'),
      });
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'failed', error: { code: 'CANCELLED' } });
    },
  );
});

test('wherever an interrupt falls, there is a whole bundle or none', async () => {
  copySample('invoice-kit', directory.path);
  for (const delayMs of [0, 60, 120, 180, 240, 300, 400, 500, 700, 1_000]) {
    const out = join(directory.path, `after-${delayMs}`);
    const { code, signal } = await runArc(['build', 'invoice-kit', '--out', out], {
      home: home.path,
      directory: directory.path,
      onStart: (child) => void sleep(delayMs).then(() => child.kill('SIGINT')),
    });
    // Before arc listens, the system ends it.
    expect([0, 130, null]).toContain(code);
    if (code === null) expect(signal).toBe('SIGINT');
    const files = existsSync(out) ? readdirSync(out) : [];
    expect(files).toEqual(code === 0 ? ['invoice-kit-0.2.0.aria'] : []);
    if (code === 0)
      expect(readBundle(readFileSync(join(out, 'invoice-kit-0.2.0.aria'))).manifest.name).toBe('invoice-kit');
  }
  expect(halfWritten(home.path)).toEqual([]);
});
