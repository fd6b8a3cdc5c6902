/** The examples of the documentation, and the module that each of them would be part of. */
import { readFileSync } from 'node:fs';
import { ts } from '../../compiler/read/typescript.js';

/** An example as its author wrote it. */
export interface DocumentationBlock {
  /** File and line, relative to the repository. */
  readonly place: string;
  readonly text: string;
}

const otherTag = /^@(?:example|throws|param|returns|see|default|deprecated)\b/;

/** The examples in the JSDoc of a TypeScript file. */
export function examplesOf(path: string, root: string): readonly DocumentationBlock[] {
  const source = readFileSync(`${root}/${path}`, 'utf8');
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: comment, index }) => {
    const first = source.slice(0, index).split('\n').length;
    return examplesOfComment(comment).map(({ line, text }) => ({ place: `${path}:${first + line}`, text }));
  });
}

function examplesOfComment(comment: string): readonly { line: number; text: string }[] {
  const found: { line: number; lines: string[] }[] = [];
  let open = false;
  for (const [line, raw] of comment
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .entries()) {
    const text = raw.replace(/^\s*(?:\/\*\*|\*) ?/, '').replaceAll(String.raw`*\/`, '*/');
    if (otherTag.test(text)) {
      open = text.startsWith('@example');
      if (open) found.push({ line: line + 1, lines: [] });
    } else if (open) found.at(-1)?.lines.push(text);
  }
  return found.map(({ line, lines }) => ({ line, text: `${lines.join('\n').trim()}\n` }));
}

/** The blocks of a Markdown file that say that they are TypeScript. */
export function blocksOf(path: string, root: string): readonly DocumentationBlock[] {
  const source = readFileSync(`${root}/${path}`, 'utf8');
  return [...source.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map(({ 1: indent = '', 2: text = '', index }) => ({
    place: `${path}:${source.slice(0, index).split('\n').length + 1}`,
    text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** What an example is. */
export type BlockKind = 'module' | 'declarations' | 'statements' | 'member' | 'malformed';

/** An example as a module. */
export interface BlockModule {
  readonly kind: BlockKind;
  readonly text: string;
  /** Names that it uses and does not declare, as far as `known` has them, and words of its strings. */
  readonly uses: ReadonlySet<string>;
}

/** What examples stand in: names of the SDK, and what their surroundings have declared. */
export interface Surroundings {
  readonly sdk: ReadonlySet<string>;
  /** Declarations and imports by the name that they declare. */
  readonly declarations: Readonly<Record<string, string>>;
}

/**
 * Makes a module of an example. A module is taken as it is; declarations get the imports of what they use; a member gets a class around
 * it, and statements an async function.
 */
export function moduleOf(text: string, { sdk, declarations }: Surroundings): BlockModule {
  const kind = kindOf(text);
  const names = namesIn(wrapped(text, kind));
  if (kind === 'module' || kind === 'malformed') return { kind, text, uses: names.used };
  const free = [...names.used].filter((name) => !names.declared.has(name));
  const imported = free.filter((name) => sdk.has(name));
  const lines = [
    `import { ${imported.join(', ')} } from '@aria/sdk';`,
    ...free.flatMap((name) => (Object.hasOwn(declarations, name) ? [declarations[name] ?? ''] : [])),
  ];
  return { kind, text: `${lines.join('\n')}\n${wrapped(text, kind)}`, uses: new Set(free) };
}

function kindOf(text: string): BlockKind {
  if (parses(text)) {
    const { statements } = parse(text);
    if (statements.some(ts.isImportDeclaration)) return 'module';
    if (statements.some((statement) => ts.canHaveModifiers(statement) && ts.getModifiers(statement) !== undefined))
      return 'declarations';
  }
  if (parses(wrapped(text, 'statements'))) return 'statements';
  return parses(wrapped(text, 'member')) ? 'member' : 'malformed';
}

function wrapped(text: string, kind: BlockKind): string {
  if (kind === 'statements') return `export async function example() {\n${text}}\n`;
  return kind === 'member' ? `export class Example {\n${text}}\n` : text;
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('example.ts', text, ts.ScriptTarget.ES2023, true);
}

function parses(text: string): boolean {
  return ts.transpileModule(text, { reportDiagnostics: true }).diagnostics?.length === 0;
}

function namesIn(text: string): { readonly used: ReadonlySet<string>; readonly declared: ReadonlySet<string> } {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      if (isDeclared(node)) declared.add(node.text);
      else if (!isProperty(node)) used.add(node.text);
    } else if (ts.isStringLiteral(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  return { used, declared };
}

/** Whether an identifier gives a name to something in a scope. */
function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node;
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isBindingElement(parent) ||
    ts.isParameter(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isImportSpecifier(parent);
  return declares && parent.name === node;
}

/** Whether an identifier is the name of a property, which no scope has; `{ id }` names a property and uses a value. */
function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent);
}
