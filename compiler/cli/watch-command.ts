/** `arc build --watch`: one line on stderr for each build; the path of the bundle goes to stdout whenever its bytes are new. */
import { resolve } from 'node:path';
import { countText, sayError, sizeText } from '#terminal';
import { type ExitCode, wireError } from '#wit/errors';
import { type WatchedBuild, watchProject } from '../watch.ts';
import { type BuildOptions, builtJson, shownPath } from './build-command.ts';
import type { CommandContext } from './context.ts';
import { optionsContradict } from './key-errors.ts';
import { sayDiagnostics } from './say-diagnostics.ts';
import { stepTeller } from './say-step.ts';

/** Builds until an interrupt. @throws {CodedError} `CANCELLED` then; else what makes another build impossible. */
export async function watchCommand(
  { directory, out, target, sign, json }: BuildOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, progress, currentDirectory, cacheDirectory, signal } = context;
  // Each build would be a release with a sequence number of its own.
  if (sign !== undefined)
    throw optionsContradict('arc build', '--sign is for one build, and --watch builds again and again');
  const tellStep = stepTeller(progress);
  let count = 0;
  const builds = watchProject({
    directory: resolve(currentDirectory, directory),
    out: out === undefined ? undefined : resolve(currentDirectory, out),
    target,
    cacheDirectory,
    signal,
    // The builds after the first are quick, and have one line each.
    onStep: (step) => {
      if (count === 0) tellStep(step);
    },
    now: Date.now,
  });
  for (;;) {
    const { value: build } = await builds.next();
    progress.clear();
    count += 1;
    if (json) await terminal.write(`${JSON.stringify(watchedJson(build, directory))}\n`);
    else if (build.kind === 'built' && (build.written || count === 1))
      await terminal.write(`${shownPath(build.path, currentDirectory)}\n`);
    sayBuild(build, context);
    if (count === 1) terminal.say(`${terminal.tint('cyan', 'watching')} ${directory}; an interrupt (Ctrl-C) ends it`);
  }
}

function sayBuild(build: WatchedBuild, { terminal, currentDirectory }: CommandContext): void {
  if (build.kind === 'failed') sayError(build.error, terminal);
  else sayDiagnostics(build.diagnostics, build.project.directory, { terminal, currentDirectory });
  const time = terminal.tint('dim', new Date().toTimeString().slice(0, 8));
  terminal.say(`${time} ${lineOf(build, { terminal, currentDirectory })} in ${Math.round(build.elapsedMs)} ms`);
}

function lineOf(
  build: WatchedBuild,
  { terminal, currentDirectory }: Pick<CommandContext, 'terminal' | 'currentDirectory'>,
): string {
  if (build.kind !== 'built') {
    const left =
      build.lastPath === undefined ? 'no bundle yet' : `${shownPath(build.lastPath, currentDirectory)} stays as it was`;
    return `${terminal.tint(['red', 'bold'], 'refused')}: ${left},`;
  }
  const { manifest, archive, rebuilt } = build.bundle;
  const head = `${terminal.tint('green', 'built')} ${manifest.name} ${manifest.version}, ${sizeText(archive.length)}`;
  return `${head}: ${build.written ? '' : 'the same bytes, '}${rebuiltText(rebuilt)}`;
}

/** More names than this are counted. */
const namesShownMax = 5;

function rebuiltText(names: readonly string[]): string {
  if (names.length === 0) return 'no tool rebuilt';
  const listed = names.length > namesShownMax ? '' : ` (${names.join(', ')})`;
  return `${countText(names.length, 'tool')} rebuilt${listed}`;
}

function watchedJson(build: WatchedBuild, directory: string): unknown {
  const { elapsedMs } = build;
  if (build.kind === 'built') {
    const { written, bundle } = build;
    return { ...builtJson(build), written, rebuilt: bundle.rebuilt, elapsedMs };
  }
  const lastPath = build.lastPath ?? null;
  if (build.kind === 'failed') return { kind: 'failed', error: build.error.wire, diagnostics: [], lastPath, elapsedMs };
  const message = `Cannot build "${directory}": the source has errors`;
  return {
    kind: 'failed',
    error: wireError('BUILD_FAILED', { message }),
    diagnostics: build.diagnostics,
    lastPath,
    elapsedMs,
  };
}
