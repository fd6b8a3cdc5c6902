/** Checks a manifest: its ABI first, since all else may differ in another one, then its shape, then what lies between its fields. */
import { interfaceOfToken, parseToken } from '#wit/tokens';
import { type ManifestViolation, abiUnsupported, importsExceeded, manifestInvalid } from './errors.ts';
import { componentViolations } from './check-components.ts';
import { abiVersion, manifestMaxima } from './limits.ts';
import { type Manifest, type ManifestTool, manifestSchema } from './manifest.ts';

/** Interfaces that need no token; `types` holds only types. */
const freeInterfaces = ['log', 'timer', 'types'] as const;
/** Steps within steps are two levels each, a value or a condition is three, and the type of a variable two for each of its own 40. */
const pipelineDepthMax = 2 * manifestMaxima.stepDepth + 4 * manifestMaxima.valueDepth + 16;
/** A longer text is no version that is worth repeating. */
const abiCharactersMax = 32;

/**
 * Checks a manifest.
 * @throws {CodedError} `BUNDLE_ABI_UNSUPPORTED`; `BUNDLE_MANIFEST_INVALID`, each violation with its path; or
 * `COMPONENT_IMPORTS_EXCEEDED` where a tool imports what its tokens do not grant.
 */
export function parseManifest(value: unknown): Manifest {
  const abi = abiOf(value);
  if (abi !== undefined && abi !== abiVersion) throw abiUnsupported(abi, abiVersion);
  const lists = [...longLists(value), ...deepPipelines(value)];
  if (lists.length > 0) throw manifestInvalid(lists);
  const result = checkShape(value);
  if (!result.success) {
    throw manifestInvalid(result.error.issues.map(({ path, message }) => ({ path: pathText(path), message })));
  }
  const violations = [
    ...emptyManifest(result.data),
    ...duplicateTools(result.data.tools),
    ...result.data.tools.flatMap(toolViolations),
    ...componentViolations(result.data),
  ];
  if (violations.length > 0) throw manifestInvalid(violations);
  for (const tool of result.data.tools) checkImports(tool);
  return result.data;
}

function checkShape(value: unknown): ReturnType<typeof manifestSchema.safeParse> {
  try {
    return manifestSchema.safeParse(value);
  } catch (error) {
    // zod hands on what it finds as arguments, and the stack does not hold a hundred thousand of them.
    if (error instanceof RangeError) throw manifestInvalid([{ path: 'manifest', message: 'expected fewer faults' }]);
    throw error;
  }
}

/** The version that a value claims, if it looks like one. */
function abiOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'abi')) return undefined;
  const { abi } = value as { readonly abi: unknown };
  return typeof abi === 'string' && abi.length <= abiCharactersMax && /^\d+\.\d+\.\d+$/.test(abi) ? abi : undefined;
}

/** Lists over their maxima. The schema would look at each of a million elements before it says so. */
function longLists(value: unknown): ManifestViolation[] {
  const tools = listOf(value, 'tools');
  if (tools.length > manifestMaxima.tools) return [tooLong('manifest.tools', manifestMaxima.tools)];
  const dependencies = keysOf(value, 'dependencies');
  if (dependencies.length > manifestMaxima.dependencies)
    return [tooLong('manifest.dependencies', manifestMaxima.dependencies)];
  // The schema leaves this key out silently.
  if (dependencies.includes('__proto__'))
    return [{ path: 'manifest.dependencies', message: 'expected no key "__proto__"' }];
  return tools.flatMap((tool, index) => [
    ...(listOf(tool, 'tokens').length > manifestMaxima.tokensPerTool
      ? [tooLong(`manifest.tools[${index}].tokens`, manifestMaxima.tokensPerTool)]
      : []),
    ...(listOf(tool, 'imports').length > manifestMaxima.importsPerTool
      ? [tooLong(`manifest.tools[${index}].imports`, manifestMaxima.importsPerTool)]
      : []),
  ]);
}

/**
 * What the schema would not say of pipelines: it looks into each level before it says that there are too many, and so would run out of
 * stack; and it leaves out the key `__proto__` silently.
 */
function deepPipelines(value: unknown): ManifestViolation[] {
  const path = 'manifest.pipelines';
  let level: readonly unknown[] = listOf(value, 'pipelines');
  if (level.length > manifestMaxima.orchestrations) return [tooLong(path, manifestMaxima.orchestrations)];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > pipelineDepthMax) return [{ path, message: 'expected less depth' }];
    const objects = level.filter((one) => typeof one === 'object' && one !== null);
    if (objects.some((one) => Object.hasOwn(one, '__proto__')))
      return [{ path, message: 'expected no key "__proto__"' }];
    level = objects.flatMap((one): unknown[] => Object.values(one));
  }
  return [];
}

function tooLong(path: string, max: number): ManifestViolation {
  return { path, message: `expected at most ${max}` };
}

