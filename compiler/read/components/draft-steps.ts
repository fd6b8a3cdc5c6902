/** Reads the steps of a pipeline as they are written, before anything of them is resolved. */
import { isComponentName, manifestMaxima } from '#wit/manifest';
import type { ts } from '../typescript.js';
import type { Spelled } from '../decorator-options.ts';
import { OptionReader, type StaticRecord } from '../option-reader.ts';
import { reportDynamic, reportType } from '../option-problems.ts';
import type { StaticEntry, StaticValue } from '../static-value.ts';
import type { ReadScope } from '../read-scope.ts';
import type { ComponentRegistry } from './registry.ts';
import { type ValuePath, parseOutputPath } from './references.ts';

/** The types of steps. */
export const stepTypes = ['tool', 'agent', 'team', 'condition', 'parallel'] as const;
export type StepType = (typeof stepTypes)[number];

/** A step as it is written. */
export interface DraftStep {
  readonly type: StepType;
  readonly id: string;
  readonly name: string;
  /** What diagnostics of the step as a whole point at. */
  readonly node: ts.Node;
  readonly options: OptionReader;
  readonly dependencies: readonly Spelled<string>[];
  readonly timeout: Spelled<number> | undefined;
  readonly retryCount: Spelled<number> | undefined;
  /** The name of what it calls. */
  readonly target: string | undefined;
  readonly task: string | undefined;
  readonly inputs: ReadonlyMap<string, StaticEntry>;
  readonly outputs: ReadonlyMap<string, Spelled<ValuePath>> | undefined;
  readonly condition: Spelled<string> | undefined;
  readonly then: readonly DraftStep[];
  readonly otherwise: readonly DraftStep[];
  readonly steps: readonly DraftStep[];
  readonly maxParallel: number | undefined;
}

const commonOptions = ['id', 'name', 'type', 'dependencies', 'timeout', 'retryCount'];
const callingOptions = [...commonOptions, 'inputs', 'outputs'];
const optionsOf: Readonly<Record<StepType, readonly string[]>> = {
  tool: [...callingOptions, 'tool'],
  agent: [...callingOptions, 'agent', 'task'],
  team: [...callingOptions, 'team', 'task'],
  condition: [...commonOptions, 'condition', 'then', 'else'],
  parallel: [...commonOptions, 'steps', 'maxParallel'],
};
/** The longest name of an input or an output: the maximum of a manifest. */
const nameCharactersMax = 256;

/** Reads steps. */
export class StepDrafting {
  readonly #registry: ComponentRegistry;
  readonly #scope: ReadScope;
  readonly #ids = new Map<string, ts.Node>();
  #count = 0;

  constructor(registry: ComponentRegistry, scope: ReadScope) {
    this.#registry = registry;
    this.#scope = scope;
  }

  /** The steps of a list; what is wrong with one is reported, and it is left out where it cannot be told what it is. */
  steps(list: readonly StaticValue[], depth = 0): readonly DraftStep[] {
    return list.flatMap((value) => {
      this.#count += 1;
      if (this.#count > manifestMaxima.steps || depth >= manifestMaxima.stepDepth) {
        this.#report(
          value.node,
          depth >= manifestMaxima.stepDepth
            ? `they are within each other more than ${manifestMaxima.stepDepth} deep`
            : `there are more than ${manifestMaxima.steps}`,
          'Split the pipeline',
        );
        return [];
      }
      if (value.kind === 'record') return this.#step(value, depth);
      if (value.kind === 'dynamic') reportDynamic('a step', value, this.#scope);
      else
        reportType('a step', value.node, { noun: 'an object', example: "{ id: 'a', type: 'tool', … }" }, this.#scope);
      return [];
    });
  }

  #step(record: StaticRecord, depth: number): readonly DraftStep[] {
    const type = this.#typeOf(record);
    if (type === undefined) return [];
    const options = new OptionReader(`a step of type ${type}`, record, { known: optionsOf[type], scope: this.#scope });
    const id = this.#idOf(options);
    if (id === undefined) return [];
    if (type === 'condition' && !options.has('condition')) options.missing('condition', `'$flag'`);
    return [
      {
        type,
        id: id.value,
        name: options.text('name', 256)?.value ?? id.value,
        node: id.node,
        options,
        dependencies: this.#dependenciesOf(options),
        timeout: options.number('timeout', { minimum: 1, maximum: manifestMaxima.timeoutMs, unit: ' ms' }),
        retryCount: options.number('retryCount', { minimum: 0, maximum: manifestMaxima.retryCount }),
        target: this.#targetOf(type, options),
        task:
          type === 'agent' || type === 'team'
            ? options.text('task', manifestMaxima.promptCharacters)?.value
            : undefined,
        inputs: this.#calls(type) ? this.#inputsOf(options) : new Map(),
        outputs: this.#calls(type) ? this.#outputsOf(options) : undefined,
        condition: type === 'condition' ? options.text('condition', manifestMaxima.descriptionCharacters) : undefined,
        then: type === 'condition' ? this.steps(options.list('then')?.items ?? [], depth + 1) : [],
        otherwise: type === 'condition' ? this.steps(options.list('else')?.items ?? [], depth + 1) : [],
        steps: type === 'parallel' ? this.#inner(options, depth) : [],
        maxParallel:
          type === 'parallel'
            ? options.number('maxParallel', { minimum: 1, maximum: manifestMaxima.maxParallel })?.value
            : undefined,
      },
    ];
  }

  #calls(type: StepType): type is 'tool' | 'agent' | 'team' {
    return type === 'tool' || type === 'agent' || type === 'team';
  }

  #inner(options: OptionReader, depth: number): readonly DraftStep[] {
    if (!options.has('steps')) options.missing('steps', '[…]');
    return this.steps(options.list('steps')?.items ?? [], depth + 1);
  }

