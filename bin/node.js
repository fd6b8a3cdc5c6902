#!/usr/bin/env node
/**
 * Starts a TypeScript file on the Node that this package brings, from whichever Node the machine has (20 or later).
 * `node bin/node.js FILE ARGS…` does it from a script; `startBundledNode` does it for the commands.
 * Plain JavaScript, since an older Node reads it.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { directoryMade } from './directory-made.js';

/** The first major version of Node that runs this package's TypeScript as it is. */
const nodeMajorMin = 26;
/** What a supervisor or a terminal sends to the process that it started; the one that does the work has to get it. */
const forwardedSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** `EX_SOFTWARE` of sysexits.h, the exit code of a broken installation and of bugs. */
const exitSoftware = 70;

/**
 * Runs a script in this process where its Node is new enough; otherwise replaces the process by the bundled Node, or, where a process
 * cannot be replaced, stands before it: signals go in, the exit code or the signal that ended it comes out.
 * @param {URL} script
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment] what the bundled Node gets where its own environment does not say it
 * @returns {Promise<void>} resolves when the script's module has been evaluated; not at all where the process is replaced
 */
export async function startBundledNode(script, args, environment = {}) {
  const path = fileURLToPath(script);
  if (Number.parseInt(process.versions.node, 10) >= nodeMajorMin) {
    // Compiled code of our modules and of the compiler's packages is kept: it halves the start of a command.
    const modules = join(process.env['ARIA_HOME'] || join(homedir(), '.aria'), 'cache', 'modules');
    if (directoryMade(modules)) {
      module.enableCompileCache?.(modules);
      // Worker threads have a cache only by this; without it each of them strips types again.
      process.env['NODE_COMPILE_CACHE'] ??= modules;
    }
    process.argv.splice(1, process.argv.length, path, ...args);
    await import(script.href);
    return;
  }
  const node = bundledNode();
  if (!existsSync(node)) {
    process.stderr.write(
      `Cannot start: the bundled Node is not installed at "${node}"\n  Run "npm install" without --ignore-scripts\n`,
    );
    process.exitCode = exitSoftware;
    return;
  }
  // Flags of the older Node are left behind: the bundled one may not know them. NODE_OPTIONS go on as they are.
  const nodeArgs = [fileURLToPath(import.meta.url), path, ...args];
  const env = { ...environment, ...process.env };
  if (process.execve) process.execve(node, [node, ...nodeArgs], env);
  standBefore(spawn(node, nodeArgs, { stdio: 'inherit', env }));
}

/** The binary of the npm package `node`, beside this package or above it. */
function bundledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  try {
    return join(dirname(module.createRequire(import.meta.url).resolve('node/package.json')), 'bin', name);
  } catch {
    return resolve(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', 'node', 'bin', name);
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function standBefore(child) {
  const forwards = forwardedSignals.map((signal) => /** @type {const} */ ([signal, () => child.kill(signal)]));
  for (const [signal, forward] of forwards) process.on(signal, forward);
  child.once('error', (error) => {
    process.stderr.write(`Cannot start the bundled Node: ${error.message}\n`);
    process.exitCode = exitSoftware;
  });
  child.once('exit', (code, signal) => {
    for (const [name, forward] of forwards) process.off(name, forward);
    if (signal === null) process.exitCode = code ?? exitSoftware;
    else process.kill(process.pid, signal);
  });
}

const entry = process.argv[1];
if (entry !== undefined && existsSync(entry) && realpathSync(entry) === realpathSync(fileURLToPath(import.meta.url))) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    process.stderr.write('Usage: node bin/node.js FILE [ARGS…]\n');
    process.exitCode = 2;
  } else {
    await startBundledNode(pathToFileURL(resolve(script)), args);
  }
}
