/** What can go wrong with registries, and with the dependencies of a project. */
import { CodedError, systemState } from '#wit/errors';

/** Neither the command line nor the environment nor aria.toml names a registry. */
export function registryUnnamed(): CodedError {
  return new CodedError('USAGE', {
    message: 'Cannot find a registry: none is named',
    remedy: 'Pass --registry DIR, set ARIA_REGISTRY, or write [registry] path = "DIR" into aria.toml',
  });
}

/** The registry itself cannot be read. */
export function registryUnreadable(location: string, cause: unknown): CodedError {
  return new CodedError(
    'UNAVAILABLE',
    {
      message: `Cannot read the registry "${location}": ${systemState(cause)}`,
      remedy: 'Mount it, or name another with --registry',
      details: { registry: location },
    },
    { cause },
  );
}

/** The registry does not take the bundle. */
export function registryUnwritable(location: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot publish to "${location}": ${systemState(cause)}`,
      remedy: 'Publish to a registry that you may write to; nothing was published',
      details: { registry: location },
    },
    { cause },
  );
}

/** A published version is not what was published. */
export function packageCorrupt(
  { name, version }: { readonly name: string; readonly version: string },
  { location, path, state }: { readonly location: string; readonly path: string; readonly state: string },
): CodedError {
  return new CodedError('BUNDLE_CORRUPT', {
    message: `Cannot use "${name}" ${version} of the registry "${location}": ${state}`,
    remedy: `Publish the same file again, or restore "${path}" from a backup`,
    details: { name, version, registry: location, path },
  });
}

/** The version is published, with other content. */
export function versionPublished(
  { name, version }: { readonly name: string; readonly version: string },
  { location, what }: { readonly location: string; readonly what: 'content' | 'signature' },
): CodedError {
  return new CodedError('BUNDLE_VERSION_TAKEN', {
    message: `Cannot publish "${name}" ${version} to "${location}": it is there with another ${what}`,
    remedy: 'Raise the version, build and sign it again',
    details: { name, version, registry: location },
  });
}

/** A version that nothing could be chosen by. */
export function versionUnusable(name: string, version: string): CodedError {
  return new CodedError('BUNDLE_MANIFEST_INVALID', {
    message: `Cannot publish "${name}": its version "${version}" is no semantic version that can be compared`,
    remedy: 'Give it a version such as 1.2.3',
  });
}

/** There is no signature beside the bundle. */
export function signatureAbsent(path: string): CodedError {
  return new CodedError('SIGNATURE_MISSING', {
    message: `Cannot publish "${path}": there is no "${path}.minisig"`,
    remedy: 'Sign it with "arc sign", or pass --allow-unsigned',
    details: { path },
  });
}

/** The signature beside the bundle is of another one. */
export function signatureOfAnother(path: string, state: string): CodedError {
  return new CodedError('SIGNATURE_MISMATCH', {
    message: `Cannot publish "${path}": its signature is of ${state}`,
    remedy: 'Sign this very file with "arc sign"',
    details: { path },
  });
}

/** The signature's file cannot be read. */
export function signatureUnreadable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'SIGNATURE_MALFORMED',
    { message: `Cannot read "${path}": ${systemState(cause)}`, remedy: 'Sign the bundle again', details: { path } },
    { cause },
  );
}

/** There is nothing whose dependencies could be installed. */
export function projectMissing(directory: string): CodedError {
  return new CodedError('NOT_FOUND', {
    message: `Cannot install into "${directory}": it is no project`,
    remedy: 'Change to the directory of a project, or make one with "arc new NAME"',
    details: { directory },
  });
}

/** A file of the project that dependencies stand in is broken, or cannot be read. */
export function projectFileInvalid(file: string, state: string, remedy: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot install: "${file}" cannot be used: ${state}`,
    remedy,
    details: { file },
  });
}

/** A file of the project cannot be written. */
export function projectFileUnwritable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot write "${path}": ${systemState(cause)}`,
      remedy: 'Let yourself write to it, then run "arc install" again',
      details: { path },
    },
    { cause },
  );
}

/** Somebody else changed the project while it was installed. */
export function projectChanged(file: string): CodedError {
  return new CodedError('UNAVAILABLE', {
    message: `Cannot finish the installation: "${file}" was changed meanwhile`,
    remedy: 'Run it again; nothing was changed',
  });
}

/** Dependencies cannot be kept on this machine. */
export function cacheUnwritable(path: string, cause: unknown): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot keep dependencies in "${path}": ${systemState(cause)}`,
      remedy: 'Name a directory that you may write to with ARIA_HOME; nothing was changed',
      details: { path },
    },
    { cause },
  );
}

/** The registry has no such bundle, or only versions to try out that nobody asked for. */
export function bundleUnpublished(name: string, location: string): CodedError {
  return new CodedError('BUNDLE_DEPENDENCY_MISSING', {
    message: `Cannot install "${name}": the registry "${location}" has no version of it`,
    remedy: 'Check the name, or publish it with "arc publish"',
    details: { name, registry: location },
  });
}

/** The registry and aria.lock say different things of the same version, which never changes: one of the two has been tampered with. */
export function lockMismatch(
  { name, version }: { readonly name: string; readonly version: string },
  { location, what }: { readonly location: string; readonly what: 'content' | 'a signer' },
): CodedError {
  return new CodedError('BUNDLE_HASH_MISMATCH', {
    message: `Cannot install "${name}" ${version}: the registry "${location}" has ${what === 'content' ? 'other content' : 'another signer'} than aria.lock names`,
    remedy: `Find out which of the two is right; if it is the registry, remove "${name}" from aria.lock and run "arc install"`,
    details: { name, version, registry: location },
  });
}

/** The caller has given up. */
export function installCancelled(): CodedError {
  return new CodedError('CANCELLED', {
    message: 'Cannot finish the installation: it was cancelled',
    remedy: 'Run it again; the project is as it was',
  });
}
