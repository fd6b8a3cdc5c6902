/** What can be wrong with a value that crosses the border of a guest. */
import { CodedError } from '#wit/errors';
import { pointerPart } from './json-pointer.ts';

/** On which way a value was: into a tool, or out of it. */
export type ValueCode = 'INPUT_INVALID' | 'OUTPUT_INVALID';

/** The keys from the root to the place at fault. */
export type ValuePath = readonly (string | number)[];

/** The longest part of a path that is repeated to the reader. */
const partCharactersMax = 64;

/** A place of the value is refused. `details.violations` names it by its JSON pointer (RFC 6901). */
export function valueInvalid(code: ValueCode, path: ValuePath, fault: { state: string; remedy: string }): CodedError {
  const pointer = path.map((part) => pointerPart(String(part).slice(0, partCharactersMax))).join('');
  const subject = code === 'INPUT_INVALID' ? 'input' : 'output';
  return new CodedError(code, {
    message: `Cannot take the ${subject}: ${fault.state}, at "${pointer}"`,
    remedy: fault.remedy,
    details: { violations: [{ pointer, message: fault.state }] },
  });
}
