/** `arc build`: the path of the bundle goes to stdout, what was built and what comes next to stderr. */
import { relative, resolve } from 'node:path';
import { exampleValue, printable, sizeText } from '#terminal';
import { readBundle } from '#wit/bundle';
import { type ExitCode, exitCodes, wireError } from '#wit/errors';
import type { SecretKey } from '#wit/minisign';
import type { Manifest, ManifestTool } from '#wit/manifest';
import { parseJson } from '#wit/values';
import { type ProjectBuildOutcome, buildProject } from '../build.ts';
import type { BuildTarget } from '../read/build-target.ts';
import type { CommandContext } from './context.ts';
import { openSecretKey } from './open-key.ts';
import { openPasswords } from './passwords.ts';
import { componentCounts } from './say-counts.ts';
import { sayDiagnostics } from './say-diagnostics.ts';
import { stepTeller } from './say-step.ts';
import { type WrittenSignature, signBundle } from './sign-bundle.ts';

export interface BuildOptions {
  readonly directory: string;
  readonly out?: string;
  /** What aria.toml says where absent, or `auto`. */
  readonly target?: BuildTarget;
  /** Path of the secret key that signs it. */
  readonly sign?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
}

type Built = Extract<ProjectBuildOutcome, { kind: 'built' }>;

/** Builds a project. @throws {CodedError} what is wrong beside the source. */
export async function buildCommand(options: BuildOptions, context: CommandContext): Promise<ExitCode> {
  const { directory, out, target, json } = options;
  const { terminal, progress, currentDirectory, cacheDirectory, signal } = context;
  // Asked for before the work, so that nobody waits for it in between.
  const key = await signingKey(options, context);
  const outcome = await buildProject({
    directory: resolve(currentDirectory, directory),
    out: out === undefined ? undefined : resolve(currentDirectory, out),
    target,
    cacheDirectory,
    signal,
    onStep: stepTeller(progress),
  });
  progress.clear();
  sayDiagnostics(outcome.diagnostics, outcome.project.directory, context);
  if (outcome.kind === 'refused') {
    const message = `Cannot build "${directory}": the source has errors`;
    if (json)
      await terminal.write(
        `${JSON.stringify({ kind: 'failed', error: wireError('BUILD_FAILED', { message }), diagnostics: outcome.diagnostics })}\n`,
      );
    return exitCodes.failed;
  }
  const signature = key && (await signBuilt(outcome, key, signal));
  if (json) await terminal.write(`${JSON.stringify({ ...builtJson(outcome), ...(signature && { signature }) })}\n`);
  else await terminal.write(`${shownPath(outcome.path, currentDirectory)}\n`);
  sayBuilt(outcome, { directory, signature }, context);
  return exitCodes.done;
}

async function signingKey(
  { sign, passwordStdin, json }: BuildOptions,
  context: CommandContext,
): Promise<SecretKey | undefined> {
  if (sign === undefined) return undefined;
  return openSecretKey(sign, openPasswords({ command: 'arc build', passwordStdin, json }, context), context);
}

function signBuilt({ path, bundle }: Built, key: SecretKey, signal: AbortSignal): Promise<WrittenSignature> {
  const { archive } = bundle;
  return signBundle({ path, archive, bundle: readBundle(archive), nowMs: Date.now(), signal }, key);
}

/** Everything about a bundle that was built. */
export function builtJson({ path, bundle, diagnostics, project }: Built): object {
  const { manifest, archive, hash } = bundle;
  return {
    kind: 'done',
    path,
    size: archive.length,
    hash,
    name: manifest.name,
    version: manifest.version,
    template: manifest.template,
    target: project.target,
    tools: manifest.tools.map(({ name, tokens, imports, component, engine, substrate, placement = [] }) => ({
      name,
      tokens,
      imports,
      component: component ?? null,
      placement: { engine, substrate, reasons: placement },
    })),
    ...Object.fromEntries(
      otherComponents(manifest).map(([kind, list]) => [`${kind}s`, list.map(({ name, tokens }) => ({ name, tokens }))]),
    ),
    diagnostics,
  };
}

/** What a bundle holds beside tools, by kind. */
function otherComponents({
  agents = [],
  teams = [],
  pipelines = [],
}: Manifest): readonly (readonly [
  kind: string,
  list: readonly { readonly name: string; readonly tokens: readonly string[] }[],
])[] {
  return Object.entries({ agent: agents, team: teams, pipeline: pipelines });
}

function sayBuilt(
  { path, bundle }: Built,
  asked: { directory: string; signature: WrittenSignature | undefined },
  { terminal, currentDirectory }: CommandContext,
): void {
  const { manifest, archive } = bundle;
  terminal.say(
    `${terminal.tint('green', 'built')} ${manifest.name} ${manifest.version}: ${componentCounts(manifest)}, ${sizeText(archive.length)}`,
  );
  const sayComponent = (title: string, tokens: readonly string[]): void =>
    terminal.say(`  ${title}${tokens.length === 0 ? '' : `  ${terminal.tint('dim', tokens.join(' '))}`}`);
  for (const { name, tokens } of manifest.tools) sayComponent(name, tokens);
  for (const [kind, list] of otherComponents(manifest))
    for (const { name, tokens } of list) sayComponent(`${kind} ${name}`, tokens);
  if (asked.signature !== undefined)
    terminal.say(
      `${terminal.tint('green', 'signed')} ${printable(shownPath(asked.signature.path, currentDirectory))}: key ${asked.signature.keyId}, sequence ${asked.signature.sequence}`,
    );
  sayPlacement(manifest.tools, terminal);
  terminal.say(`${terminal.tint('cyan', 'next:')} arc inspect ${shellWord(shownPath(path, currentDirectory))}`);
  if (manifest.tools.length > 0) terminal.say(`      ${nextLine(bundle, asked.directory)}`);
}

/** Which tools run in a container, and why; nothing where none does. */
export function sayPlacement(
  tools: readonly Pick<ManifestTool, 'name' | 'substrate' | 'placement'>[],
  terminal: CommandContext['terminal'],
): void {
  for (const { name, substrate, placement = [] } of tools) {
    if (substrate !== 'container') continue;
    terminal.say(`${terminal.tint('cyan', 'placed')} ${name} in a container:`);
    for (const reason of placement) terminal.say(`  ${printable(reason)}`);
  }
}

/** A command line that calls a tool, if possible one for which an input is easily made up; `arc run` has no containers. */
function nextLine({ manifest, files }: Built['bundle'], directory: string): string {
  const inSandbox = manifest.tools.filter(({ component }) => component !== undefined);
  if (inSandbox.length === 0) return `aria up, and beside it arc dev ${shellWord(directory)}`;
  const calls = inSandbox.map(({ name, inputSchema }) => {
    const schema = parseJson(new TextDecoder().decode(files.get(inputSchema.path)));
    return { name, input: exampleValue(schema) };
  });
  const call = calls.find(({ input }) => input !== undefined) ?? calls[0];
  const input = JSON.stringify(call?.input ?? {});
  return `arc run ${shellWord(directory)} ${call?.name ?? ''}${input === '{}' ? '' : ` --input ${shellWord(input)}`}`;
}

/** A word as a POSIX shell reads it, in single quotes where it needs them; what steers a terminal stands as escapes. */
function shellWord(text: string): string {
  const shown = printable(text);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}

/** The shorter of the relative and the absolute path. */
export function shownPath(path: string, currentDirectory: string): string {
  const near = relative(currentDirectory, path);
  return near.startsWith('..') ? path : near;
}
