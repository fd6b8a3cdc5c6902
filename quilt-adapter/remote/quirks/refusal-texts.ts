/** Half of the methods refuse with a status of gRPC, the others with OK, `success: false` and an English sentence: the only thing that tells why. */
import type { ErrorCode } from '#wit/errors';

const codesByText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/database is locked|\(code: (?:5|517)\)/i, 'OVERLOADED'],
  [/No space left/i, 'IO_FAILED'],
  [/already exists/i, 'CONTAINER_NAME_TAKEN'],
  [/is in use by \d+ container/i, 'CONTAINER_STATE_INVALID'],
  [/already running|is not running|Cannot start container in state/i, 'CONTAINER_STATE_INVALID'],
  [/Mount security validation failed|Invalid volume name|Command required/i, 'CONTAINER_SPEC_INVALID'],
  // Of a kill.
  [/^Failed to get container status/i, 'NOT_FOUND'],
  [/not found/i, 'NOT_FOUND'],
  [/Resource validation failed/i, 'CONTAINER_SPEC_INVALID'],
];

/** The code of a refusal in words; `otherwise` where they say nothing known. */
export function codeOfRefusal(said: string, otherwise: ErrorCode): ErrorCode {
  return codesByText.find(([pattern]) => pattern.test(said))?.[1] ?? otherwise;
}