function listOf(value: unknown, key: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return [];
  const list = (value as Readonly<Record<string, unknown>>)[key];
  return Array.isArray(list) ? list : [];
}

function keysOf(value: unknown, key: string): readonly string[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return [];
  const record = (value as Readonly<Record<string, unknown>>)[key];
  return typeof record === 'object' && record !== null ? Object.keys(record) : [];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    'manifest',
  );
}

/** A bundle holds something that can be called. */
function emptyManifest({ tools, agents, teams, pipelines }: Manifest): ManifestViolation[] {
  const empty = [tools, agents, teams, pipelines].every((components) => (components?.length ?? 0) === 0);
  return empty ? [{ path: 'manifest.tools', message: 'expected a tool, an agent, a team or a pipeline' }] : [];
}

/** Names that differ only by case would be one file on some systems. */
function duplicateTools(tools: readonly ManifestTool[]): ManifestViolation[] {
  const seen = new Set<string>();
  return tools.flatMap(({ name }, index) => {
    const folded = name.toLowerCase();
    if (seen.has(folded))
      return [{ path: `manifest.tools[${index}].name`, message: `two tools are named "${name}", letter case aside` }];
    seen.add(folded);
    return [];
  });
}

function toolViolations(tool: ManifestTool, index: number): ManifestViolation[] {
  const { name, source, sourceMap, inputSchema, outputSchema, component } = tool;
  const paths: readonly (readonly [field: string, found: string, expected: string])[] = [
    ['source', source.path, `source/${name}.js`],
    ['sourceMap', sourceMap.path, `source/${name}.js.map`],
    ['inputSchema', inputSchema.path, `schema/${name}.input.json`],
    ['outputSchema', outputSchema.path, `schema/${name}.output.json`],
    ['component', component?.path ?? `component/${name}.wasm`, `component/${name}.wasm`],
  ];
  const violations = paths
    .filter(([, found, expected]) => found !== expected)
    .map(([field, , expected]) => ({
      path: `manifest.tools[${index}].${field}.path`,
      message: `expected "${expected}"`,
    }));
  if (new Set(tool.tokens).size !== tool.tokens.length) {
    violations.push({ path: `manifest.tools[${index}].tokens`, message: 'a token occurs twice' });
  }
  if (tool.imports.some((name, at) => at > 0 && name <= (tool.imports[at - 1] ?? ''))) {
    violations.push({ path: `manifest.tools[${index}].imports`, message: 'expected sorted names, each once' });
  }
  return [...violations, ...placementViolations(tool, index)];
}

/** Only the guest engine runs components, and what needs Bun runs in a container alone. */
function placementViolations(tool: ManifestTool, index: number): ManifestViolation[] {
  const { engine, substrate, placement, trust, native, resources, component } = tool;
  const at = `manifest.tools[${index}]`;
  return [
    ...(engine === 'bun' && substrate !== 'container'
      ? [{ path: `${at}.substrate`, message: 'expected "container", which the engine "bun" needs' }]
      : []),
    ...(engine === 'bun' && component !== undefined
      ? [{ path: `${at}.component`, message: 'expected none for the engine "bun"' }]
      : []),
    ...(engine === 'quickjs' && native !== undefined
      ? [{ path: `${at}.native`, message: 'expected none for the engine "quickjs", which loads no compiled code' }]
      : []),
    ...(engine === 'quickjs' && component === undefined
      ? [{ path: `${at}.component`, message: 'expected one for the engine "quickjs"' }]
      : []),
    ...(engine === 'quickjs' && tool.memoryBytes > manifestMaxima.componentMemoryBytes
      ? [
          {
            path: `${at}.memoryBytes`,
            message: `expected at most ${manifestMaxima.componentMemoryBytes} for a component`,
          },
        ]
      : []),
    ...(placement !== undefined && substrate !== 'container' && trust !== 'untrusted'
      ? [{ path: `${at}.placement`, message: 'expected no reasons where nothing speaks for a container' }]
      : []),
    ...(placement !== undefined && new Set(placement).size !== placement.length
      ? [{ path: `${at}.placement`, message: 'a reason occurs twice' }]
      : []),
    ...(resources !== undefined && Object.keys(resources).length === 0
      ? [{ path: `${at}.resources`, message: 'expected at least one of them' }]
      : []),
  ];
}

function checkImports({ name, tokens, imports }: ManifestTool): void {
  const granted = new Set<string>(freeInterfaces.map(qualified));
  for (const token of tokens) {
    const interfaceName = interfaceOfToken(parseToken(token).kind);
    if (interfaceName !== undefined) granted.add(qualified(interfaceName));
  }
  const exceeding = imports.filter((imported) => !granted.has(imported));
  if (exceeding.length > 0) throw importsExceeded(name, exceeding);
}

function qualified(interfaceName: string): string {
  return `aria:host/${interfaceName}@${abiVersion}`;
}
