/** What every part of one read shares: the program's checker, the SDK's symbols, and where diagnostics go. */
import type { ts } from './typescript.js';
import { type Diagnostic, type DiagnosticCollector, type Place, hasErrors } from '../check/diagnostic.ts';
import type { BuildTarget } from './build-target.ts';
import { placeOf } from './place.ts';
import { projectPath } from './project-files.ts';
import { SchemaExports } from './schema/schema-exports.ts';
import type { SdkSymbols } from './sdk-symbols.ts';

/** What a diagnostic says, without its place. */
export type DiagnosticFacts = Pick<Diagnostic, 'code' | 'message' | 'remedy'> & Partial<Pick<Diagnostic, 'severity'>>;

/** What a scope is made of. */
export type ReadScopeParts = Pick<ReadScope, 'checker' | 'sdk' | 'collector' | 'directory' | 'target'>;

/** One read of one program. */
export class ReadScope {
  readonly checker: ts.TypeChecker;
  readonly sdk: SdkSymbols;
  readonly collector: DiagnosticCollector;
  readonly directory: string;
  readonly target: BuildTarget;
  /** The schema values among the options that tools need while they run. */
  readonly schemaExports = new SchemaExports();
  /** What only counts where TypeScript itself finds nothing wrong, since it is a consequence. */
  readonly #consequences: { readonly node: ts.Node; readonly facts: DiagnosticFacts }[] = [];

  /** Options that are read, and so judged in the words of this compiler. */
  readonly #judged = new Map<ts.SourceFile, ts.Node[]>();

  constructor(parts: ReadScopeParts) {
    this.checker = parts.checker;
    this.sdk = parts.sdk;
    this.collector = parts.collector;
    this.directory = parts.directory;
    this.target = parts.target;
  }

  /** Says that a node is wrong. */
  report(node: ts.Node, facts: DiagnosticFacts): void {
    this.collector.report(this.place(node), facts);
  }

  /** Says that a node is wrong unless TypeScript has errors of its own, of which this would be a consequence. */
  reportUnlessErrors(node: ts.Node, facts: DiagnosticFacts): void {
    this.#consequences.push({ node, facts });
  }

  /** Takes note of options that are judged here, part by part. */
  judge(options: ts.Node): void {
    const file = options.getSourceFile();
    this.#judged.set(file, [...(this.#judged.get(file) ?? []), options]);
  }

  /** Whether something of ours is said about the line of options that a position is in. */
  saysOf(file: ts.SourceFile, position: number): boolean {
    const options = this.#judged.get(file)?.some((node) => node.getStart(file) <= position && position < node.end);
    return (
      options === true && this.collector.hasOnLine(projectPath(this.directory, file.fileName), lineOf(file, position))
    );
  }

  /** To be called once TypeScript's own errors are reported. */
  reportConsequences(): void {
    if (hasErrors(this.collector.sorted())) return;
    for (const { node, facts } of this.#consequences.splice(0)) this.report(node, facts);
  }

  /** Where a node is. */
  place(node: ts.Node): Place {
    return placeOf(node, this.directory);
  }
}

function lineOf(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1;
}
