import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { build, call } from './arc.js';

let bundle = '';
before(async () => {
  bundle = await build();
});

test('addNote keeps a note and counts its words', async () => {
  const { kind, output } = await call(bundle, 'addNote', { title: 'first', text: 'to be or not' });
  assert.deepEqual({ kind, output }, { kind: 'done', output: { title: 'first', words: 4 } });
});

test('addNote refuses a note without a title', async () => {
  const { error } = await call(bundle, 'addNote', { title: '', text: 'lost' });
  assert.equal(error.code, 'INPUT_INVALID');
});

test('readNote says which note there is not', async () => {
  const { error } = await call(bundle, 'readNote', { title: 'absent' });
  assert.equal(error.code, 'NOTE_UNKNOWN');
  assert.deepEqual(error.details, { title: 'absent' });
});

test('wordCount counts words', async () => {
  const { output } = await call(bundle, 'wordCount', { text: ' to  be ' });
  assert.deepEqual(output, { words: 2 });
});
