/**
 * Publishes or installs, and kills itself right before one of its operations on files: `killed-at-child.ts ACTION NUMBER DIRECTORY`. With the
 * number 0 it comes to its end, and prints how many there were.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const [, , action, number, directory = ''] = process.argv;
const fatal = Number(number);
let count = 0;

function step(): void {
  count += 1;
  if (count === fatal) process.kill(process.pid, 'SIGKILL');
}

function countCalls(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(owner, name);
    if (typeof original !== 'function') throw new TypeError(`there is no ${name}`);
    Reflect.set(owner, name, function counted(this: unknown, ...args: readonly unknown[]): unknown {
      step();
      return Reflect.apply(original, this, args);
    });
  }
}

const handle = await fs.open(import.meta.filename);
countCalls(Object.getPrototypeOf(handle), ['writeFile', 'sync']);
await handle.close();
countCalls(fs, ['mkdir', 'open', 'rename', 'rm', 'utimes']);
syncBuiltinESMExports();
count = 0;

const { openDirectoryRegistry } = await import('../../../compiler/packages/directory-registry.ts');
const registry = openDirectoryRegistry(join(directory, 'registry'));
if (action === 'publish') {
  const { samplePackage } = await import('./sample-package.ts');
  await registry.publish(samplePackage({ signed: false }));
} else {
  const { installDependencies } = await import('../../../compiler/packages/install.ts');
  const { PackageCache } = await import('../../../compiler/packages/package-cache.ts');
  await installDependencies({
    directory: join(directory, 'project'),
    wanted: { name: 'rates' },
    openRegistry: () => registry,
    cache: new PackageCache(join(directory, 'registry-cache')),
  });
}
process.stdout.write(String(count));
