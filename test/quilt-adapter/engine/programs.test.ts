/** What a tool's process may become: nothing else without the token, by any door that the kernel has. */
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOutcome } from '#wit/interfaces';
import { probeProgram } from '../../../quilt-adapter/containers/probe-program.ts';
import type { ToolSample } from '../../conformance/tool-bundle.ts';
import { type EngineUnderTest, containerRunner, openEngine, usableBackends } from './engine-under-test.ts';

const usable = await usableBackends();

/** Calls of the C library, as a hostile tool makes them: each tells its errno. */
const libc = `const { dlopen, ptr, read } = require('bun:ffi'); const fs = require('node:fs');
  const { symbols: c } = dlopen('libc.so.6', { execve: { args: ['ptr', 'ptr', 'ptr'], returns: 'i32' }, memfd_create: { args: ['ptr', 'u32'], returns: 'i32' },
    syscall: { args: ['i64', 'i64', 'i64', 'ptr'], returns: 'i64' }, __errno_location: { args: [], returns: 'ptr' } });
  const kept = []; const at = (bytes) => { kept.push(bytes); return ptr(bytes); }; const text = (value) => at(Buffer.from(value + '\\0'));
  const errno = () => read.i32(c.__errno_location(), 0);
  const become = (path) => { const words = new BigUint64Array([BigInt(text(path)), 0n]); c.execve(text(path), at(words), at(new BigUint64Array(1))); return errno(); };`;

describe.each(['crun', 'runc', 'bubblewrap'] as const)('%s', (backend) => {
  describe.skipIf(!usable.has(backend))('a process that may start no program', () => {
    let opened: EngineUnderTest;
    beforeAll(async () => {
      opened = await openEngine({ backend });
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    async function call(body: string, tokens: readonly string[] = []): Promise<CallOutcome> {
      const sample: ToolSample = { name: 'probe', body, tokens };
      await using runner = await containerRunner(opened.engine, [sample], { engineOfTools: 'bun' });
      return await runner.run({
        id: 'call-1',
        tool: 'probe',
        input: { program: Uint8Array.from(probeProgram(process.arch === 'arm64' ? 'arm64' : 'x64')) },
      });
    }

    test('cannot become another one: not Bun, nothing that it wrote, nothing in memory', async () => {
      const outcome = await call(`${libc}
        fs.writeFileSync('/tmp/program', input.program, { mode: 0o755 });
        const fd = c.memfd_create(text('program'), 0); fs.writeSync(fd, input.program);
        return [become('/bin/bun'), become('/tmp/program'), become('/proc/self/fd/' + fd)];`);
      expect(outcome).toMatchObject({ kind: 'done', output: [1, 1, 1] });
    });

    test('has the same filters in all of its threads, and can set none', async () => {
      const outcome = await call(`${libc}
        const filters = fs.readdirSync('/proc/self/task').map((id) => /^Seccomp_filters:\\s*(\\d+)$/m.exec(fs.readFileSync('/proc/self/task/' + id + '/status', 'utf8'))?.[1]);
        const number = process.arch === 'arm64' ? 277 : 317;
        return { threads: filters.length > 1, kinds: new Set(filters).size, results: [Number(c.syscall(number, 1, 1, at(new Uint8Array(16)))), errno()] };`);
      expect(outcome).toMatchObject({ kind: 'done', output: { threads: true, kinds: 1, results: [-1, 1] } });
    });

    test('starts them with the token', async () => {
      const body = "return require('node:child_process').execFileSync('/bin/bun', ['--version']).toString();";
      expect(await call(body, ['spawn:self:exec'])).toMatchObject({
        kind: 'done',
        output: expect.stringMatching(/^\d+\./),
      });
      expect(await call(`try { ${body} } catch (error) { return error.code; }`)).toMatchObject({
        // runc's filter knows one refusal only.
        output: backend === 'runc' ? 'ENOSYS' : 'EPERM',
      });
    });
  });
});