  #typeOf(record: StaticRecord): StepType | undefined {
    const all = [...new Set(Object.values(optionsOf).flat())];
    // Which options there are is said once the type is known.
    const options = new OptionReader('a step', record, {
      known: [...all, ...record.entries.keys()],
      scope: this.#scope,
    });
    const type = options.choice('type', stepTypes)?.value;
    if (type === undefined && !options.has('type')) {
      const guess = stepTypes.find((known) => record.entries.has(known)) ?? 'tool';
      this.#report(record.node, 'it has no "type"', `Add type: '${guess}'`);
    }
    return type;
  }

  #idOf(options: OptionReader): Spelled<string> | undefined {
    const id = options.text('id', 256);
    if (id === undefined) {
      if (!options.has('id')) this.#report(options.record.node, 'it has no "id"', `Add id: '…'`);
      return undefined;
    }
    if (!isComponentName(id.value))
      this.#report(
        id.node,
        `"${id.value}" is no id`,
        'Write a letter, then letters, digits, _ or -, at most 64 characters',
      );
    const before = this.#ids.get(id.value);
    if (before === undefined) this.#ids.set(id.value, id.node);
    else {
      const { line } = this.#scope.place(before);
      this.#scope.report(id.node, {
        code: 'STEP_DUPLICATE',
        message: `Cannot call the step "${id.value}": the step at line ${line} is called so`,
        remedy: 'Give one of the two another id',
      });
    }
    return id;
  }

  #dependenciesOf(options: OptionReader): readonly Spelled<string>[] {
    return (options.list('dependencies')?.items ?? []).flatMap((item) => {
      if (item.kind === 'scalar' && typeof item.value === 'string') return [{ value: item.value, node: item.node }];
      options.refuse('dependencies', item, { noun: 'a list of ids', example: "['a']" });
      return [];
    });
  }

  #targetOf(type: StepType, options: OptionReader): string | undefined {
    if (!this.#calls(type)) return undefined;
    const value = options.value(type);
    if (value === undefined) this.#report(options.record.node, `it has no "${type}"`, `Add ${type}: '…'`);
    return value && this.#registry.one(type, value);
  }

  #inputsOf(options: OptionReader): DraftStep['inputs'] {
    const inputs = new Map(options.object('inputs')?.entries ?? []);
    for (const [name, { key }] of inputs) {
      if (name !== '__proto__' && name.length <= nameCharactersMax && name.isWellFormed()) continue;
      const state =
        name === '__proto__' ? 'is a name that JavaScript itself uses' : 'is no name of at most 256 characters';
      this.#report(key, `"${name.slice(0, nameCharactersMax)}" ${state}`, 'Give it another name');
      inputs.delete(name);
    }
    return inputs;
  }

  #outputsOf(options: OptionReader): DraftStep['outputs'] {
    const record = options.object('outputs');
    if (record === undefined) return undefined;
    const outputs = new Map<string, Spelled<ValuePath>>();
    const reader = new OptionReader('outputs', record, { known: [...record.entries.keys()], scope: this.#scope });
    for (const name of record.entries.keys()) {
      const text = reader.text(name, manifestMaxima.descriptionCharacters);
      const path = text && parseOutputPath(text.value);
      if (text !== undefined && path === undefined)
        this.#scope.report(text.node, {
          code: 'STEP_OUTPUT_INVALID',
          message: `Cannot take the output "${name}" from "${text.value}": it is no path into the result`,
          remedy: 'Write a path such as .result.total, or . for all of it',
        });
      if (text !== undefined && path !== undefined && name !== '__proto__')
        outputs.set(name, { value: path, node: text.node });
    }
    return outputs.size === 0 ? undefined : outputs;
  }

  #report(node: ts.Node, state: string, remedy: string): void {
    this.#scope.report(node, { code: 'STEP_INVALID', message: `Cannot read the step: ${state}`, remedy });
  }
}

/** All steps, those within others after the one that holds them. */
export function allSteps(steps: readonly DraftStep[]): readonly DraftStep[] {
  return steps.flatMap((step) => [step, ...allSteps(innerSteps(step))]);
}

/** The steps within a step. */
export function innerSteps({ then, otherwise, steps }: DraftStep): readonly DraftStep[] {
  return [...then, ...otherwise, ...steps];
}

/** By the id of each step the branches of conditions that it lies in, the outermost first: it runs only where all of them do. */
export function branchesOf(
  steps: readonly DraftStep[],
  outer: readonly string[] = [],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    steps.flatMap(({ id, then, otherwise, steps: inner }) => [
      [id, outer] as const,
      ...branchesOf(then, [...outer, `then of ${id}`]),
      ...branchesOf(otherwise, [...outer, `else of ${id}`]),
      ...branchesOf(inner, outer),
    ]),
  );
}
