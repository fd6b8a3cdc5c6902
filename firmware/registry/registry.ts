/**
 * The components of the active versions, by name. A swap is one assignment: whoever looks sees all of the state before it or all of the state
 * after it. Manifests are held once, as they were given; nothing else of a bundle is in memory, so that one that nobody calls costs its manifest.
 */
import type { ComponentDetails, ComponentKind, ComponentPage, ComponentQuery } from '#wit/api';
import { parseJson } from '#wit/values';
import type { ActiveBundle, Registry, ResolvedComponent, ResolvedTool } from '../service/ports.ts';
import {
  type ActiveComponent,
  type ComponentKey,
  compareKeys,
  keyOf,
  qualifiedNameOf,
  summaryOf,
} from './active-component.ts';
import { ComponentIndex } from './component-index.ts';
import { queryInvalid, schemaUnreadable } from './errors.ts';
import { queryLimits } from './limits.ts';
import { type PagePlace, parsePageToken, printPageToken, searchedText } from './page-token.ts';
import { type BrokenReference, brokenReferences } from './references.ts';

/** What a registry reads when somebody asks for more than names. */
export interface RegistryOptions {
  /** A file of a version, its bytes verified. @throws {CodedError} `BUNDLE_QUARANTINED`. */
  readonly file: (hash: string, path: string) => Promise<Uint8Array>;
  /** Bundles of the host itself, which are always active. */
  readonly builtIn?: readonly ActiveBundle[];
}

/** The registry, with what doctor and removal ask beside the service. */
export interface ComponentRegistry extends Registry {
  /** Takes a bundle's components away; nothing where there are none. */
  delete(name: string): void;
  /** What is active, by name of bundle. */
  bundles(): ReadonlyMap<string, ActiveBundle>;
  /** What active versions need of each other and do not find; with `candidate`, as it would be if that were active. */
  brokenReferences(candidate?: ActiveBundle): readonly BrokenReference[];
}

/** Creates a registry without bundles. */
export function createRegistry(options: RegistryOptions): ComponentRegistry {
  return new IndexedRegistry(options);
}

class IndexedRegistry implements ComponentRegistry {
  readonly #file: RegistryOptions['file'];
  readonly #builtIn: readonly ActiveBundle[];
  #index: ComponentIndex;

  constructor({ file, builtIn = [] }: RegistryOptions) {
    this.#file = file;
    this.#builtIn = builtIn;
    this.#index = new ComponentIndex(builtIn);
  }

  replace(bundles: readonly ActiveBundle[]): void {
    this.#index = new ComponentIndex([...bundles, ...this.#builtIn]);
  }

  set(bundle: ActiveBundle): void {
    this.#index = new ComponentIndex([...this.#index.bundles.values(), bundle]);
  }

