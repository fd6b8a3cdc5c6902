/** A dependency is written into aria.toml, and nothing else of it changes. */
import { expect, test } from 'vitest';
import { withDependency } from '../../../compiler/packages/edit-toml.ts';

const wanted = { name: 'invoice-kit', range: '^0.2' };

test.each([
  ['into a project without the file', undefined, '[dependencies]\ninvoice-kit = "^0.2"\n'],
  [
    'behind everything else',
    '[project]\nname = "books"',
    '[project]\nname = "books"\n\n[dependencies]\ninvoice-kit = "^0.2"\n',
  ],
  [
    'behind the last line of the table, before what follows',
    '[dependencies] # what it needs\nrates = "^1" # fixed\n\n# The rest\n[llm]\nmodel = "gpt"\n',
    '[dependencies] # what it needs\nrates = "^1" # fixed\ninvoice-kit = "^0.2"\n\n# The rest\n[llm]\nmodel = "gpt"\n',
  ],
  ['into an empty table', '[dependencies]\n\n[llm]\n', '[dependencies]\ninvoice-kit = "^0.2"\n\n[llm]\n'],
  [
    'in place of another range, with the comment behind it',
    '[dependencies]\n  "invoice-kit"   =   \'^0.1\'   # until March\nrates = "^1"\n',
    '[dependencies]\n  "invoice-kit"   =   "^0.2"   # until March\nrates = "^1"\n',
  ],
  [
    'in place of another range that is written with dots',
    'dependencies.invoice-kit = "^0.1"\n[llm]\n',
    'dependencies.invoice-kit = "^0.2"\n[llm]\n',
  ],
  [
    'with the line ends of the file',
    '[dependencies]\r\nrates = "^1"\r\n\r\n[llm]\r\n',
    '[dependencies]\r\nrates = "^1"\r\ninvoice-kit = "^0.2"\r\n\r\n[llm]\r\n',
  ],
  ['behind a byte order mark', '\uFEFF[dependencies]\n', '\uFEFF[dependencies]\ninvoice-kit = "^0.2"\n'],
  [
    'not into a text that looks like the table',
    '[agent.a]\nsystem_prompt = """\n[dependencies]\n"""\n',
    '[agent.a]\nsystem_prompt = """\n[dependencies]\n"""\n\n[dependencies]\ninvoice-kit = "^0.2"\n',
  ],
])('%s', (_, before, after) => {
  expect(withDependency(before, wanted)).toBe(after);
});

test.each([
  ['an inline table', 'dependencies = { rates = "^1" }\n'],
  ['a table written with dots', 'dependencies.rates = "^1"\n'],
  ['a range of several lines', '[dependencies]\ninvoice-kit = """\n^1"""\n'],
])('%s is left to its author', (_, text) => {
  expect(() => withDependency(text, wanted)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      wire: expect.objectContaining({
        remedy: 'Write invoice-kit = "^0.2" into it yourself, and run "arc install"',
      }),
    }),
  );
});
