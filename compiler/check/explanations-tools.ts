/** Explanations of what is wrong with a tool: its name, its words, its tokens, its shape. */
import type { DiagnosticCode } from './codes.ts';
import { type Explanation, sketch, source } from './explanation.ts';

/** By code. */
export const toolExplanations = {
  TOOL_NAME_INVALID: {
    why: 'Models and MCP clients call tools by name, and allow no more than these characters.',
    wrong: source(`import { tool } from '@aria/sdk';

export const add = tool({ name: 'add numbers', description: 'Adds' }, (input: { a: number; b: number }) => input.a + input.b);
`),
    right: source(`import { tool } from '@aria/sdk';

export const add = tool({ name: 'addNumbers', description: 'Adds' }, (input: { a: number; b: number }) => input.a + input.b);
`),
  },
  TOOL_NAME_DUPLICATE: {
    why: 'A call names one tool. Names that differ only in capitals count as the same where file systems do not tell them apart.',
    wrong: source(`import { tool } from '@aria/sdk';

export const add = tool({ name: 'add', description: 'Adds numbers' }, (input: { a: number; b: number }) => input.a + input.b);
export const join = tool({ name: 'add', description: 'Joins texts' }, (input: { a: string; b: string }) => input.a + input.b);
`),
    right: source(`import { tool } from '@aria/sdk';

export const add = tool({ name: 'add', description: 'Adds numbers' }, (input: { a: number; b: number }) => input.a + input.b);
export const join = tool({ name: 'join', description: 'Joins texts' }, (input: { a: string; b: string }) => input.a + input.b);
`),
  },
  DESCRIPTION_MISSING: {
    why: 'A tool without words is not found by those who need it. Its JSDoc is enough.',
    wrong: source(`import { tool } from '@aria/sdk';

export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
`),
    right: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
`),
  },
  DESCRIPTION_TOO_LONG: {
    why: 'Every description is sent to the model with every request, whether the tool is used or not. What belongs to one property stands at that property.',
    wrong: sketch('A JSDoc of several pages, with a table of all error codes'),
    right: sketch('Two or three sentences: what the tool does, when to use it, and what it does not do'),
  },
  TOKEN_INVALID: {
    why: 'A token is a permission that people read and hosts enforce. One that cannot be read grants nothing.',
    wrong: source(`import { kv, tool } from '@aria/sdk';

/** Reads an order. */
export const order = tool({ tokens: ['kv:orders'] }, async (input: { id: string }) => ({ text: await kv('orders').getText(input.id) }));
`),
    right: source(`import { kv, tool } from '@aria/sdk';

/** Reads an order. */
export const order = tool({ tokens: ['kv:orders:r'] }, async (input: { id: string }) => ({ text: await kv('orders').getText(input.id) }));
`),
  },
  TOO_MANY_TOKENS: {
    why: 'A person approves the tokens of a tool one by one. A namespace covers what lies below it, so that few are needed.',
    wrong: sketch("tokens: ['kv:orders.open:r', 'kv:orders.paid:r', … hundreds more]"),
    right: sketch("tokens: ['kv:orders:r']"),
  },
  TOKEN_NOT_DECLARED: {
    why: 'A host denies what no token covers, so that the call would fail at this line. Better now than then.',
    wrong: source(`import { kv, tool } from '@aria/sdk';

/** Keeps an order. */
export const keep = tool({}, async (input: { id: string }) => {
  await kv('orders').setJson(input.id, { open: true });
});
`),
    right: source(`import { kv, tool } from '@aria/sdk';

/** Keeps an order. */
export const keep = tool({ tokens: ['kv:orders:rw'] }, async (input: { id: string }) => {
  await kv('orders').setJson(input.id, { open: true });
});
`),
  },
  TOKEN_UNUSED: {
    why: 'A permission that nobody needs is still one that can be abused, and one more line that a person has to approve.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({ tokens: ['kv:orders:rw'] }, (input: { a: number; b: number }) => input.a + input.b);
`),
    right: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
`),
  },
  TOOL_METHOD_UNSUPPORTED: {
    why: 'A call makes an instance and calls one method by its name. What is static, private, abstract, computed or overloaded cannot be called so, or has no one schema.',
    wrong: source(`import { tool } from '@aria/sdk';

export class Sums {
  /** Adds two numbers. */
  @tool()
  static add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}
`),
    right: source(`import { tool } from '@aria/sdk';

export class Sums {
  /** Adds two numbers. */
  @tool()
  add(input: { a: number; b: number }): number {
    return input.a + input.b;
  }
}
`),
  },
  TOOL_CLASS_UNSUPPORTED: {
    why: 'Each call gets an instance of its own, and there is nobody who could give its constructor arguments.',
    wrong: source(`import { tool } from '@aria/sdk';

export class Prices {
  readonly #rate: number;
  constructor(rate: number) {
    this.#rate = rate;
  }
  /** Adds the tax. */
  @tool()
  gross(input: { net: number }): number {
    return input.net * this.#rate;
  }
}
`),
    right: source(`import { tool } from '@aria/sdk';

export class Prices {
  readonly #rate: number;
  constructor(rate = 1.19) {
    this.#rate = rate;
  }
  /** Adds the tax. */
  @tool()
  gross(input: { net: number }): number {
    return input.net * this.#rate;
  }
}
`),
  },
  TOOL_GENERIC: {
    why: 'Callers are outside of TypeScript: nobody says what the type parameter is, so that no schema can.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Gives the first one. */
export const first = tool({}, <T extends { id: string }>(input: { list: T[] }) => ({ id: input.list[0]?.id ?? '' }));
`),
    right: source(`import { tool } from '@aria/sdk';

/** Gives the first one. */
export const first = tool({}, (input: { list: { id: string }[] }) => ({ id: input.list[0]?.id ?? '' }));
`),
  },
  TOOL_PARAMETERS: {
    why: 'A call carries one value, an object whose properties have names. A list of parameters has none that a model could see.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, ((a: number, b: number) => a + b) as never);

export class Sums {
  /** Subtracts. */
  @tool()
  subtract(a: number, b: number): number {
    return a - b;
  }
}
`),
    right: source(`import { tool } from '@aria/sdk';

export class Sums {
  /** Subtracts. */
  @tool()
  subtract({ a, b }: { a: number; b: number }): number {
    return a - b;
  }
}
`),
  },
  TOOL_NOT_EXPORTED: {
    why: 'The bundle imports each tool from its module. What is not exported by name, as a constant or a class, cannot be reached.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
export const five = add({ a: 2, b: 3 });
`),
    right: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);
export const five = add({ a: 2, b: 3 });
`),
  },
  TOOL_FUNCTION_MISSING: {
    why: 'With options alone tool() is a decorator for a method; as a constant it would be a tool that does nothing.',
    wrong: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({ name: 'add' });
`),
    right: source(`import { tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({ name: 'add' }, (input: { a: number; b: number }) => input.a + input.b);
`),
  },
  DECORATOR_MISPLACED: {
    why: 'The decorator would do nothing there, and what it says would be in no manifest. @tool stands on a method, the others on a class.',
    wrong: source(`import { agent, tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);

export class Desk {
  /** Adds for others. */
  @agent({ task: 'Add what you are given', tools: ['add'] })
  clerk(): void {}
}
`),
    right: source(`import { agent, tool } from '@aria/sdk';

/** Adds two numbers. */
export const add = tool({}, (input: { a: number; b: number }) => input.a + input.b);

/** Adds for others. */
@agent({ task: 'Add what you are given', tools: ['add'] })
export class Clerk {}
`),
  },
} satisfies Partial<Record<DiagnosticCode, Explanation>>;
