/** `arc install`: the dependencies of a project, by aria.toml and aria.lock. What is installed goes to stdout, a NAME@VERSION in each line. */
import { join, resolve } from 'node:path';
import { printable, usageWrong } from '#terminal';
import { rangeProblem } from '#wit/dependencies';
import { CodedError, type ExitCode, exitCodes } from '#wit/errors';
import { isBundleName } from '#wit/manifest';
import { type InstallOutcome, type InstallRequest, installDependencies } from '../packages/install.ts';
import { packagesName } from '../packages/packages-name.ts';
import { PackageCache } from '../packages/package-cache.ts';
import type { CommandContext } from './context.ts';
import { openRegistry } from './registry-location.ts';

export interface InstallOptions {
  /** NAME or NAME@RANGE; all that aria.toml names where absent. */
  readonly wanted?: string | undefined;
  readonly project: string;
  readonly registry?: string;
  readonly json?: boolean;
}

/** Installs all or nothing. @throws {CodedError} `BUNDLE_…`, `CONFIG_INVALID`, `IO_FAILED`, `UNAVAILABLE`, `USAGE`. */
export async function installCommand(options: InstallOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, home, signal } = context;
  const wanted = options.wanted === undefined ? undefined : wantedOf(options.wanted);
  const directory = resolve(currentDirectory, options.project);
  const outcome = await install(
    {
      directory,
      ...(wanted === undefined ? {} : { wanted }),
      openRegistry: ({ registryPath }) =>
        openRegistry({ option: options.registry, project: { path: registryPath, directory } }, context),
      cache: new PackageCache(join(home, packagesName)),
      signal,
      onStep: (text) => progress.step(text),
    },
    context,
  );
  progress.clear();
  if (options.json) await terminal.write(`${JSON.stringify(installedJson(outcome))}\n`);
  else for (const { name, version } of outcome.bundles) await terminal.write(`${name}@${version}\n`);
  sayInstalled(outcome, context);
  return exitCodes.done;
}

/** Of versions that do not fit together, the tree is shown before the error. */
async function install(request: InstallRequest, { terminal, progress }: CommandContext): Promise<InstallOutcome> {
  try {
    return await installDependencies(request);
  } catch (error) {
    progress.clear();
    const tree = error instanceof CodedError ? error.wire.details['treeText'] : undefined;
    if (typeof tree === 'string') terminal.say(printable(tree));
    throw error;
  }
}

/** NAME or NAME@RANGE. @throws {CodedError} `USAGE`. */
function wantedOf(text: string): NonNullable<InstallRequest['wanted']> {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  if (!isBundleName(name))
    throw usageWrong(
      'arc install',
      `${JSON.stringify(name)} is no name of a bundle`,
      'Write lower-case words joined by dashes, as in "arc install invoice-kit"',
    );
  if (at < 0) return { name };
  const range = text.slice(at + 1);
  const problem = rangeProblem(range);
  if (problem !== undefined)
    throw usageWrong(
      'arc install',
      `${JSON.stringify(range)} is no range: ${problem}`,
      `Write a range of versions, as in "arc install ${name}@^1.2"`,
    );
  return { name, range };
}

function installedJson({ bundles, removed, added, changed, problems }: InstallOutcome): unknown {
  return {
    kind: 'done',
    bundles: bundles.map(({ keyId = null, previousVersion = null, ...facts }) => ({
      ...facts,
      keyId,
      previousVersion,
    })),
    removed: removed.map(({ name, version }) => ({ name, version })),
    added: added ?? null,
    changed,
    problems: problems.map(({ wire }) => wire),
  };
}

function sayInstalled(
  { bundles, removed, added, changed, problems }: InstallOutcome,
  { terminal }: CommandContext,
): void {
  for (const { wire } of problems)
    terminal.say(`${terminal.tint('yellow', `warning ${wire.code}`)} ${printable(wire.message)}`);
  for (const { name, version, previousVersion, fetched, keyId } of bundles) {
    const before = previousVersion === undefined ? '' : ` instead of ${previousVersion}`;
    const source = fetched ? 'fetched' : 'was here';
    terminal.say(`  ${name} ${version}${before}  ${terminal.tint('dim', `${source}, ${keyId ?? 'unsigned'}`)}`);
  }
  for (const { name, version } of removed)
    terminal.say(`  ${name} ${version}  ${terminal.tint('dim', 'is needed no more')}`);
  const count = bundles.length === 1 ? '1 bundle' : `${bundles.length} bundles`;
  const wrote = [...(changed.toml ? ['aria.toml'] : []), ...(changed.lock ? ['aria.lock'] : [])];
  terminal.say(
    `${terminal.tint('green', 'installed')} ${count}${wrote.length === 0 ? '' : `, wrote ${wrote.join(' and ')}`}`,
  );
  if (bundles.length === 0) terminal.say(`${terminal.tint('cyan', 'next:')} arc install NAME`);
  else
    terminal.say(
      `${terminal.tint('cyan', 'next:')} refer to a tool as '${added?.name ?? bundles[0]?.name ?? ''}/NAME', then arc check`,
    );
}
