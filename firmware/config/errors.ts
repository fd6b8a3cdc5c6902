/** What is wrong with a configuration: collected, so that all of it is said at once. */
import { CodedError } from '#wit/errors';

/** One fault, with where it stands. */
export interface ConfigProblem {
  /** `FILE:LINE`, the name of an environment variable, or a flag. */
  readonly place: string;
  /** The dotted key; absent where the file as a whole is at fault. */
  readonly key?: string;
  readonly state: string;
  readonly remedy: string;
}

/** Problems listed in the details of one error; the first ones are the ones to correct. */
const problemsMax = 100;

/** The configuration cannot be used; `problems` is not empty. */
export function configInvalid(problems: readonly ConfigProblem[]): CodedError {
  const [first] = problems;
  const more = problems.length - 1;
  const rest = more > 0 ? `, and ${more} more` : '';
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot use the configuration: ${first === undefined ? 'it is wrong' : `${first.place}: ${first.state}`}${rest}`,
    ...(first !== undefined && { remedy: first.remedy }),
    details: {
      ...(first?.key !== undefined && { key: first.key }),
      place: first?.place,
      ...(more > 0 && {
        violations: problems
          .slice(0, problemsMax)
          .map(({ place, state, remedy }) => ({ path: place, message: `${state}; ${remedy}` })),
      }),
    },
  });
}