  delete(name: string): void {
    if (!this.#index.bundles.has(name)) return;
    const left = [...this.#index.bundles.values()].filter(({ manifest }) => manifest.name !== name);
    this.#index = new ComponentIndex(left);
  }

  bundles(): ReadonlyMap<string, ActiveBundle> {
    return this.#index.bundles;
  }

  resolve(name: string, kind?: ComponentKind): ResolvedComponent {
    const found = this.#index.resolve(name, kind);
    const { hash, manifest } = found.bundle;
    return { kind: found.kind, name: found.part.name, bundle: manifest.name, version: manifest.version, hash };
  }

  resolveTool(name: string, bundle?: string): ResolvedTool {
    const found = this.#index.resolve(bundle === undefined ? name : `${bundle}/${name}`, 'tool');
    if (found.kind !== 'tool') throw new Error(`Cannot take "${name}" for a tool: it is of kind ${found.kind}`);
    const { hash, manifest, provenance, thirdParty } = found.bundle;
    const { part: tool } = found;
    const { name: own, version } = manifest;
    return { kind: 'tool', name: tool.name, bundle: own, version, hash, tool, provenance, thirdParty };
  }

  list(query: ComponentQuery): ComponentPage {
    const { pageSize = queryLimits.pageSizeDefault, pageToken } = query;
    checkQuery(query, pageSize);
    const after = pageToken === undefined ? undefined : parsePageToken(query, pageToken);
    // One index for the whole answer.
    const index = this.#index;
    const { page, last } = pageOf(index, query, { after, pageSize });
    return {
      components: page.map((component) => summaryOf(component, index.clashes(component))),
      ...(last && { nextPageToken: printPageToken(query, last) }),
    };
  }

  async details(name: string, kind?: ComponentKind): Promise<ComponentDetails> {
    const index = this.#index;
    const component = index.resolve(name, kind);
    const { inputSchema, outputSchema } = await this.#schemas(component);
    return {
      ...summaryOf(component, index.clashes(component)),
      tokens: component.part.tokens,
      inputSchema,
      outputSchema,
      manifest: component.part,
      provenance: component.bundle.provenance,
    };
  }

  counts(): Readonly<Record<ComponentKind, number>> {
    return this.#index.counts;
  }

  brokenReferences(candidate?: ActiveBundle): readonly BrokenReference[] {
    const { bundles } = this.#index;
    return brokenReferences(candidate ? new Map(bundles).set(candidate.manifest.name, candidate) : bundles);
  }

  /** The schemas of a tool are files; the variables of a pipeline stand in the manifest; agents and teams declare none. */
  async #schemas(component: ActiveComponent): Promise<Pick<ComponentDetails, 'inputSchema' | 'outputSchema'>> {
    if (component.kind === 'pipeline') return { inputSchema: component.part.variables, outputSchema: undefined };
    if (component.kind !== 'tool') return { inputSchema: undefined, outputSchema: undefined };
    const { part } = component;
    const [inputSchema, outputSchema] = await Promise.all([
      this.#schema(component, part.inputSchema.path),
      this.#schema(component, part.outputSchema.path),
    ]);
    return { inputSchema, outputSchema };
  }

  async #schema(component: ActiveComponent, path: string): Promise<unknown> {
    const bytes = await this.#file(component.bundle.hash, path);
    try {
      return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
      throw schemaUnreadable(qualifiedNameOf(component), path, cause);
    }
  }
}

function checkQuery({ text, bundle }: ComponentQuery, pageSize: number): void {
  const { pageSizeMax, textCharactersMax } = queryLimits;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > pageSizeMax)
    throw queryInvalid(`the page size is ${pageSize}`, `Ask for 1 to ${pageSizeMax} components`);
  for (const [what, given] of [
    ['text', text],
    ['name of the bundle', bundle],
  ] as const)
    if ((given?.length ?? 0) > textCharactersMax)
      throw queryInvalid(`the ${what} is too long`, `Give at most ${textCharactersMax} characters`);
}

interface PageRequest {
  readonly after: PagePlace | undefined;
  readonly pageSize: number;
}

/** The components of a page, and the last of them where there are more. */
function pageOf(
  index: ComponentIndex,
  query: ComponentQuery,
  { after, pageSize }: PageRequest,
): { readonly page: readonly ActiveComponent[]; readonly last: PagePlace | undefined } {
  const text = searchedText(query);
  const places = text === undefined ? placesByName(index, query) : placesByRank(index, query, text);
  const begin = after ? firstBehind(places, after) : 0;
  const taken = places.slice(begin, begin + pageSize);
  const more = begin + pageSize < places.length;
  return { page: taken.map(({ component }) => component), last: more ? taken.at(-1) : undefined };
}

interface FoundComponent extends PagePlace {
  readonly component: ActiveComponent;
}

function placesByName(index: ComponentIndex, query: ComponentQuery): readonly FoundComponent[] {
  return index.sorted
    .filter((component) => isWanted(component, query))
    .map((component) => ({ component, key: keyOf(component), score: undefined }));
}

function placesByRank(index: ComponentIndex, query: ComponentQuery, text: string): readonly FoundComponent[] {
  const found: FoundComponent[] = [];
  for (const { position, score } of index.text.find(text)) {
    const component = index.sorted[position];
    if (component && isWanted(component, query)) found.push({ component, key: keyOf(component), score });
  }
  return found.sort(comparePlaces);
}

function isWanted({ kind, bundle }: ActiveComponent, query: ComponentQuery): boolean {
  return (
    (query.kind === undefined || kind === query.kind) &&
    (query.bundle === undefined || bundle.manifest.name === query.bundle)
  );
}

/** The best first; equal ones in the order of their keys. */
function comparePlaces(
  left: { readonly key: ComponentKey; readonly score: number | undefined },
  right: { readonly key: ComponentKey; readonly score: number | undefined },
): number {
  return (right.score ?? 0) - (left.score ?? 0) || compareKeys(left.key, right.key);
}

function firstBehind(places: readonly FoundComponent[], after: PagePlace): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = places[middle];
    if (place && comparePlaces(place, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
