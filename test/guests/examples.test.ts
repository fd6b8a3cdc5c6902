import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pngOf } from './png.ts';
import { type LoadedProject, type ProjectHost, codeOf, openProjectHost, outputOf } from './project-host.ts';

let host: ProjectHost;
let invoices: LoadedProject;
let images: LoadedProject;
let queue: LoadedProject;
beforeAll(async () => {
  host = await openProjectHost();
  invoices = await host.load('examples/invoice-kit');
  images = await host.load('examples/image-kit');
  queue = await host.load('examples/fan-out');
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

test('every example has a test here, and archive-kit one in compiler/placement.test.ts', () => {
  const names = readdirSync(fileURLToPath(new URL('../../guests/examples', import.meta.url)), { withFileTypes: true });
  expect(
    names
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['archive-kit', 'fan-out', 'image-kit', 'invoice-kit']);
});

describe('invoice-kit', () => {
  const invoice = (number: string, due = '2026-05-20'): object => ({
    number,
    customer: 'Ann',
    issued: '2026-05-06',
    due,
    lines: [
      { description: 'Work', quantity: 1.5, unitCents: 9_999, taxPercent: 19 },
      { description: 'Book', quantity: 2, unitCents: 1_495, taxPercent: 7 },
      { description: 'Paper', quantity: 3, unitCents: 33, taxPercent: 19 },
    ],
  });

  test('storeInvoice adds up by tax rate, to the cent', async () => {
    expect(outputOf(await invoices.call('storeInvoice', invoice('2026-0001')))).toEqual({
      netCents: 18_088,
      taxCents: 3_078,
      grossCents: 21_166,
      byTax: [
        { taxPercent: 7, netCents: 2_990, taxCents: 209 },
        { taxPercent: 19, netCents: 15_098, taxCents: 2_869 },
      ],
    });
  });

  test('storeInvoice refuses a number that is taken', async () => {
    await invoices.call('storeInvoice', invoice('2026-0002'));
    expect(codeOf(await invoices.call('storeInvoice', invoice('2026-0002')))).toBe('INVOICE_EXISTS');
  });

  test('storeInvoice names every fault that zod finds', async () => {
    const lines = [{ description: ' ', quantity: 0, unitCents: 1.5, taxPercent: 19 }];
    const outcome = await invoices.call('storeInvoice', {
      number: '2026-0003',
      customer: 'Ann',
      issued: '2026-05-06',
      due: '2026-05-01',
      lines,
    });
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: {
        code: 'INVOICE_INVALID',
        details: {
          faults: [
            'lines.0.description: is empty',
            'lines.0.quantity: must be more than 0',
            'lines.0.unitCents: must be whole cents',
          ],
        },
      },
    });
    const early = await invoices.call('storeInvoice', { ...invoice('2026-0003'), due: '2026-05-01' });
    expect(early).toMatchObject({
      kind: 'failed',
      error: { details: { faults: ['due: is before the day of issue'] } },
    });
  });

  test('the types of the source refuse what does not fit before the tool runs', async () => {
    expect(codeOf(await invoices.call('storeInvoice', { ...invoice('1'), customer: 5 }))).toBe('INPUT_INVALID');
  });

  test.each([
    ['2026-05-06', 14, '2026-05-20', 'Wednesday'],
    ['2026-05-06', 10, '2026-05-18', 'Monday'],
    ['2026-02-27', 1, '2026-03-02', 'Monday'],
    ['2028-02-28', 1, '2028-02-29', 'Tuesday'],
    ['2026-12-30', 2, '2027-01-01', 'Friday'],
  ])('dueDate of %s with %i days is %s, a %s', async (issued, termDays, due, weekday) => {
    expect(outputOf(await invoices.call('dueDate', { issued, termDays }))).toEqual({ due, weekday });
  });

  test('overdue lists what is late, the oldest first', async () => {
    await invoices.call('storeInvoice', invoice('2026-0010', '2026-05-10'));
    await invoices.call('storeInvoice', invoice('2026-0011', '2026-05-08'));
    await invoices.call('storeInvoice', invoice('2026-0012', '2026-06-30'));
    const output = outputOf(await invoices.call('overdue', { on: '2026-05-12' }));
    expect(output).toEqual({
      invoices: [
        { number: '2026-0011', customer: 'Ann', daysLate: 4, grossCents: 21_166 },
        { number: '2026-0010', customer: 'Ann', daysLate: 2, grossCents: 21_166 },
      ],
      totalCents: 42_332,
    });
  });
});

