/** Containers side by side: none reaches another's sockets, or changes its own; what one leaves in a volume is no way out for the next, or for the host. */
import { mkdirSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstLine } from '../containers/backend-under-test.ts';
import { type Arena, isAttackable, isolating, openArena } from './arena.ts';
import { askSocket } from './ask-socket.ts';

/** Bun tells of every failed connection as refused; what matters is that there is none. */
const noWay = /^(ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT)$/;

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name))('a container', () => {
    let arena: Arena;
    let volume = '';
    let found: Readonly<Record<string, unknown>>;
    let without: Readonly<Record<string, unknown>>;
    const sockets = new Map<string, Server>();
    const closing = new AsyncDisposableStack();

    /** As the engine makes them: a directory for each container, its sockets and its hosts file in it. */
    async function socketDirectory(owner: string): Promise<string> {
      const directory = path.join(arena.under.directory, 'containers', owner);
      mkdirSync(directory, { recursive: true });
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(`you are ${owner}\n`));
      });
      await new Promise<void>((resolve) => server.listen(path.join(directory, 'turns.sock'), resolve));
      await chmod(path.join(directory, 'turns.sock'), 0o666);
      await writeFile(path.join(directory, 'hosts'), '127.0.0.1 localhost\n');
      sockets.set(owner, server);
      return directory;
    }

    beforeAll(async () => {
      arena = closing.use(await openArena(name));
      volume = arena.newVolume();
      const [own, other] = [await socketDirectory('one'), await socketDirectory('other')];
      const mounts = [
        { kind: 'bind', source: own, target: '/run/aria', writable: false },
        { kind: 'bind', source: path.join(own, 'hosts'), target: '/etc/hosts', writable: false },
        { kind: 'bind', source: volume, target: '/workspace', writable: true },
      ] as const;
      const words = [other, arena.abstractName, String(arena.hostPort)];
      const container = closing.use(await arena.start('neighbours', { mounts, words, profile: { network: true } }));
      container.stderr.resume();
      found = JSON.parse(await firstLine(container)) as typeof found;
      const blind = closing.use(
        await arena.start('neighbours', {
          mounts: [
            ...mounts.slice(0, 2),
            { kind: 'bind', source: arena.newVolume(), target: '/workspace', writable: true },
          ],
          words,
        }),
      );
      blind.stderr.resume();
      without = JSON.parse(await firstLine(blind)) as typeof without;
    });
    afterAll(async () => {
      for (const server of sockets.values()) server.close();
      await closing.disposeAsync();
    });

    test("reaches its own socket, and no other container's by any path, name or number", async () => {
      expect(found['own']).toBe('you are one');
      expect(found['beside']).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
      expect(found['abstract']).toBe(-111);
      for (const way of ['loopback', 'wide', 'outside'])
        expect([way, String(found[way])]).toEqual([way, expect.stringMatching(noWay)]);
      expect(String(found['name'])).toMatch(
        /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|DNS_|ENETUNREACH|ETIMEOUT|ESERVFAIL|EREFUSED)/,
      );
      expect(await askSocket(path.join(arena.under.directory, 'containers', 'other', 'turns.sock'), 'x')).toBe(
        'you are other',
      );
    });

    test('without the token has not even the sockets to try', () => {
      expect(without['own']).toBe('you are one');
      for (const way of ['loopback', 'wide', 'outside', 'name'])
        expect([way, String(without[way])]).toEqual([way, expect.stringMatching(/^E|DNS/)]);
    });

    test('cannot remove, replace, rename or cover its own sockets, or what names mean', async () => {
      for (const act of ['removed', 'replaced', 'another', 'mode', 'hosts'])
        expect([act, found[act]]).toEqual([act, expect.stringMatching(/^(EROFS|EACCES|EPERM|EXDEV)$/)]);
      expect([found['covered'], found['socket']]).toEqual([-38, 'ENXIO']);
      expect(await askSocket(path.join(arena.under.directory, 'containers', 'one', 'turns.sock'), 'x')).toBe(
        'you are one',
      );
    });

    test('sees behind the links of its volume its own files only, and the host sees links', () => {
      expect(found['followed']).toEqual(['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOENT']);
      expect(readlinkSync(path.join(volume, 'shadow'))).toBe('/etc/shadow');
    });

    test('holds no lease: the host opens a file of the volume at once', () => {
      for (const act of ['lease', 'leaseToWrite', 'notified'])
        expect([act, Number(found[act])]).toEqual([act, name === 'runc' ? -38 : -22]);
      expect(readFileSync(path.join(volume, 'leased'), 'utf8')).toBe('x');
    });

    test('that is started upon a link which another has left is refused, and nothing of the machine is covered', async () => {
      for (const target of ['/workspace/link', '/workspace/link/etc', '/workspace/root', '/workspace/shadow']) {
        const mounts = [
          { kind: 'bind', source: volume, target: '/workspace', writable: true },
          { kind: 'bind', source: arena.newVolume(), target, writable: true },
        ] as const;
        await expect(arena.start('waits', { mounts })).rejects.toMatchObject({ code: 'CONTAINER_SPEC_INVALID' });
      }
      await arena.expectUnharmed();
    });

    test.each(['/proc/self/fd/3', '/proc/self/fd/7', '/proc/1/cwd', '/workspace/root'])(
      'that is to begin in %s does not begin in a directory of the machine',
      async (workingDirectory) => {
        const mounts = [{ kind: 'bind', source: volume, target: '/workspace', writable: true }] as const;
        const script = 'console.log(JSON.stringify([process.cwd(), require("node:fs").readdirSync(".")]))';
        const begun = arena.under.start(script, { workingDirectory, mounts });
        const seen = await begun.then(
          async (container) => {
            await using one = container;
            one.stderr.resume();
            return JSON.parse((await Promise.race([firstLine(one), one.exited.then(() => '')])) || '[]') as unknown[];
          },
          () => [],
        );
        const inside = readdirSync(arena.under.root.path);
        expect(seen.length === 0 || Array.isArray(seen[1])).toBe(true);
        if (seen.length > 0) expect(inside).toEqual(expect.arrayContaining(seen[1] as string[]));
        await arena.expectUnharmed();
      },
    );
  });
});
