/** The tools, agents, teams and pipelines of a project by name and by class, and what refers to them. */
import { isBundleName, splitReference } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { ts } from '../typescript.js';
import type { CallableTool } from '../../packages/installed-packages.ts';
import type { ToolPair } from '../check-reach.ts';
import type { ReadDependencies } from '../dependencies.ts';
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

/** What a registry is made of. */
export interface RegistrySources {
  readonly tools: readonly ToolPair[];
  /** The name of the project's own bundle. */
  readonly bundle: string;
  readonly dependencies: ReadDependencies;
}

/** Everything of a project that has a name, and of its dependencies under `bundle/name`. A name alone is always the project's own. */
export class ComponentRegistry {
  readonly tools: ReadonlyMap<string, ReadTool>;
  /** The tools that steps can call: the project's own, and those of its dependencies. */
  readonly callables: ReadonlyMap<string, CallableTool>;
  readonly #bundle: string;
  readonly #dependencies: ReadDependencies;
  readonly #toolOfBody: ReadonlyMap<ts.Node, string>;
  readonly #toolsOfClass = new Map<ts.Node, string[]>();
  readonly #classes = new Map<ts.Node, Referred>();
  /** By kind and name. */
  readonly #names = new Map<string, Referred>();
  readonly #scope: ReadScope;

  constructor({ tools, bundle, dependencies }: RegistrySources, scope: ReadScope) {
    this.#scope = scope;
    this.#bundle = bundle;
    this.#dependencies = dependencies;
    this.tools = new Map(tools.map(({ read }) => [read.name, read]));
    const foreign = [...dependencies.installed.values()].flatMap((installed) => [...installed.tools.values()]);
    this.callables = new Map<string, CallableTool>([
      ...this.tools,
      ...foreign.map((tool) => [tool.name, tool] as const),
    ]);
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
    if (isQualified(value)) return this.#foreign(kind, value);
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
    if (isQualified(value)) return [this.#foreign('tool', value) ?? []].flat();
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

  /** The reference to something of a dependency, as the manifest has it; reported where there is no such thing. */
  #foreign(kind: ReferredKind, { value: text, node }: QualifiedValue): string | undefined {
    const { bundle = '', name } = splitReference(text);
    const { ranges, installed } = this.#dependencies;
    if (kind !== 'tool' && kind !== 'agent') {
      this.#report(
        node,
        `"${text}" is of another bundle, and no token allows to call ${article(kind)} there`,
        `Make ${article(kind)} here, of the agents there`,
      );
      return undefined;
    }
    if (bundle === this.#bundle) this.#report(node, `"${bundle}" is this very bundle`, `Write '${name}'`);
    else if (!Object.hasOwn(ranges, bundle)) this.#reportUndeclared(bundle, name, node);
    else {
      const dependency = installed.get(bundle);
      // Of one that is not installed it is said in aria.toml.
      if (dependency === undefined) return text;
      const known = kind === 'tool' ? [...dependency.tools.keys()] : dependency.agents;
      if (known.includes(name)) return text;
      const nearest = nearestName(name, known);
      this.#report(
        node,
        `"${bundle}" ${dependency.version} has no ${kind} "${name}"`,
        nearest !== undefined
          ? `Write '${bundle}/${nearest}'`
          : known.length > 0
            ? `Name one of ${known.slice(0, namesShownMax).join(', ')}`
            : `Take a version of "${bundle}" that has it`,
      );
    }
    return undefined;
  }

  #reportUndeclared(bundle: string, name: string, node: ts.Node): void {
    const nearest = nearestName(bundle, Object.keys(this.#dependencies.ranges));
    this.#report(
      node,
      `aria.toml has no dependency "${bundle}"`,
      nearest !== undefined
        ? `Write '${nearest}/${name}'`
        : isBundleName(bundle)
          ? `Run "arc install ${bundle}"`
          : "Write 'bundle/name', the name of the bundle in lower-case words joined by dashes",
    );
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
    const elsewhere = this.#elsewhere(kind, value.value);
    const remedy =
      (nearest ?? elsewhere) !== undefined
        ? `Write '${elsewhere ?? nearest}'`
        : known.length > 0
          ? `Name one of ${known.join(', ')}`
          : `Add ${article(kind)} of that name`;
    this.#report(value.node, `there is no ${kind} "${value.value}"`, remedy);
  }

  /** A reference to something of a dependency that has the very name. */
  #elsewhere(kind: ReferredKind, name: string): string | undefined {
    for (const { name: bundle, tools, agents } of this.#dependencies.installed.values())
      if (kind === 'tool' ? tools.has(name) : kind === 'agent' && agents.includes(name)) return `${bundle}/${name}`;
    return undefined;
  }

  /** The names of all components of a kind. */
  namesOf(kind: ComponentKind): readonly string[] {
    return [...this.#names.values()].filter((one) => one.kind === kind).map(({ name }) => name);
  }

  #report(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, { code: 'REFERENCE_UNKNOWN', message: `Cannot refer to it: ${state}`, remedy });
  }
}

/** Names that a remedy lists. */
const namesShownMax = 10;

/** A text with a slash, as no name of a project has one. */
type QualifiedValue = Extract<StaticValue, { kind: 'scalar' }> & { readonly value: string };

function isQualified(value: StaticValue): value is QualifiedValue {
  return value.kind === 'scalar' && typeof value.value === 'string' && value.value.includes('/');
}

function article(kind: ReferredKind): string {
  return kind === 'agent' ? 'an agent' : `a ${kind}`;
}
