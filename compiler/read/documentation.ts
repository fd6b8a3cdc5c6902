/** JSDoc as the text of a description and the keywords beside it. */
import { ts } from './typescript.js';

/** A tag of JSDoc, such as `@minimum 1`. */
export interface DocTag {
  readonly name: string;
  readonly text: string;
}

/** What a comment says. */
export interface Documentation {
  /** Paragraphs of one line each; empty where nothing is said. */
  readonly description: string;
  readonly tags: readonly DocTag[];
}

const nothing: Documentation = { description: '', tags: [] };

/** What the JSDoc of a declaration says. */
export function documentationOf(declaration: ts.Node): Documentation {
  const documented = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const comment =
    ts.getJSDocCommentsAndTags(documented).findLast((part): part is ts.JSDoc => ts.isJSDoc(part)) ??
    inlineComment(documented);
  if (comment === undefined) return nothing;
  return {
    description: tidy(textOf(comment.comment)),
    tags: (comment.tags ?? []).map((tag) => ({ name: tag.tagName.text, text: textOf(tag.comment).trim() })),
  };
}

/** What the JSDoc of a property, an interface or an alias says; also where a property inherits it. */
export function documentationOfSymbol(symbol: ts.Symbol, checker: ts.TypeChecker): Documentation {
  const [first] = (symbol.declarations ?? [])
    .map(documentationOf)
    .filter(({ description, tags }) => description !== '' || tags.length > 0);
  return first ?? { description: tidy(ts.displayPartsToString(symbol.getDocumentationComment(checker))), tags: [] };
}

/**
 * The comment right before a declaration on its own line, as in `{ lines: number[]; /** in EUR *\/ rate: number }`. TypeScript
 * takes such a comment for the end of what stands before it.
 */
function inlineComment(declaration: ts.Node): ts.JSDoc | undefined {
  const { text } = declaration.getSourceFile();
  const range = ts.getTrailingCommentRanges(text, declaration.pos)?.at(-1);
  if (
    range === undefined ||
    !text.startsWith('/**', range.pos) ||
    text.slice(range.end, declaration.getStart()).includes('\n')
  )
    return undefined;
  const parsed = ts.createSourceFile(
    'comment.ts',
    `${text.slice(range.pos, range.end)}\nlet documented;`,
    ts.ScriptTarget.ES2023,
    true,
  );
  const [statement] = parsed.statements;
  return statement && ts.getJSDocCommentsAndTags(statement).find((part): part is ts.JSDoc => ts.isJSDoc(part));
}

function textOf(comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string {
  return ts.getTextOfJSDocComment(comment) ?? '';
}

function tidy(comment: string): string {
  return comment
    .replace(
      /\{@link(?:code|plain)?\s+([^\s|}]+)(?:\s*\|?\s*([^}]+))?\}/g,
      (_link, target: string, text: string | undefined) => text?.trim() ?? target,
    )
    .split(/\r?\n[ \t]*\r?\n/)
    .map((paragraph) => paragraph.replace(/\s*\r?\n\s*/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}
