/** Projects of any number of tools, as people write them: types, a note of JSDoc, a module of their own, a host operation. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sdkFolder = join(import.meta.dirname, '../guests/sdk');

/** A project, and a home for the caches of arc. Its owner disposes of it. */
export interface ManyTools {
  readonly directory: string;
  readonly home: string;
  /** Changes what the first tool does. */
  readonly change: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Writes a project of `count` tools to a new directory. */
export async function writeManyTools(count: number): Promise<ManyTools> {
  const root = await mkdtemp(join(tmpdir(), 'aria-many-'));
  const directory = join(root, 'project');
  await mkdir(join(directory, 'src'), { recursive: true });
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name: 'many-tools', version: '1.0.0', description: 'Tools', type: 'module' }),
  );
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig, undefined, 2));
  await writeFile(join(directory, 'src/money.ts'), money);
  for (let index = 0; index < count; index += 1)
    await writeFile(join(directory, `src/tool-${index}.ts`), toolText(index, 0));
  let changes = 0;
  return {
    directory,
    home: join(root, 'home'),
    change: () => {
      changes += 1;
      return writeFile(join(directory, 'src/tool-0.ts'), toolText(0, changes));
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

/** What `tsc` needs to check such a project as arc does. */
const tsconfig = {
  compilerOptions: {
    strict: true,
    target: 'es2023',
    lib: ['es2023'],
    module: 'esnext',
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    paths: { '@aria/sdk': [join(sdkFolder, 'declarations/generated.ts')] },
  },
  include: ['src', join(sdkFolder, 'globals.d.ts')],
};

const money = `/** Amounts of money. */
export interface Money {
  /**
   * In cents.
   * @minimum 0
   */
  amount: number;
  currency: 'EUR' | 'USD' | 'CHF';
}

export function add(left: Money, right: Money): Money {
  if (left.currency !== right.currency) throw new RangeError('Cannot add: the currencies differ');
  return { amount: left.amount + right.amount, currency: left.currency };
}
`;

function toolText(index: number, change: number): string {
  return `import { ToolError, kv, tool } from '@aria/sdk';
import { type Money, add } from './money.ts';

interface Line${index} {
  /** What was bought. */
  text: string;
  price: Money;
  discount?: { kind: 'percent'; percent: number } | { kind: 'flat'; amount: number };
  tags?: string[];
}

/** Adds up the lines of an order and keeps the total. */
export const total${index} = tool(
  { tokens: ['kv:orders.n${index}:rw'] },
  async (input: { order: string; lines: Line${index}[] }): Promise<{ total: Money; lines: number }> => {
    const [first, ...rest] = input.lines;
    if (first === undefined) throw new ToolError('EMPTY', 'An order has a line', { details: { change: ${change} } });
    const total = rest.reduce((sum, { price }) => add(sum, price), first.price);
    await kv('orders.n${index}').setJson(input.order, total);
    return { total, lines: input.lines.length };
  },
);
`;
}
