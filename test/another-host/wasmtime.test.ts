import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { importsOf, loadTemplate, rebuild } from '#guest-engine';
import { python } from './wasmtime-python.ts';

const source = `
const { kv, log } = require('@aria/sdk');
exports.tool = { blobs: false, async run({ name }) {
  log.info('hello from the tool');
  await kv('orders').setJson('last', { name });
  const both = await Promise.all([kv('orders').getJson('last'), kv('orders').get('none')]);
  return { name: both[0].name, missing: both[1] === undefined };
} };`;

test.skipIf(!python)(
  'a component of ours runs in another WASI 0.2 host that supplies aria:host: Wasmtime for Python',
  async () => {
    const imports = importsOf(['kv:orders:rw']);
    const { component } = await rebuild({
      template: await loadTemplate(),
      source,
      name: 'remember',
      imports,
      memoryBytesMax: 64 * 1024 * 1024,
    });
    const directory = await mkdtemp(join(tmpdir(), 'aria-another-host-'));
    try {
      await writeFile(join(directory, 'tool.wasm'), component);
      const script = fileURLToPath(new URL('wasmtime_host.py', import.meta.url));
      const { stdout } = await promisify(execFile)(python ?? '', [
        script,
        join(directory, 'tool.wasm'),
        '{"name":"Zoë"}',
      ]);
      const outcome = JSON.parse(stdout) as { output: string; turns: number; logs: string[]; imports: string[] };
      expect(JSON.parse(outcome.output)).toEqual({ name: 'Zoë', missing: true });
      expect(outcome.turns).toBe(3);
      expect(outcome.logs).toEqual(['hello from the tool']);
      expect(outcome.imports.filter((name) => !name.includes('/types@')).sort()).toEqual(imports);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
