/** Checks what steps are given against what they call, at the lines of their inputs. */
import { type Finding, compareSchemas } from '#wit/schema';
import { type StepCondition, type StepValue, pathText, stepValueText } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import { pointerKeys, pointerPart } from '#wit/values';
import type { ts } from '../typescript.js';
import type { CallableTool } from '../../packages/installed-packages.ts';
import type { ReadScope } from '../read-scope.ts';
import { type ValueKind, isSchema, kindsOf } from '../schema/schema-types.ts';
import type { StaticValue } from '../static-value.ts';
import type { DraftStep } from './draft-steps.ts';
import type { NoSuchPart, StepSchemas } from './step-schemas.ts';

/** A step with its values resolved. */
export interface StepToCheck {
  readonly draft: DraftStep;
  readonly inputs: Readonly<Record<string, StepValue>>;
  readonly condition: StepCondition | undefined;
  /** How many diagnostics there were before its values were resolved. */
  readonly reportedBefore: number;
}

/** Where a condition is written, and the id of the step that has it. */
interface ConditionPlace {
  readonly node: ts.Node;
  readonly reader: string;
}

/** Checks the steps of one pipeline. */
export class StepChecking {
  readonly #schemas: StepSchemas;
  readonly #tools: ReadonlyMap<string, CallableTool>;
  readonly #scope: ReadScope;

  constructor(schemas: StepSchemas, tools: ReadonlyMap<string, CallableTool>, scope: ReadScope) {
    this.#schemas = schemas;
    this.#tools = tools;
    this.#scope = scope;
  }

  /** Reports everything about a step that cannot work. */
  check({ draft, inputs, condition, reportedBefore }: StepToCheck): void {
    for (const [name, value] of Object.entries(inputs)) this.#checkPaths(value, draft.inputs.get(name)?.value);
    for (const [name, { value: path, node }] of draft.outputs ?? [])
      this.#reportPart(
        node,
        `the output "${name}" from .result${pathText(path)}`,
        this.#schemas.faultOfOutput(draft, path),
      );
    if (condition !== undefined && draft.condition !== undefined)
      this.#checkCondition(condition, { node: draft.condition.node, reader: draft.id });
    const tool = draft.target === undefined ? undefined : this.#tools.get(draft.target);
    // What leads nowhere has been said; its type would be a guess.
    if (draft.type === 'tool' && tool !== undefined && this.#scope.collector.count === reportedBefore)
      this.#checkInputs(draft, inputs, tool);
  }

