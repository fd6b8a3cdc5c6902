/** Compiled code in a tool: from a package with an addon that is made here, to a call in a container. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopBundler } from '#compiler';
import { writeBundle } from '#wit/bundle';
import { probeProgram } from '../../../quilt-adapter/containers/probe-program.ts';
import { containersHere } from '../../quilt-adapter/containers-here.ts';
import { usableBackends } from '../../quilt-adapter/engine/engine-under-test.ts';
import { type HostUnderTest, startHost } from '../host/host-under-test.ts';
import { buildProject, installBuilt, outputOf } from './project-bundle.ts';

/** As much of Node-API (version 8) as adding two numbers takes; machines have no headers of it. */
const addonSource = `#include <stddef.h>
#include <unistd.h>
typedef struct napi_env__ *napi_env; typedef struct napi_value__ *napi_value; typedef struct napi_info__ *napi_info; typedef int napi_status;
typedef napi_value (*napi_callback)(napi_env, napi_info);
extern napi_status napi_get_cb_info(napi_env, napi_info, size_t *, napi_value *, napi_value *, void **);
extern napi_status napi_get_value_double(napi_env, napi_value, double *);
extern napi_status napi_create_double(napi_env, double, napi_value *);
extern napi_status napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern napi_status napi_set_named_property(napi_env, napi_value, const char *, napi_value);
static napi_value add(napi_env env, napi_info info) {
  size_t count = 2; napi_value given[2], made; double left = 0, right = 0;
  napi_get_cb_info(env, info, &count, given, 0, 0);
  napi_get_value_double(env, given[0], &left); napi_get_value_double(env, given[1], &right);
  napi_create_double(env, left + right, &made);
  return made;
}
static napi_value become(napi_env env, napi_info info) {
  char *const words[] = { "program", 0 }; char *const none[] = { 0 }; napi_value made;
  (void)info;
  napi_create_double(env, execve("/tmp/program", words, none), &made);
  return made;
}
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "add", 3, add, 0, &function); napi_set_named_property(env, exports, "add", function);
  napi_create_function(env, "become", 6, become, 0, &function); napi_set_named_property(env, exports, "become", function);
  return exports;
}
`;

/** The addon's bytes; undefined where nothing compiles it. */
function compiledAddon(): Buffer | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'aria-addon-'));
  try {
    writeFileSync(join(directory, 'addon.c'), addonSource);
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', 'addon.node', 'addon.c'], { cwd: directory, stdio: 'ignore' });
    return readFileSync(join(directory, 'addon.node'));
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const addon = compiledAddon();
const program = probeProgram(process.arch === 'arm64' ? 'arm64' : 'x64');
const usable = await usableBackends();

describe.skipIf(addon === undefined || !(await containersHere()))('a tool with compiled code', () => {
  let host: HostUnderTest;
  let project: string;
  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'aria-native-'));
    const write = (path: string, content: string | Buffer): void => {
      mkdirSync(join(project, path, '..'), { recursive: true });
      writeFileSync(join(project, path), content);
    };
    write('package.json', '{ "name": "native-kit", "version": "1.0.0", "description": "Adds in C" }\n');
    write(
      'node_modules/sums/package.json',
      '{ "name": "sums", "version": "1.0.0", "main": "index.js", "gypfile": true }',
    );
    write('node_modules/sums/index.js', "module.exports = require('./build/Release/sums.node');\n");
    write(
      'node_modules/sums/index.d.ts',
      'export function add(a: number, b: number): number; export function become(): number;\n',
    );
    write('node_modules/sums/build/Release/sums.node', addon ?? '');
    write(
      'src/native-kit.ts',
      `import { writeFileSync } from 'node:fs';
import { add, become } from 'sums';
import { tool } from '@aria/sdk';
/** Adds in C. */
export const addUp = tool({}, (input: { a: number; b: number }): { sum: number } => ({ sum: add(input.a, input.b) }));
/** Tries to become a program that it wrote. */
export const turnInto = tool({}, (): { result: number } => {
  writeFileSync('/tmp/program', Buffer.from('${Buffer.from(program).toString('base64')}', 'base64'), { mode: 0o755 });
  return { result: become() };
});
`,
    );
    write(
      'src/plain.ts',
      `import { hostname } from 'node:os';
import { tool } from '@aria/sdk';
/** Needs no compiled code. */
export const plain = tool({}, (): string => hostname());
`,
    );
    host = await startHost();
  }, 60_000);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    rmSync(project, { recursive: true, force: true });
    await stopBundler();
  });

  test('says so in its manifest, and loads it in its container; it can still become no other program', async () => {
    const bundle = await buildProject(project);
    expect(bundle.manifest.tools.map(({ name, engine, native }) => [name, engine, native])).toEqual([
      ['addUp', 'bun', true],
      ['plain', 'bun', undefined],
      ['turnInto', 'bun', true],
    ]);
    await installBuilt(host, bundle);
    expect(await outputOf(host, 'addUp', { input: { a: 40, b: 2 } })).toEqual({ sum: 42 });
    expect(await outputOf(host, 'turnInto')).toEqual({ result: -1 });

    if (!usable.has('crun') && !usable.has('runc')) return;
    // What the manifest does not say the machine does not do.
    const { manifest, files } = bundle;
    const silent = manifest.tools.map(({ native: _native, ...tool }) => tool);
    const archive = writeBundle({ manifest: { ...manifest, version: '1.0.1', tools: silent }, files });
    await installBuilt(host, { archive }, 2);
    expect(await outputOf(host, 'addUp', { input: { a: 40, b: 2 } })).toMatchObject({
      message: expect.stringMatching(/failed to map segment|Operation not permitted/),
    });
  });
});
