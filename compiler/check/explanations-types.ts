/** Explanations of what is wrong with the types of inputs and outputs, and with what JSDoc adds to them. */
import type { DiagnosticCode } from './codes.ts';
import { type Explanation, source } from './explanation.ts';

/** By code. */
export const typeExplanations = {
  TYPE_UNSUPPORTED: {
    why: 'Inputs and outputs travel as JSON between processes, machines and models. A Map, a function or an unknown has no form there that the other side could check.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Counts the prices. */
export const count = tool({}, (input: { prices: Map<string, number> }) => ({ count: input.prices.size }));
`),
    right: source(`import { tool } from '@aria/sdk';

/** Counts the prices. */
export const count = tool({}, (input: { prices: Record<string, number> }) => ({ count: Object.keys(input.prices).length }));
`),
  },
  TYPE_TOO_LARGE: {
    why: 'A schema is sent to models and checked with each call. A type that grows with each level has none at all.',
    wrong: source(`import { tool } from '@aria/sdk';

interface Growing<T> {
  value: T;
  next?: Growing<T[]>;
}
/** Takes a list. */
export const take = tool({}, (input: Growing<string>) => ({ value: input.value }));
`),
    right: source(`import { tool } from '@aria/sdk';

interface Linked<T> {
  value: T;
  next?: Linked<T>;
}
/** Takes a list. */
export const take = tool({}, (input: Linked<string>) => ({ value: input.value }));
`),
  },
  TYPE_CONTRADICTION: {
    why: 'Types and options are two statements about the same values, and only one can be true. The types say all that is needed.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Adds lines. */
export const sum = tool({ inputs: { lines: 'string' } }, (input: { lines: number[] }) => ({ count: input.lines.length }));
`),
    right: source(`import { tool } from '@aria/sdk';

/** Adds lines. */
export const sum = tool({ inputs: { lines: 'array' } }, (input: { lines: number[] }) => ({ count: input.lines.length }));
`),
  },
  INPUT_NOT_OBJECT: {
    why: 'Models and MCP clients give arguments by name. A bare text or a list has no names.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Shouts. */
export const shout = tool({}, (text: string) => ({ text: text.toUpperCase() }));
`),
    right: source(`import { tool } from '@aria/sdk';

/** Shouts. */
export const shout = tool({}, (input: { text: string }) => ({ text: input.text.toUpperCase() }));
`),
  },
  SCHEMA_VALUE_UNSUPPORTED: {
    why: 'The schema validates each call inside of the tool, so the bundle has to be able to import it: a constant at the top level of a module, of zod or of another library of Standard Schema.',
    wrong: source(`import { tool } from '@aria/sdk';

class Loudness {
  readonly '~standard' = { version: 1 as const, vendor: 'own', validate: (value: unknown) => ({ value }) };
}
export class Kit {
  /** Shouts. */
  @tool({ inputs: new Loudness() })
  shout(input: { text: string }): string {
    return input.text.toUpperCase();
  }
}
`),
    right: source(`import { type StandardSchema, tool } from '@aria/sdk';

interface Input {
  text: string;
}
const loudness: StandardSchema<Input, Input> = {
  '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: value as Input }) },
};
export class Kit {
  /** Shouts. */
  @tool({ inputs: loudness })
  shout(input: Input): string {
    return input.text.toUpperCase();
  }
}
`),
  },
  DOC_TAG_INVALID: {
    why: 'The keyword would go into the schema as it stands, and a schema with a wrong one is refused by every host.',
    wrong: source(`import { tool } from '@aria/sdk';

interface Input {
  /** @minimum three */
  count: number;
}
/** Counts. */
export const count = tool({}, (input: Input) => ({ count: input.count }));
`),
    right: source(`import { tool } from '@aria/sdk';

interface Input {
  /** @minimum 3 */
  count: number;
}
/** Counts. */
export const count = tool({}, (input: Input) => ({ count: input.count }));
`),
  },
  DOC_TAG_UNKNOWN: {
    why: 'A tag that is almost a keyword is most likely meant to be it, and would check nothing. Tags of others, as @since, are left alone.',
    wrong: source(`import { tool } from '@aria/sdk';

interface Input {
  /** @minlength 3 */
  name: string;
}
/** Greets. */
export const greet = tool({}, (input: Input) => ({ text: 'Hello ' + input.name }));
`),
    right: source(`import { tool } from '@aria/sdk';

interface Input {
  /** @minLength 3 */
  name: string;
}
/** Greets. */
export const greet = tool({}, (input: Input) => ({ text: 'Hello ' + input.name }));
`),
  },
} satisfies Partial<Record<DiagnosticCode, Explanation>>;