  #checkInputs(draft: DraftStep, inputs: Readonly<Record<string, StepValue>>, tool: CallableTool): void {
    const source = this.#schemas.whole(this.#schemas.ofProperties(inputs, draft.id));
    const { findings } = compareSchemas(source, tool.inputSchema);
    const unknown = Object.entries(inputs).flatMap(([name, value]) =>
      this.#unknownPointers(value, pointerPart(name), draft.id),
    );
    for (const finding of findings) {
      if (!finding.certain || unknown.some((pointer) => isAbout(finding, pointer))) continue;
      this.#reportFinding(finding, { draft, tool });
    }
  }

  /** Where values are of which nothing is known: what agents and teams answer. */
  #unknownPointers(value: StepValue, pointer: string, reader: string): readonly string[] {
    if (value.kind === 'object')
      return Object.entries(value.properties).flatMap(([name, inner]) =>
        this.#unknownPointers(inner, `${pointer}${pointerPart(name)}`, reader),
      );
    if (value.kind === 'array')
      return value.items.flatMap((inner, index) => this.#unknownPointers(inner, `${pointer}/${index}`, reader));
    return Object.keys(this.#schemas.of(value, reader).schema).length === 0 ? [pointer] : [];
  }

  #reportFinding(finding: Finding, { draft, tool }: { readonly draft: DraftStep; readonly tool: CallableTool }): void {
    const parts = pointerKeys(finding.pointer);
    const where = `${tool.name}(input${parts.map(partAsText).join('')})`;
    const node = nodeAt(draft, parts);
    if (finding.kind === 'missing-property') {
      const name = parts.at(-1) ?? '';
      this.#scope.report(nodeAt(draft, parts.slice(0, -1)), {
        code: 'STEP_INPUT_MISSING',
        message: `Cannot call "${tool.name}" in the step "${draft.id}": its input "${name}" ${isGiven(draft, parts) ? 'may be absent' : 'is missing'}`,
        remedy: isGiven(draft, parts)
          ? `Give it a value that is always there`
          : `Add ${name}: …, or make it optional in the tool`,
      });
      return;
    }
    const known = isSchema(tool.inputSchema['properties']) ? Object.keys(tool.inputSchema['properties']) : [];
    const nearest =
      finding.kind === 'unexpected-property' && parts.length === 1 ? nearestName(parts[0] ?? '', known) : undefined;
    const state =
      finding.kind === 'unexpected-property' ? `${where} is nothing that it takes` : `${where} ${finding.message}`;
    this.#scope.report(node, {
      code: 'STEP_INPUT_INVALID',
      message: `Cannot call "${tool.name}" in the step "${draft.id}": ${state}`,
      remedy:
        finding.kind === 'unexpected-property'
          ? nearest === undefined
            ? `Remove it${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`
            : `Write ${nearest}`
          : 'Give it a value of its type, or change the type of the tool',
    });
  }

  /** Reports references within a value that lead nowhere. */
  #checkPaths(value: StepValue, spelled: StaticValue | undefined): void {
    if (spelled === undefined) return;
    if (value.kind === 'object' && spelled.kind === 'record') {
      for (const [name, inner] of Object.entries(value.properties))
        this.#checkPaths(inner, spelled.entries.get(name)?.value);
    } else if (value.kind === 'array' && spelled.kind === 'list') {
      for (const [index, inner] of value.items.entries()) this.#checkPaths(inner, spelled.items[index]);
    } else if (value.kind === 'variable' || value.kind === 'step')
      this.#reportPart(spelled.node, `"${stepValueText(value)}"`, this.#schemas.faultOf(value));
  }

  #reportPart(node: ts.Node, what: string, fault: NoSuchPart | undefined): void {
    if (fault === undefined) return;
    const nearest = nearestName(String(fault.part), fault.known);
    this.#scope.report(node, {
      code: 'STEP_OUTPUT_INVALID',
      message: `Cannot use ${what}: there is no "${fault.part}" in it`,
      remedy:
        nearest !== undefined
          ? `Write ${nearest}`
          : fault.known.length === 0
            ? 'Shorten the path: what it leads to has no parts'
            : `Write one of ${[...new Set(fault.known)].join(', ')}`,
    });
  }

  #checkCondition(condition: StepCondition, place: ConditionPlace): void {
    switch (condition.kind) {
      case 'not':
        return this.#checkCondition(condition.condition, place);
      case 'and':
      case 'or':
        for (const inner of condition.conditions) this.#checkCondition(inner, place);
        return;
      case 'value':
        if (!this.#checkReference(condition.value, place.node)) return;
        if (!mayBe(this.#kindsOf(condition.value, place.reader), ['boolean']))
          this.#reportCondition(
            place.node,
            `${valueText(condition.value)} is neither true nor false`,
            'Compare it with something',
          );
        return;
      case 'compare':
        return this.#checkComparison(condition, place);
    }
  }

  #checkComparison(
    { operator, left, right }: Extract<StepCondition, { kind: 'compare' }>,
    { node, reader }: ConditionPlace,
  ): void {
    const sides = [left, right].map((value) => this.#checkReference(value, node));
    if (sides.includes(false)) return;
    const [kindsLeft, kindsRight] = [this.#kindsOf(left, reader), this.#kindsOf(right, reader)];
    const both = [...kindsLeft].filter((kind) => kindsRight.has(kind));
    const any = kindsLeft.has('any') || kindsRight.has('any');
    const ordered = operator !== '==' && operator !== '!=';
    if (!any && both.length === 0)
      this.#reportCondition(
        node,
        `${valueText(left)} is ${[...kindsLeft].join(' or ')}, and ${valueText(right)} is ${[...kindsRight].join(' or ')}`,
        'Compare values of one type',
      );
    else if (ordered && ![kindsLeft, kindsRight].every((kinds) => mayBe(kinds, ['number', 'string'])))
      this.#reportCondition(node, `"${operator}" compares numbers or texts`, 'Use == or !=');
  }

  #checkReference(value: StepValue, node: ts.Node): boolean {
    const fault = this.#schemas.faultOf(value);
    if (fault === undefined) return true;
    this.#reportPart(node, valueText(value), fault);
    return false;
  }

  #kindsOf(value: StepValue, reader: string): ReadonlySet<ValueKind> {
    const { schema, optional } = this.#schemas.of(value, reader);
    const kinds = kindsOf(schema, this.#schemas.definitions);
    // What is not there is null to a condition.
    return optional ? new Set<ValueKind>([...kinds, 'null']) : kinds;
  }

  #reportCondition(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, { code: 'CONDITION_INVALID', message: `Cannot decide the condition: ${state}`, remedy });
  }
}

function mayBe(kinds: ReadonlySet<ValueKind>, wanted: readonly ValueKind[]): boolean {
  return kinds.has('any') || wanted.some((kind) => kinds.has(kind));
}

/** The most exact node that a pointer leads to. */
function nodeAt({ inputs, options }: DraftStep, parts: readonly string[]): ts.Node {
  const [name, ...rest] = parts;
  const entry = name === undefined ? undefined : inputs.get(name);
  if (entry === undefined)
    return (
      options.record.entries.get('inputs')?.key ?? options.record.entries.get('id')?.value.node ?? options.record.node
    );
  let value = entry.value;
  for (const part of rest) {
    const inner: StaticValue | undefined =
      value.kind === 'record'
        ? value.entries.get(part)?.value
        : value.kind === 'list'
          ? value.items[Number(part)]
          : undefined;
    if (inner === undefined) break;
    value = inner;
  }
  return value.node;
}

/** Whether the author gives the input that is said to be missing. */
function isGiven({ inputs }: DraftStep, parts: readonly string[]): boolean {
  return parts.length === 1 && inputs.has(parts[0] ?? '');
}

/** Whether a finding depends on what the value at a pointer is; that there may be none is known all the same. */
function isAbout({ kind, pointer }: Finding, outer: string): boolean {
  return pointer === outer ? kind !== 'missing-property' : pointer.startsWith(`${outer}/`);
}

function valueText(value: StepValue): string {
  if (value.kind === 'variable' || value.kind === 'step') return `"${stepValueText(value)}"`;
  return value.kind === 'literal' ? JSON.stringify(value.value) : 'the value';
}

/** A part of a JSON pointer as an author would write it. */
function partAsText(part: string): string {
  if (part === '*') return '[]';
  return pathText([/^\d+$/.test(part) ? Number(part) : part]);
}
