/** The projects of `guests/examples`, built, and calls of every one of their tools. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBuilder } from '#compiler';
import { pngOf } from '../guests/png.ts';

const directory = join(import.meta.dirname, '../../guests/examples');

/** A tool of an example. */
export interface ExampleTool {
  readonly component: Uint8Array;
  readonly tokens: readonly string[];
  readonly memoryBytes: number;
}

/** A call of one; they follow each other on one store. */
export interface ExampleCall {
  readonly tool: string;
  /** JSON with `{"$blob": n}`. */
  readonly input: unknown;
  readonly blobs?: readonly Uint8Array[];
}

/** What runs in containers has no component to replay. */
const inContainers: readonly string[] = ['archive-kit'];

/** The examples that run in the sandbox, by the names of their folders. */
export function exampleNames(): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !inContainers.includes(name))
    .sort();
}

/** Builds the tools of an example. @throws {Error} with its diagnostics. */
export async function buildExample(name: string): Promise<ReadonlyMap<string, ExampleTool>> {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'aria-replay-'));
  try {
    await using builder = createBuilder({ directory: join(directory, name), cacheDirectory });
    const outcome = await builder.build();
    if (outcome.kind === 'refused') throw new Error(`Cannot build "${name}": ${JSON.stringify(outcome.diagnostics)}`);
    const { manifest, components } = outcome.bundle;
    return new Map(
      manifest.tools.map(({ name: tool, tokens, memoryBytes }) => {
        const component = components.get(tool)?.component;
        if (!component) throw new Error(`Cannot replay: "${tool}" has no component`);
        return [tool, { component, tokens, memoryBytes }];
      }),
    );
  } finally {
    await rm(cacheDirectory, { recursive: true, force: true });
  }
}

const invoice = (number: string, due: string): object => ({
  number,
  customer: 'Ann',
  issued: '2026-05-06',
  due,
  lines: [
    { description: 'Work', quantity: 1.5, unitCents: 9_999, taxPercent: 19 },
    { description: 'Book', quantity: 2, unitCents: 1_495, taxPercent: 7 },
  ],
});
const image = { $blob: 0 };
const jobs = Array.from({ length: 70 }, (_, index) => ({ id: `job-${index}`, body: { page: index } }));

/** Calls by example; each tool has one at least. */
export const exampleCalls: Readonly<Record<string, readonly ExampleCall[]>> = {
  'invoice-kit': [
    { tool: 'storeInvoice', input: invoice('2026-0001', '2026-05-20') },
    { tool: 'storeInvoice', input: invoice('2026-0002', '2026-05-08') },
    { tool: 'storeInvoice', input: invoice('2026-0001', '2026-05-20') },
    { tool: 'storeInvoice', input: { ...invoice('2026-0003', '2026-05-01'), lines: [] } },
    { tool: 'storeInvoice', input: {} },
    { tool: 'dueDate', input: { issued: '2026-05-06', termDays: 10 } },
    { tool: 'overdue', input: { on: '2026-06-12' } },
  ],
  'image-kit': [
    { tool: 'readImage', input: { image }, blobs: [png(9, 5)] },
    { tool: 'thumbnail', input: { image, sizeMax: 8 }, blobs: [png(40, 24)] },
    { tool: 'thumbnail', input: { image, sizeMax: 3, grey: true }, blobs: [png(12, 12)] },
    { tool: 'stripMetadata', input: { image }, blobs: [png(3, 3)] },
    { tool: 'readImage', input: { image }, blobs: [png(9, 5).subarray(0, 30)] },
  ],
  'fan-out': [
    { tool: 'enqueue', input: { jobs } },
    { tool: 'enqueue', input: { jobs: [...jobs.slice(-1), { id: 'last', body: null }] } },
    { tool: 'claim', input: { owner: 'ann', count: 20 } },
    { tool: 'claim', input: { owner: 'bob', leaseMs: 1 } },
    { tool: 'finish', input: { id: 'job-0', owner: 'ann', result: { pages: 2 } } },
    { tool: 'finish', input: { id: 'none', owner: 'ann' } },
    { tool: 'awaitJobs', input: { ids: ['job-0', 'never'], timeoutMs: 900 } },
    { tool: 'board', input: {} },
  ],
};

/** A colourful PNG with a text in it. */
function png(width: number, height: number): Uint8Array {
  return pngOf({ width, height, colorType: 2 }, (x, y) => [(x * 31) & 255, (y * 57) & 255, (x * y) & 255]);
}
