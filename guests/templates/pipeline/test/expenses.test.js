import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { arc, build, call } from './arc.js';

let bundle = '';
before(async () => {
  bundle = await build();
});

test('the steps of the pipeline, one after the other, make a report', async () => {
  const read = await call(bundle, 'readExpenses', { csv: 'travel,120.50\nfood,9.5\ntravel,30\n' });
  const total = await call(bundle, 'totalExpenses', read.output);
  assert.deepEqual(total.output, { totalCents: 16_000, byCategory: { travel: 15_050, food: 950 } });
  const { output } = await call(bundle, 'writeReport', { month: '2026-05', ...total.output });
  assert.equal(output.markdown, '# Expenses of 2026-05\n\n- travel: 150.50\n- food: 9.50\n\nTotal: 160.00\n');
});

test('readExpenses names the line that it cannot read', async () => {
  const { error } = await call(bundle, 'readExpenses', { csv: 'travel,120.50\nfood' });
  assert.equal(error.code, 'LINE_INVALID');
  assert.deepEqual(error.details, { number: 2, line: 'food' });
});

test('keepReport refuses what is no month', async () => {
  const { error } = await call(bundle, 'keepReport', { month: 'May', markdown: '' });
  assert.equal(error.code, 'INPUT_INVALID');
});

test('the bundle has the pipeline with its steps and variables', async () => {
  const { manifest } = await arc('inspect', bundle);
  const [monthEnd] = manifest.pipelines;
  assert.equal(monthEnd.name, 'month-end');
  assert.deepEqual(
    monthEnd.steps.map(({ id }) => id),
    ['read', 'total', 'limit', 'write', 'keep'],
  );
});