describe('image-kit', () => {
  const png = pngOf({ width: 4, height: 2, colorType: 6 }, (x, y) => [x * 60, y * 200, 10, 255]);
  const jpeg = Uint8Array.from([
    0xff,
    0xd8,
    0xff,
    0xe0,
    0,
    6,
    1,
    2,
    3,
    4,
    0xff,
    0xe1,
    0,
    8,
    ...Buffer.from('GPS!!!'),
    0xff,
    0xfe,
    0,
    6,
    ...Buffer.from('Hi!!'),
    0xff,
    0xc0,
    0,
    11,
    8,
    0,
    30,
    0,
    40,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
    0,
    2,
    9,
    9,
    0xff,
    0xd9,
  ]);

  test('readImage says what a PNG is', async () => {
    expect(outputOf(await images.call('readImage', { image: png }))).toEqual({
      format: 'png',
      width: 4,
      height: 2,
      bitDepth: 8,
      colors: 'rgb',
      opacity: true,
      bytes: png.length,
      sha256: createHash('sha256').update(png).digest('hex'),
      texts: { Author: 'Ann' },
    });
  });

  test('readImage says what a JPEG and a GIF are', async () => {
    expect(outputOf(await images.call('readImage', { image: jpeg }))).toMatchObject({
      format: 'jpeg',
      width: 40,
      height: 30,
      colors: 'grey',
      texts: { Comment: 'Hi!!' },
    });
    const gif = Uint8Array.from([...Buffer.from('GIF89a'), 3, 0, 5, 0, 0, 0, 0]);
    expect(outputOf(await images.call('readImage', { image: gif }))).toMatchObject({
      format: 'gif',
      width: 3,
      height: 5,
    });
  });

  test('thumbnail keeps the proportions and gives a PNG that can be read', async () => {
    const { image, width, height } = outputOf(await images.call('thumbnail', { image: png, sizeMax: 2 })) as {
      image: Uint8Array;
      width: number;
      height: number;
    };
    expect([width, height, image instanceof Uint8Array]).toEqual([2, 1, true]);
    expect(outputOf(await images.call('readImage', { image }))).toMatchObject({ width: 2, height: 1, colors: 'rgb' });
  });

  test('thumbnail reads every kind of row and colour, and makes them grey', async () => {
    for (const colorType of [0, 2, 4, 6] as const) {
      const picture = pngOf({ width: 16, height: 16, colorType }, () => [200, 200, 200, 255]);
      const { image } = outputOf(await images.call('thumbnail', { image: picture, sizeMax: 8, grey: true })) as {
        image: Uint8Array;
      };
      expect(outputOf(await images.call('readImage', { image }))).toMatchObject({
        width: 8,
        height: 8,
        colors: 'grey',
        opacity: true,
      });
    }
  });

  test('stripMetadata takes texts out of a PNG and places out of a JPEG', async () => {
    const clean = outputOf(await images.call('stripMetadata', { image: png })) as {
      image: Uint8Array;
      removedBytes: number;
    };
    expect(clean.removedBytes).toBe(12 + 'Author\0Ann'.length);
    expect(outputOf(await images.call('readImage', { image: clean.image }))).toMatchObject({ texts: {}, width: 4 });
    const photo = outputOf(await images.call('stripMetadata', { image: jpeg })) as { image: Uint8Array };
    expect(Buffer.from(photo.image).includes('GPS')).toBe(false);
    expect(outputOf(await images.call('readImage', { image: photo.image }))).toMatchObject({
      format: 'jpeg',
      width: 40,
      texts: {},
    });
  });

  test('a broken image is told from one of another kind', async () => {
    const broken = png.slice();
    broken[40] = (broken[40] ?? 0) ^ 1;
    expect(codeOf(await images.call('readImage', { image: broken }))).toBe('IMAGE_CORRUPT');
    expect(codeOf(await images.call('readImage', { image: png.subarray(0, 30) }))).toBe('IMAGE_CORRUPT');
    expect(codeOf(await images.call('readImage', { image: new Uint8Array(20) }))).toBe('IMAGE_UNSUPPORTED');
    expect(codeOf(await images.call('thumbnail', { image: jpeg }))).toBe('IMAGE_UNSUPPORTED');
  });
});

