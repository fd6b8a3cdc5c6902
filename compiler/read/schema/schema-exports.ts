/**
 * The schema values that tools need while they run. Options are blanked before a file is bundled, so each such expression is written
 * once more at the end of its file, as an export under a name that the file does not use. No line or column of the author's moves.
 */
import type { ts } from '../typescript.js';

/** The exports of one read. */
export class SchemaExports {
  readonly #files = new Map<string, Map<ts.Expression, string>>();

  /** The name under which the file of an expression exports its value. `label`: what the name says. */
  add(expression: ts.Expression, label: string): string {
    const { fileName, text } = expression.getSourceFile();
    const exported = this.#files.get(fileName) ?? new Map<ts.Expression, string>();
    this.#files.set(fileName, exported);
    const known = exported.get(expression);
    if (known !== undefined) return known;
    let name = `aria$${label}$${exported.size}`;
    while (text.includes(name)) name += '$';
    exported.set(expression, name);
    return name;
  }

  /** What is to be appended to a file. A call marked as pure is left out where nothing imports its result. */
  appendedTo(fileName: string): string | undefined {
    const exported = this.#files.get(fileName);
    if (exported === undefined) return undefined;
    return [...exported]
      .map(([expression, name]) => `export const ${name} = /* @__PURE__ */ (() => (\n${expression.getText()}\n))();\n`)
      .join('');
  }
}
