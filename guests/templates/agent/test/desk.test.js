import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { arc, build, call } from './arc.js';

let bundle = '';
before(async () => {
  bundle = await build();
});

test('findArticles finds the article that a question is about', async () => {
  const { output } = await call(bundle, 'findArticles', { query: 'I forgot my password!', limit: 1 });
  assert.deepEqual(output, { articles: [{ id: 'reset-password', title: 'Resetting a password' }] });
});

test('readArticle says that there is no such article', async () => {
  const { error } = await call(bundle, 'readArticle', { id: 'absent' });
  assert.equal(error.code, 'ARTICLE_UNKNOWN');
});

test('openTicket gives a number', async () => {
  const { output } = await call(bundle, 'openTicket', { subject: 'Broken', body: 'It came in two pieces.' });
  assert.match(output.number, /^[0-9a-f]{8}$/);
});

test('the bundle has the agent, with its tools and no more tokens than they need', async () => {
  const { manifest } = await arc('inspect', bundle);
  const [desk] = manifest.agents;
  assert.equal(desk.name, 'help-desk');
  assert.deepEqual([...desk.tools].sort(), ['findArticles', 'openTicket', 'readArticle']);
  assert.ok(desk.tokens.includes('kv:project-name:rw'));
  assert.ok(desk.tokens.includes('llm:openai:gpt-4o-mini'));
});
