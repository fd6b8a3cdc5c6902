import { describe, expect, test } from 'vitest';
import { type Diagnostic, openProject } from '#compiler';
import { TemporaryProject } from './sample-project.ts';

const packageJson = '{ "name": "sample", "version": "1.0.0", "description": "A sample" }';

function diagnosticsOf(guest: string): readonly Diagnostic[] {
  using project = new TemporaryProject({
    'package.json': packageJson,
    'src/guest.ts': `import { tool } from '@aria/sdk';\n${guest}`,
  });
  return openProject(project.directory).read().diagnostics;
}

function toolOf(type: string, options = '{}'): string {
  return `/** Takes it. */\nexport const take = tool(${options}, (_input: ${type}) => null);\n`;
}

describe('at the limit and one past it', () => {
  test('a bundle holds 256 tools', () => {
    const guest = (count: number): string =>
      Array.from({ length: count }, (_, index) => `/** One. */\nexport const t${index} = tool({}, () => null);`).join(
        '\n',
      );
    expect(diagnosticsOf(guest(256))).toEqual([]);
    expect(diagnosticsOf(guest(257))).toMatchObject([{ code: 'TOO_MANY_TOOLS', file: 'src/guest.ts' }]);
  });

  test('a bundle holds 256 agents', () => {
    const guest = (count: number): string =>
      `import { agent } from '@aria/sdk';\n${Array.from({ length: count }, (_, index) => `/** One. */\n@agent({ task: 'x', tools: [] })\nexport class A${index} {}`).join('\n')}`;
    expect(diagnosticsOf(guest(256))).toEqual([]);
    expect(diagnosticsOf(guest(257))).toMatchObject([{ code: 'TOO_MANY_TOOLS', file: 'src/guest.ts', line: 773 }]);
  });

  test('an agent has 4,096 different tokens', () => {
    const guest = (count: number): string => {
      const tools = Array.from({ length: count }, (_, index) => {
        const tokens = Array.from({ length: 64 }, (_unused, part) => `'kv:n${index}-${part}:r'`).join(', ');
        return `/** One. */\nexport const t${index} = tool({ tokens: [${tokens}] }, () => null);`;
      });
      const agent = `/** All. */\n@agent({ task: 'x', tools: [${tools.map((_, index) => `t${index}`).join(', ')}] })\nexport class All {}`;
      return `import { agent } from '@aria/sdk';\n${tools.join('\n')}\n${agent}\n`;
    };
    const errors = (count: number): readonly string[] =>
      diagnosticsOf(guest(count)).flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));
    // With its model's token and one call for each tool.
    expect(errors(63)).toEqual([]);
    expect(errors(64)).toEqual(['TOO_MANY_TOKENS']);
  });

  test('a tool has 64 different tokens', () => {
    const tokens = (count: number): string =>
      Array.from({ length: count }, (_, index) => `'kv:n${index}:r'`).join(', ');
    // The tool does not use them, which is a warning.
    const unused = Array.from({ length: 65 }, () => ({ code: 'TOKEN_UNUSED', severity: 'warning' }));
    expect(diagnosticsOf(toolOf('{}', `{ tokens: [${tokens(64)}, 'kv:n0:r'] }`))).toMatchObject(unused);
    expect(diagnosticsOf(toolOf('{}', `{ tokens: [${tokens(65)}] }`))).toMatchObject([{ code: 'TOO_MANY_TOKENS' }]);
  });

  test('a description has 4,096 characters', () => {
    const options = (count: number): string => `{ description: '${'x'.repeat(count)}' }`;
    expect(diagnosticsOf(toolOf('{}', options(4_096)))).toEqual([]);
    expect(diagnosticsOf(toolOf('{}', options(4_097)))).toMatchObject([{ code: 'DESCRIPTION_TOO_LONG' }]);
  });

  test('a name of a tool has 64 characters', () => {
    expect(diagnosticsOf(toolOf('{}', `{ name: '${'n'.repeat(64)}' }`))).toEqual([]);
    expect(diagnosticsOf(toolOf('{}', `{ name: '${'n'.repeat(65)}' }`))).toMatchObject([
      { code: 'TOOL_NAME_INVALID', remedy: `Write ${'n'.repeat(64)}` },
    ]);
  });

  test('a type is 40 levels deep', () => {
    const nested = (levels: number): string => '{ a: '.repeat(levels) + 'string' + ' }'.repeat(levels);
    expect(diagnosticsOf(toolOf(nested(40)))).toEqual([]);
    expect(diagnosticsOf(toolOf(nested(41)))).toMatchObject([{ code: 'TYPE_TOO_LARGE' }]);
  });

  test('a type has 4,000 parts', () => {
    const wide = (parts: number): string =>
      `{ ${Array.from({ length: parts - 1 }, (_, index) => `p${index}: string`).join('; ')} }`;
    expect(diagnosticsOf(toolOf(wide(4_000)))).toEqual([]);
    expect(diagnosticsOf(toolOf(wide(4_001)))).toMatchObject([{ code: 'TYPE_TOO_LARGE' }]);
  });

  test('a project has 5,000 source files', () => {
    const files = Array.from({ length: 4_999 }, (_, index) => [`src/f${index}.ts`, 'export {};\n']);
    using project = new TemporaryProject({
      'package.json': packageJson,
      'src/guest.ts': `import { tool } from '@aria/sdk';\n${toolOf('{}')}`,
      ...Object.fromEntries(files),
    });
    const reader = openProject(project.directory);
    expect(reader.read().diagnostics).toEqual([]);
    project.write({ 'src/zzz.ts': 'export {};\n' });
    expect(reader.read().diagnostics.map(({ code }) => code)).toContain('TOO_MANY_FILES');
  });
});
