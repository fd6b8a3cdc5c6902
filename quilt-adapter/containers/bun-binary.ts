/** Where Bun and the libraries that it needs are on this machine. */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { type ElfFacts, readElf } from './elf.ts';
import { rootUnavailable } from './errors.ts';
import { librariesMax } from './limits.ts';

/** npm packages that hold nothing but the binary. */
const packages: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: '@oven/bun-linux-x64',
  arm64: '@oven/bun-linux-aarch64',
};
/** Where glibc's loader looks without a cache: Debian's path of the machine, then those of the other distributions. */
const libraryDirectories: Readonly<Partial<Record<NodeJS.Architecture, readonly string[]>>> = {
  x64: ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  arm64: ['/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
};

/** The binary of Bun's npm package for this machine. @throws `CONTAINERS_UNAVAILABLE` without one. */
export function locateBun(): string {
  const name = packages[process.arch];
  if (name === undefined)
    throw rootUnavailable('Bun', `has no build for ${process.arch}`, 'Run containers on x64 or arm64');
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'bun');
  } catch {
    throw rootUnavailable(`the package "${name}"`, 'is not installed', `Run "npm install ${name}"`);
  }
}

/**
 * What a program needs beside itself: its loader and every library, by the path inside the root at which the loader finds it, and the
 * file of this machine that goes there.
 * @throws `CONTAINERS_UNAVAILABLE` if one is missing.
 */
export function locateLibraries(program: string): ReadonlyMap<string, string> {
  const facts = readElf(program);
  const found = new Map<string, string>();
  if (facts.interpreter !== undefined) {
    if (!existsSync(facts.interpreter)) throw missing(facts.interpreter, program);
    found.set(facts.interpreter, realpathSync(facts.interpreter));
  }
  const waiting = [...facts.needed];
  const seen = new Set<string>();
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (seen.size > librariesMax)
      throw rootUnavailable(
        `"${program}"`,
        `needs more than ${librariesMax} libraries`,
        'Use the Bun of its npm package',
      );
    const { place, file, needed } = locateLibrary(name, facts, program);
    // The loader is a library of others, too; it stands where the program names it.
    if (![...found.values()].includes(file)) found.set(place, file);
    waiting.push(...needed);
  }
  return found;
}

function locateLibrary(
  name: string,
  { architecture }: ElfFacts,
  program: string,
): { readonly place: string; readonly file: string; readonly needed: readonly string[] } {
  if (name.includes('/')) throw missing(name, program);
  for (const directory of libraryDirectories[architecture] ?? []) {
    const place = path.join(directory, name);
    if (!existsSync(place)) continue;
    const file = realpathSync(place);
    const facts = readElf(file);
    if (facts.architecture === architecture) return { place, file, needed: facts.needed };
  }
  throw missing(name, program);
}

function missing(name: string, program: string): Error {
  return rootUnavailable(
    `"${name}", which "${program}" needs,`,
    'is not on this machine',
    'Install the C library of a glibc distribution (package libc6 or glibc)',
  );
}