describe('fan-out', () => {
  const jobs = (from: number, count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `job-${String(from + index).padStart(3, '0')}`,
      body: { page: from + index },
    }));

  test('many jobs are stored side by side, known ones stay', async () => {
    const first = outputOf(await queue.call('enqueue', { jobs: jobs(0, 150) })) as { added: string[]; known: string[] };
    const second = outputOf(await queue.call('enqueue', { jobs: jobs(149, 2) }));
    expect([first.added.length, first.known]).toEqual([150, []]);
    expect(second).toEqual({ added: ['job-150'], known: ['job-149'] });
  });

  test('claimants never get the same job, and together all that they asked for', async () => {
    const claims = await Promise.all(['ann', 'bob', 'eve'].map((owner) => queue.call('claim', { owner, count: 20 })));
    const ids = claims.flatMap((outcome) => (outputOf(outcome) as { jobs: { id: string }[] }).jobs.map(({ id }) => id));
    expect([ids.length, new Set(ids).size]).toEqual([60, 60]);
    expect(outputOf(await queue.call('board'))).toEqual({
      open: 91,
      leased: 60,
      done: 0,
      byOwner: { ann: 20, bob: 20, eve: 20 },
    });
  });

  test('only the holder of a lease can finish a job', async () => {
    const [job] = (outputOf(await queue.call('claim', { owner: 'zoe' })) as { jobs: { id: string }[] }).jobs;
    const id = job?.id ?? '';
    expect(codeOf(await queue.call('finish', { id, owner: 'bob' }))).toBe('JOB_NOT_YOURS');
    expect(codeOf(await queue.call('finish', { id: 'none', owner: 'zoe' }))).toBe('JOB_UNKNOWN');
    expect(outputOf(await queue.call('finish', { id, owner: 'zoe', result: { pages: 2 } }))).toEqual({
      finished: true,
    });
    expect(outputOf(await queue.call('awaitJobs', { ids: [id] }))).toEqual({
      results: { [id]: { pages: 2 } },
      missing: [],
    });
  });

  test('awaitJobs sees a job that is finished while it waits', async () => {
    const [job] = (outputOf(await queue.call('claim', { owner: 'kim' })) as { jobs: { id: string }[] }).jobs;
    const id = job?.id ?? '';
    const waiting = queue.call('awaitJobs', { ids: [id], timeoutMs: 20_000 });
    await queue.call('finish', { id, owner: 'kim' });
    expect(outputOf(await waiting)).toEqual({ results: { [id]: null }, missing: [] });
  });

  test('awaitJobs names what is not done when its time is over', async () => {
    expect(outputOf(await queue.call('awaitJobs', { ids: ['never'], timeoutMs: 60 }))).toEqual({
      results: {},
      missing: ['never'],
    });
  });

  test('a lease that has ended is free again', async () => {
    await queue.call('enqueue', { jobs: [{ id: '000-first', body: 1 }] });
    const claim = async (owner: string): Promise<unknown> =>
      (outputOf(await queue.call('claim', { owner, leaseMs: 1 })) as { jobs: { id: string }[] }).jobs[0]?.id;
    expect(await claim('slow')).toBe('000-first');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await claim('fast')).toBe('000-first');
  });
});
