/**
 * Divides the author's code into units that are reached or not as a whole: functions, constants and the members of objects and classes
 * at the top level of a module. What is inside a function belongs to the function.
 */
import { ts } from '../typescript.js';
import { plainExpression } from './static-text.ts';

/** A declaration that is followed as a whole. */
export type CodeUnit = ts.Node;

/** The smallest unit that a declaration is, or lies in; none for what is not code of a module's top level. */
export function unitOf(declaration: ts.Node): CodeUnit | undefined {
  return ts.findAncestor(declaration, isUnit);
}

function isUnit(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isExportAssignment(node))
    return isAtTop(node);
  if (ts.isVariableDeclaration(node)) return ts.isVariableStatement(node.parent.parent) && isAtTop(node.parent.parent);
  if (ts.isClassElement(node)) return ts.isClassDeclaration(node.parent) && isAtTop(node.parent);
  return isMemberOfConstant(node);
}

function isAtTop({ parent }: ts.Node): boolean {
  return ts.isSourceFile(parent) || ts.isModuleBlock(parent);
}

/** Whether a node is a member of the object that a constant at the top is. */
function isMemberOfConstant(node: ts.Node): boolean {
  if (!ts.isObjectLiteralElementLike(node)) return false;
  let outer: ts.Node = node.parent;
  while (ts.isExpression(outer.parent) && plainExpression(outer.parent) === node.parent) outer = outer.parent;
  const { parent } = outer;
  return ts.isVariableDeclaration(parent) && parent.initializer === outer && isUnit(parent);
}

/** What runs when a class is declared: what it extends, static fields and blocks, and computed names. */
export function loadedPartsOf(owner: ts.ClassLikeDeclaration): readonly ts.Node[] {
  const extended = (owner.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map(({ expression }) => expression));
  const decorators = ts.canHaveDecorators(owner) ? (ts.getDecorators(owner) ?? []) : [];
  const members = owner.members.flatMap((member): readonly ts.Node[] => {
    const own = ts.canHaveDecorators(member) ? (ts.getDecorators(member) ?? []) : [];
    const name = member.name && ts.isComputedPropertyName(member.name) ? [member.name.expression] : [];
    if (ts.isClassStaticBlockDeclaration(member)) return [member.body];
    const isStatic = ts.isPropertyDeclaration(member) && isStaticMember(member);
    return [...own, ...name, ...(isStatic && member.initializer !== undefined ? [member.initializer] : [])];
  });
  return [...extended, ...decorators, ...members];
}

/** Whether a member belongs to the class itself. */
export function isStaticMember(member: ts.ClassElement): boolean {
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) !== 0;
}

/** Statements of a module that do something when it is loaded, beside declaring. */
export function loadedStatementsOf(file: ts.SourceFile): readonly ts.Node[] {
  return file.statements.flatMap((statement): readonly ts.Node[] => {
    if (ts.isClassDeclaration(statement)) return statement.members.filter(ts.isClassStaticBlockDeclaration);
    return isDeclaration(statement) ? [] : [statement];
  });
}

function isDeclaration(node: ts.Statement): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isVariableStatement(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isImportEqualsDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isExportAssignment(node)
  );
}
