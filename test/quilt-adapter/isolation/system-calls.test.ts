/** The kernel itself answers: what is not on the list of a profile is refused, whatever its number, and so are the ways out that have worked somewhere once. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerProfile } from '../../../quilt-adapter/containers/backend.ts';
import { seccompProfile } from '../../../quilt-adapter/containers/seccomp.ts';
import { syscallNumber } from '../../../quilt-adapter/containers/syscalls.ts';
import { type Arena, isAttackable, isolating, openArena } from './arena.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const profiles: readonly ContainerProfile[] = [
  { network: false, spawn: false },
  { network: true, spawn: false },
  { network: false, spawn: true },
  { network: true, spawn: true },
];
/** Of the C library: why a call is refused. `EFAULT` and `EBADF` would say that the kernel had begun with it. */
const [notPermitted, accessDenied, invalid, noTerminal, notThere, noFamily] = [1, 13, 22, 25, 38, 97];
const widest = { network: true, spawn: true };

describe.each(isolating)('%s', (name) => {
  describe.skipIf(!isAttackable(name))('refuses', () => {
    let arena: Arena;
    let tricks: Readonly<Record<string, Readonly<Record<string, number>>>>;
    beforeAll(async () => {
      arena = await openArena(name);
      const { found, exit, stderr } = await arena.attack('tricks', { profile: widest, words: [String(arena.victim)] });
      expect([exit.cause, stderr]).toEqual(['exit status 0', '']);
      tricks = found as typeof tricks;
    });
    afterAll(() => arena[Symbol.asyncDispose]());

    test.each(profiles)(
      'every call that is not on the list of the profile %j, and those beyond all lists',
      async (profile) => {
        const allowed = seccompProfile(profile)
          .rules.flatMap(({ names }) => names)
          .flatMap((one) => syscallNumber(one, architecture) ?? []);
        const { found, exit } = await arena.attack('sweep', {
          profile,
          words: [JSON.stringify(allowed), name === 'runc' ? '' : 'x32'],
        });
        expect(exit).toMatchObject({ kind: 'exited', exitCode: 0 });
        const answers = found as Readonly<Record<string, readonly number[]>>;
        // What has an error of its own is refused as well: process calls without the token.
        const refused = new Set([-notThere, -notPermitted]);
        expect(Object.entries(answers).filter(([answer]) => !refused.has(Number(answer)))).toEqual([]);
        expect(answers[-notThere]?.length).toBeGreaterThan(300);
        expect(answers[-notPermitted]?.length ?? 0).toBeLessThan(8);
      },
    );

    test.each(['mounts', 'namespaces', 'kernel', 'clock'])(
      'all of %s, though its arguments are right and it has every token',
      (topic) => {
        for (const [trick, answer] of Object.entries(tricks[topic] ?? {}))
          expect([trick, [-notThere, -notPermitted].includes(answer) ? 'refused' : answer]).toEqual([trick, 'refused']);
        expect(Object.keys(tricks[topic] ?? {}).length).toBeGreaterThan(1);
      },
    );

    test.each(['rights', 'others', 'devices', 'sockets', 'files'])('all of %s: nothing comes of any of it', (topic) => {
      const noSuch = [2, 3, 6, 18, 30].map((code) => -code);
      const refusals = [-notPermitted, -accessDenied, -invalid, -noTerminal, -notThere, -noFamily, ...noSuch];
      for (const [trick, answer] of Object.entries(tricks[topic] ?? {}))
        expect([trick, refusals.includes(answer) ? 'refused' : answer]).toEqual([trick, 'refused']);
      expect(Object.keys(tricks[topic] ?? {}).length).toBeGreaterThan(1);
    });

    test.skipIf(architecture !== 'x64').each(['int 0x80', 'x32'])(
      'the entrance of 32-bit programs by %s: who takes it is refused, or does not come back',
      async (entrance) => {
        await using container = await arena.start('thirty-two-bits', { profile: widest, words: [entrance] });
        let seen = '';
        container.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        container.stderr.resume();
        // runc's filter ends the thread and not the process; who had passed would say so meanwhile.
        await Promise.race([container.exited, sleep(700)]);
        await container[Symbol.asyncDispose]();
        expect(['{"ready":true}\n', `{"ready":true}\n{"answer":-${notThere}}\n`]).toContain(seen);
        await arena.expectUnharmed();
      },
    );

    test.each(profiles)('programs and the network but for their tokens: %j', async (profile) => {
      const { found } = await arena.attack('start-others', { profile });
      const families = profile.network ? [1, 2, 10] : [1];
      const made = profile.spawn ? 'made' : 'refused';
      expect(found).toMatchObject({
        fork: process.arch === 'x64' ? made : 'refused',
        clone: made,
        clone3: -notThere,
        thread: 'made',
      });
      expect(found).toMatchObject({
        families,
        datagrams: families,
        program: profile.spawn ? 0 : expect.not.stringMatching(/^0$/),
      });
      expect(found).toMatchObject({ execveat: profile.spawn ? -2 : name === 'runc' ? -notThere : -notPermitted });
    });
  });
});
