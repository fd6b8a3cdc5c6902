/** Walks syntax trees as deep as people nest them, and sums of any length. */
import { ts } from './typescript.js';

/**
 * Visits the children of a node. Of `a + b + … + z`, which is nested once per term, it visits the terms, so that generated code does
 * not need a stack as deep as it is long.
 */
export function forEachPart(node: ts.Node, visit: (part: ts.Node) => void): void {
  let outer = node;
  while (ts.isBinaryExpression(outer) && ts.isBinaryExpression(outer.left)) {
    visit(outer.right);
    outer = outer.left;
  }
  // A value would end the walk.
  ts.forEachChild(outer, (part) => void visit(part));
}
