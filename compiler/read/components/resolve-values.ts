/** Turns the inputs of a step into values of the manifest: what is written out, and references to variables and other steps. */
import { type StepCondition, type StepValue, manifestMaxima } from '#wit/manifest';
import { nearestName } from '#wit/tokens';
import type { ts } from '../typescript.js';
import { reportDynamic } from '../option-problems.ts';
import type { ReadScope } from '../read-scope.ts';
import type { StaticValue } from '../static-value.ts';
import { parseCondition } from './condition-grammar.ts';
import { type DraftStep } from './draft-steps.ts';
import { parseInputText } from './references.ts';
import type { Variable } from './variables.ts';

/** What can be referred to. */
export interface Referable {
  readonly steps: ReadonlyMap<string, DraftStep>;
  readonly variables: ReadonlyMap<string, Variable>;
}

/** A condition, or `undefined` where it was reported. */
export type ReadCondition = { readonly text: string; readonly condition: StepCondition } | undefined;

/** Resolves the values of one pipeline. */
export class ValueResolution {
  /** The names of variables that something uses. */
  readonly used = new Set<string>();
  readonly #referable: Referable;
  readonly #scope: ReadScope;

  constructor(referable: Referable, scope: ReadScope) {
    this.#referable = referable;
    this.#scope = scope;
  }

  /** The value of an input; what refers to nothing is reported and stands as null. */
  value(value: StaticValue, depth = 0): StepValue {
    if (depth > manifestMaxima.valueDepth) {
      this.#report(value.node, `it is more than ${manifestMaxima.valueDepth} levels deep`, 'Flatten it');
      return nothing;
    }
    switch (value.kind) {
      case 'dynamic':
        reportDynamic('an input', value, this.#scope);
        return nothing;
      case 'scalar':
        return typeof value.value === 'string'
          ? this.#text(value.value, value.node)
          : { kind: 'literal', value: value.value };
      case 'list':
        return ofItems(value.items.map((item) => this.value(item, depth + 1)));
      case 'record':
        return ofProperties([...value.entries].map(([name, entry]) => [name, this.value(entry.value, depth + 1)]));
    }
  }

  /** The condition of a step. */
  condition({ condition }: DraftStep): ReadCondition {
    if (condition === undefined) return undefined;
    const read = parseCondition(condition.value);
    if ('condition' in read) {
      for (const value of valuesOf(read.condition)) this.#check(value, condition.node, 'condition');
      return { text: condition.value, condition: read.condition };
    }
    const { state, offset } = read.fault;
    this.#scope.report(condition.node, {
      code: 'CONDITION_INVALID',
      message: `Cannot read the condition: ${state}, at character ${offset + 1}`,
      remedy: 'Write a condition such as @sum.output.total > 100 && $strict',
    });
    return undefined;
  }

  #text(text: string, node: ts.Node): StepValue {
    const read = parseInputText(text);
    if (read.kind === 'text') return { kind: 'literal', value: read.text };
    if (read.kind === 'malformed') {
      this.#report(node, read.state, read.remedy);
      return nothing;
    }
    const value: StepValue = { ...read, path: [...read.path] };
    return this.#check(value, node) ? value : nothing;
  }

  #check(value: StepValue, node: ts.Node, place: ReferencePlace = 'input'): boolean {
    if (value.kind === 'variable') {
      this.used.add(value.name);
      if (this.#referable.variables.has(value.name)) return true;
      const nearest = nearestName(value.name, [...this.#referable.variables.keys()]);
      this.#scope.report(node, {
        code: 'VARIABLE_UNKNOWN',
        message: `Cannot use "$${value.name}": the pipeline has no such variable`,
        remedy:
          nearest === undefined
            ? `Add a property ${value.name} to the class, or write ${textForms[place].variable} for a text that begins with $`
            : `Write $${nearest}`,
      });
      return false;
    }
    if (value.kind !== 'step' || this.#referable.steps.has(value.step)) return true;
    this.#reportStep(value.step, node, place);
    return false;
  }

  #reportStep(id: string, node: ts.Node, place: ReferencePlace): void {
    const nearest = nearestName(id, [...this.#referable.steps.keys()]);
    this.#scope.report(node, {
      code: 'REFERENCE_UNKNOWN',
      message: `Cannot use "@${id}": the pipeline has no such step`,
      remedy:
        nearest === undefined
          ? `Name a step of the pipeline, or write ${textForms[place].step} for a text that begins with @`
          : `Write @${nearest}`,
    });
  }

  #report(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, { code: 'STEP_INPUT_INVALID', message: `Cannot read the input: ${state}`, remedy });
  }
}

/** Where a reference stands, and how a text is written there that is none. */
type ReferencePlace = 'input' | 'condition';
const textForms: Readonly<Record<ReferencePlace, { readonly variable: string; readonly step: string }>> = {
  input: { variable: '$$', step: '@@' },
  condition: { variable: '"$…"', step: '"@…"' },
};

const nothing: StepValue = { kind: 'literal', value: null };

function ofItems(items: StepValue[]): StepValue {
  const literals = items.flatMap((item) => (item.kind === 'literal' ? [item.value] : []));
  return literals.length === items.length ? { kind: 'literal', value: literals } : { kind: 'array', items };
}

function ofProperties(entries: readonly (readonly [string, StepValue])[]): StepValue {
  const literals = entries.flatMap(([name, value]) => (value.kind === 'literal' ? [[name, value.value] as const] : []));
  return literals.length === entries.length
    ? { kind: 'literal', value: Object.fromEntries(literals) }
    : { kind: 'object', properties: Object.fromEntries(entries) };
}

/** The values that a condition compares. */
export function valuesOf(condition: StepCondition): readonly StepValue[] {
  switch (condition.kind) {
    case 'value':
      return [condition.value];
    case 'compare':
      return [condition.left, condition.right];
    case 'not':
      return valuesOf(condition.condition);
    case 'and':
    case 'or':
      return condition.conditions.flatMap(valuesOf);
  }
}

/** The ids of the steps that a value refers to. */
export function stepsOf(value: StepValue): readonly string[] {
  switch (value.kind) {
    case 'step':
      return [value.step];
    case 'object':
      return Object.values(value.properties).flatMap(stepsOf);
    case 'array':
      return value.items.flatMap(stepsOf);
    default:
      return [];
  }
}
