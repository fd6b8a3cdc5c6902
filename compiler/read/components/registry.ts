/** The tools, agents, teams and pipelines of a project by name and by class, and what refers to them. */
import { nearestName } from '#wit/tokens';
import { ts } from '../typescript.js';
import type { ToolPair } from '../check-reach.ts';
import { type ComponentKind, type FoundComponent, componentKinds } from '../found-tool.ts';
import type { ReadTool } from '../project.ts';
import type { ReadScope } from '../read-scope.ts';
import type { StaticValue } from '../static-value.ts';

/** What can be referred to. */
export type ReferredKind = 'tool' | ComponentKind;

/** Something that a decorator names. */
export interface Referred {
  readonly kind: ReferredKind;
  readonly name: string;
}

/** Everything of a project that has a name. */
export class ComponentRegistry {
  readonly tools: ReadonlyMap<string, ReadTool>;
  readonly #toolOfBody: ReadonlyMap<ts.Node, string>;
  readonly #toolsOfClass = new Map<ts.Node, string[]>();
  readonly #classes = new Map<ts.Node, Referred>();
  /** By kind and name. */
  readonly #names = new Map<string, Referred>();
  readonly #scope: ReadScope;

  constructor(tools: readonly ToolPair[], scope: ReadScope) {
    this.#scope = scope;
    this.tools = new Map(tools.map(({ read }) => [read.name, read]));
    this.#toolOfBody = new Map(tools.map(({ found, read }) => [found.body, read.name]));
    for (const { found, read } of tools) {
      if (!ts.isClassDeclaration(found.body.parent)) continue;
      const own = this.#toolsOfClass.get(found.body.parent) ?? [];
      this.#toolsOfClass.set(found.body.parent, [...own, read.name]);
    }
  }

  /** Adds a component under its name. */
  add({ kind, declaration }: FoundComponent, name: string): void {
    this.#classes.set(declaration, { kind, name });
    this.#names.set(`${kind} ${name}`, { kind, name });
  }

  /** The names of the tools that a list refers to, each once; what refers to none is reported. */
  toolsOf(list: readonly StaticValue[]): readonly string[] {
    return [...new Set(list.flatMap((value) => this.#tools(value)))];
  }

  /** The one thing of a kind that a value refers to; reported where it refers to none. */
  one(kind: ReferredKind, value: StaticValue): string | undefined {
    if (kind === 'tool') {
      const [first, second] = this.#tools(value);
      if (second === undefined) return first;
      this.#report(value.node, `a class with several tools is named`, 'Name one of its tools');
      return first;
    }
    const referred = this.#referred(value, kind);
    if (referred?.kind === kind) return referred.name;
    if (referred !== undefined)
      this.#report(
        value.node,
        `"${referred.name}" is ${article(referred.kind)}, and ${article(kind)} is wanted`,
        `Name ${article(kind)}`,
      );
    else this.#reportUnknown(kind, value);
    return undefined;
  }

  #tools(value: StaticValue): readonly string[] {
    if (value.kind === 'scalar' && typeof value.value === 'string' && this.tools.has(value.value)) return [value.value];
    const node = this.#target(value);
    const tool = node && this.#toolOfBody.get(node);
    const ofClass = node && this.#toolsOfClass.get(node);
    if (tool !== undefined) return [tool];
    if (ofClass !== undefined) return ofClass;
    const referred = this.#referred(value, 'tool');
    if (referred === undefined) this.#reportUnknown('tool', value);
    else
      this.#report(value.node, `"${referred.name}" is ${article(referred.kind)}, and a tool is wanted`, 'Name a tool');
    return [];
  }

  /** What a value refers to: something of the wanted kind, else of another, so that a message can say of which. */
  #referred(value: StaticValue, wanted: ReferredKind): Referred | undefined {
    if (value.kind === 'scalar' && typeof value.value === 'string') {
      const name = value.value;
      const kinds = [wanted, ...componentKinds];
      const named = kinds.flatMap((kind) => this.#names.get(`${kind} ${name}`) ?? []);
      return named[0] ?? (this.tools.has(name) ? { kind: 'tool', name } : undefined);
    }
    const node = this.#target(value);
    return node && this.#classes.get(node);
  }

  /** The class that is named, or the call of `tool()` that a constant is made by. */
  #target({ kind, node }: StaticValue): ts.Node | undefined {
    if (kind !== 'dynamic') return undefined;
    if (ts.isCallExpression(node)) return node;
    const symbol = this.#scope.checker.getSymbolAtLocation(node);
    const target =
      symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#scope.checker.getAliasedSymbol(symbol) : symbol;
    return target?.valueDeclaration;
  }

  #reportUnknown(kind: ReferredKind, value: StaticValue): void {
    if (value.kind !== 'scalar' || typeof value.value !== 'string') {
      const what =
        kind === 'tool' ? 'a tool by its name, its constant or its class' : `${article(kind)} by its name or its class`;
      return this.#report(value.node, `it is no ${kind} of this project`, `Name ${what}`);
    }
    const known = kind === 'tool' ? [...this.tools.keys()] : this.namesOf(kind);
    const nearest = nearestName(value.value, known);
    const remedy =
      nearest !== undefined
        ? `Write '${nearest}'`
        : known.length > 0
          ? `Name one of ${known.join(', ')}`
          : `Add ${article(kind)} of that name`;
    this.#report(value.node, `there is no ${kind} "${value.value}"`, remedy);
  }

  /** The names of all components of a kind. */
  namesOf(kind: ComponentKind): readonly string[] {
    return [...this.#names.values()].filter((one) => one.kind === kind).map(({ name }) => name);
  }

  #report(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, { code: 'REFERENCE_UNKNOWN', message: `Cannot refer to it: ${state}`, remedy });
  }
}

function article(kind: ReferredKind): string {
  return kind === 'agent' ? 'an agent' : `a ${kind}`;
}
