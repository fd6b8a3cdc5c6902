/** Bundles that arc itself builds of a project's source, signed, for a host of the tests. */
import { type BuildTarget, type BuiltBundle, createBuilder, stopBundler } from '#compiler';
import type { InstallResult, UploadContent } from '#wit/api';
import { readBundle } from '#wit/bundle';
import { type SecretKey, printBundleComment, sign } from '#wit/minisign';
import { TemporaryProject } from '../../compiler/sample-project.ts';
import { temporaryDirectory } from '../../cli/run-arc.ts';
import type { HostUnderTest } from '../host/host-under-test.ts';
import { uploadOf } from '../host/signed-bundle.ts';

/** What is built: a project's directory, or its files by path. */
export type ProjectSource = string | Readonly<Record<string, string>>;

/** Builds it. @throws {Error} with all that arc says against it. */
export async function buildProject(source: ProjectSource, target: BuildTarget = 'auto'): Promise<BuiltBundle> {
  using cache = temporaryDirectory();
  using project = typeof source === 'string' ? undefined : new TemporaryProject(source);
  const directory = project?.directory ?? String(source);
  await using builder = createBuilder({ directory, cacheDirectory: cache.path, target });
  try {
    const outcome = await builder.build();
    if (outcome.kind === 'built') return outcome.bundle;
    throw new Error(
      outcome.diagnostics.map(({ code, file, line, message }) => `${code} ${file}:${line} ${message}`).join('\n'),
    );
  } finally {
    await stopBundler();
  }
}

/** The same as `arc sign` and `arc upload` bring to a host. */
export function signedUpload({ archive }: Pick<BuiltBundle, 'archive'>, key: SecretKey, sequence = 1): UploadContent {
  const { hash, manifestHash, manifest } = readBundle(archive);
  const { name, version } = manifest;
  const trustedComment = printBundleComment({ bundle: name, version, manifestHash, sequence });
  return uploadOf(archive, { hash, name, signature: sign({ message: archive, trustedComment }, key) });
}

/** Brings a bundle to a host, and approves what it asks for. */
export async function installBuilt(
  host: HostUnderTest,
  bundle: Pick<BuiltBundle, 'archive'>,
  sequence = 1,
): Promise<InstallResult> {
  const result = await host.owner.upload(signedUpload(bundle, host.key, sequence));
  if (result.upgrade) await host.owner.approve(result.upgrade.id);
  return result;
}

/** What a call of a tool came to: its output, or the code of its error. */
export async function outputOf(
  { owner }: HostUnderTest,
  tool: string,
  { input = {}, session }: { readonly input?: unknown; readonly session?: string } = {},
): Promise<unknown> {
  const result = await owner.callTool({ tool, input, ...(session !== undefined && { session }) });
  return result.kind === 'done' ? result.output : { code: result.error.code, message: result.error.message };
}
