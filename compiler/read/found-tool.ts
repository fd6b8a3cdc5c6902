/** What a walk through the source finds, before anything of it is judged. */
import type { ts } from './typescript.js';
import type { AriaOptions, OptionsRead, ToolOptions } from './decorator-options.ts';
import type { BlankRange, ToolOrigin } from './project.ts';

/** A tool in the source. */
export interface FoundTool {
  readonly origin: ToolOrigin;
  /** What the tool is called in the source: the name of the method or the constant. */
  readonly ownName: string | undefined;
  /** The node that names it, for places. */
  readonly nameNode: ts.Node;
  /** The text of its JSDoc comment, keywords left out. */
  readonly documentation: string;
  readonly read: OptionsRead<ToolOptions>;
  /** The one signature that its schemas come from; absent where the source has none that fits. */
  readonly signature: ts.Signature | undefined;
  /** Its code: what it uses here, its own tokens have to cover. */
  readonly body: ts.Node;
}

/** A class under `@aria`. */
export interface FoundBundle {
  readonly nameNode: ts.Node;
  readonly documentation: string;
  readonly read: OptionsRead<AriaOptions>;
}

/** A class under `@agent`, `@team` or `@pipeline`. */
export interface FoundComponent {
  readonly kind: ComponentKind;
  readonly declaration: ts.ClassDeclaration;
  /** The node that names it, for places. */
  readonly nameNode: ts.Node;
  readonly documentation: string;
  /** The argument of the decorator; absent where it was written without. */
  readonly options: ts.Expression | undefined;
}

/** The decorators that describe a class and run nothing of it. */
export const componentKinds = ['agent', 'team', 'pipeline'] as const;
export type ComponentKind = (typeof componentKinds)[number];

/** Everything of interest in one file. */
export interface FoundInFile {
  readonly tools: readonly FoundTool[];
  readonly bundles: readonly FoundBundle[];
  readonly components: readonly FoundComponent[];
  readonly blanks: readonly BlankRange[];
}
