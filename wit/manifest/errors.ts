/** Why a manifest is refused. */
import { CodedError } from '#wit/errors';

/** A place of the manifest that is wrong: `manifest.tools[2].name`, and what is. */
export interface ManifestViolation {
  readonly path: string;
  readonly message: string;
}

/** How many violations the message itself repeats; `details.violations` has more. */
const repeatedMax = 3;
/** The violations that are reported. */
const violationsMax = 50;
/** A path may hold a key of the manifest, which may be anything. */
const pathCharactersMax = 160;

/** The manifest has the wrong shape, or its parts contradict each other. */
export function manifestInvalid(violations: readonly ManifestViolation[]): CodedError {
  const reported = violations.slice(0, violationsMax).map(({ path, message }) => ({
    path: path.slice(0, pathCharactersMax),
    message: message.slice(0, pathCharactersMax),
  }));
  const repeated = reported.slice(0, repeatedMax).map(({ path, message }) => `${path}: ${message}`);
  const more = violations.length > repeatedMax ? `; and ${violations.length - repeatedMax} more` : '';
  return new CodedError('BUNDLE_MANIFEST_INVALID', {
    message: `Cannot read the manifest: ${repeated.join('; ')}${more}`,
    details: { violations: reported },
  });
}

/** The manifest is for another version of the tool ABI; its other fields were not looked at. */
export function abiUnsupported(abi: string, supported: string): CodedError {
  return new CodedError('BUNDLE_ABI_UNSUPPORTED', {
    message: `Cannot use the bundle: it speaks ABI ${abi}, this host ${supported}`,
    details: { abi, supported },
  });
}

/** A tool asks for interfaces that none of its tokens grants. */
export function importsExceeded(tool: string, interfaces: readonly string[]): CodedError {
  return new CodedError('COMPONENT_IMPORTS_EXCEEDED', {
    message: `Cannot use the tool "${tool}": no token of it grants ${interfaces.map((name) => `"${name}"`).join(', ')}`,
    details: { tool, imports: interfaces },
  });
}
