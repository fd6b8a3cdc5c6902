/** `aria up --demo`: a host of its own in a temporary directory, with the example bundle built, signed and uploaded as a user would do it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hashBytes } from '#wit/bundle';
import type { ExitCode } from '#wit/errors';
import type { Firmware } from '../start.ts';
import type { CommandContext } from './context.ts';
import { type UpOptions, runHost } from './run-host.ts';

const arc = fileURLToPath(new URL('../../compiler/cli/bin.js', import.meta.url));
const project = fileURLToPath(new URL('../../guests/examples/invoice-kit', import.meta.url));
/** A first build compiles the prelude of the guest, some seconds on a small board. */
const buildMsMax = 120_000;

/** Runs until it is stopped; its directory is removed then. */
export async function upDemo(options: UpOptions, context: CommandContext): Promise<ExitCode> {
  const directory = await mkdtemp(join(tmpdir(), 'aria-demo-'));
  try {
    const home = join(directory, 'home');
    const key = join(directory, 'demo');
    const file = join(directory, 'demo.aria');
    context.progress.step('Building and signing the example');
    await run(['keygen', key, '--no-password'], context);
    await run(['build', project, '--out', file, '--sign', `${key}.key`], context);
    context.progress.clear();
    // Free ports, so that it runs beside a host; whoever names one gets it.
    const usual = { grpc: '127.0.0.1:0', web: '127.0.0.1:0', metrics: 'off', logLevel: 'warn' };
    return await runHost({ ...usual, ...options, home, trust: [`${key}.pub`] }, context, (firmware) =>
      upload(firmware, file, { home, terminal: context.terminal }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(args: readonly string[], { environment, signal }: CommandContext): Promise<void> {
  await promisify(execFile)(process.execPath, [arc, ...args], { env: { ...environment }, signal, timeout: buildMsMax });
}

async function upload(
  firmware: Firmware,
  file: string,
  { home, terminal }: { readonly home: string; readonly terminal: CommandContext['terminal'] },
): Promise<void> {
  const archive = await readFile(file);
  const owner = firmware.api({ name: 'owner', role: 'admin' });
  const { name, version } = await owner.upload({
    name: 'demo.aria',
    size: archive.length,
    hash: hashBytes(archive),
    signature: await readFile(`${file}.minisig`, 'utf8'),
    async *read(offset) {
      yield archive.subarray(offset);
    },
  });
  terminal.say(`${name} ${version} is active; try in another terminal:`);
  terminal.say(`  aria tools --home ${home}`);
  terminal.say(`  aria call dueDate --home ${home} --input '{"issued":"2026-01-30","termDays":14}'`);
}
