/** Pipelines in the manifest: their steps with inputs and conditions as trees, so that a host has nothing to parse. */
import { z } from 'zod';
import {
  componentName,
  componentReference,
  description,
  prompt,
  retryCount,
  text,
  timeoutMs,
  token,
} from './fields.ts';
import { manifestMaxima } from './limits.ts';

/** A way into a value: names of properties and places in lists. */
const valuePath = z.array(z.union([text.max(256), z.int().min(0)])).max(manifestMaxima.valueDepth);
/** Keys of the author's; the one that JavaScript itself uses is none. */
const key = text.max(256).refine((name) => name !== '__proto__', 'expected another name');

/** A value that a step is given: written out, or what a variable or another step has. */
export type StepValue =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'variable'; readonly name: string; readonly path: (string | number)[] }
  | {
      readonly kind: 'step';
      readonly step: string;
      /** `output`: its named outputs, or its result where it names none. `result`: what it gave. */
      readonly from: 'output' | 'result';
      readonly path: (string | number)[];
    }
  | { readonly kind: 'object'; readonly properties: Record<string, StepValue> }
  | { readonly kind: 'array'; readonly items: StepValue[] };

const stepValue: z.ZodType<StepValue> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('literal'), value: z.json() }),
    z.strictObject({ kind: z.literal('variable'), name: key, path: valuePath }),
    z.strictObject({
      kind: z.literal('step'),
      step: componentName,
      from: z.enum(['output', 'result']),
      path: valuePath,
    }),
    z.strictObject({ kind: z.literal('object'), properties: z.record(key, stepValue) }),
    z.strictObject({ kind: z.literal('array'), items: z.array(stepValue) }),
  ]),
);

/** The operators of conditions. */
export const comparisonOperators = ['==', '!=', '<', '<=', '>', '>='] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

/** What decides a condition step. Values are compared as JSON; `<` and its like compare numbers, or texts by code unit. */
export type StepCondition =
  /** True where the value is `true`; anything but a boolean fails the step. */
  | { readonly kind: 'value'; readonly value: StepValue }
  | {
      readonly kind: 'compare';
      readonly operator: ComparisonOperator;
      readonly left: StepValue;
      readonly right: StepValue;
    }
  | { readonly kind: 'not'; readonly condition: StepCondition }
  | { readonly kind: 'and' | 'or'; readonly conditions: StepCondition[] };

const stepCondition: z.ZodType<StepCondition> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('value'), value: stepValue }),
    z.strictObject({
      kind: z.literal('compare'),
      operator: z.enum(comparisonOperators),
      left: stepValue,
      right: stepValue,
    }),
    z.strictObject({ kind: z.literal('not'), condition: stepCondition }),
    z.strictObject({ kind: z.enum(['and', 'or']), conditions: z.array(stepCondition).min(2) }),
  ]),
);

interface StepCommon {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Ids of the steps that have to be done before, those that its inputs refer to among them; sorted. */
  readonly dependencies: string[];
  readonly timeoutMs?: number | undefined;
  readonly retryCount?: number | undefined;
}

interface CallingStep extends StepCommon {
  readonly inputs: Record<string, StepValue>;
  /** Parts of the result by name; without any, the output is the result. */
  readonly outputs?: Record<string, (string | number)[]> | undefined;
}

/** A step of a pipeline. */
export type ManifestStep =
  | (CallingStep & { readonly type: 'tool'; readonly tool: string })
  | (CallingStep & { readonly type: 'agent'; readonly agent: string; readonly task?: string | undefined })
  | (CallingStep & { readonly type: 'team'; readonly team: string; readonly task?: string | undefined })
  | (StepCommon & {
      readonly type: 'condition';
      /** As its author wrote it. */
      readonly text: string;
      readonly condition: StepCondition;
      readonly then: ManifestStep[];
      readonly else: ManifestStep[];
    })
  | (StepCommon & {
      readonly type: 'parallel';
      readonly steps: ManifestStep[];
      readonly maxParallel?: number | undefined;
    });

const common = {
  id: componentName,
  name: text.min(1).max(256),
  dependencies: z.array(componentName).max(manifestMaxima.steps),
  timeoutMs: timeoutMs.optional(),
  retryCount: retryCount.optional(),
};
const calling = {
  ...common,
  inputs: z.record(key, stepValue),
  outputs: z.record(key, valuePath).optional(),
};

const step: z.ZodType<ManifestStep> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('tool'), tool: componentReference, ...calling }),
    z.strictObject({ type: z.literal('agent'), agent: componentReference, task: prompt.optional(), ...calling }),
    z.strictObject({ type: z.literal('team'), team: componentName, task: prompt.optional(), ...calling }),
    z.strictObject({
      type: z.literal('condition'),
      ...common,
      text: text.max(manifestMaxima.descriptionCharacters),
      condition: stepCondition,
      then: steps,
      else: steps,
    }),
    z.strictObject({
      type: z.literal('parallel'),
      ...common,
      steps,
      maxParallel: z.int().min(1).max(manifestMaxima.maxParallel).optional(),
    }),
  ]),
);
const steps = z.array(step).max(manifestMaxima.steps);

/** A pipeline in a manifest. */
export const pipelineSchema = z.strictObject({
  name: componentName,
  description,
  /** JSON Schema of an object, one property per variable, each with its `default` where it has one. */
  variables: z.record(z.string(), z.json()),
  steps: steps.min(1),
  errorStrategy: z.strictObject({
    type: z.enum(['stop', 'continue', 'retry']),
    /** Tries of a step, the first included; 1 unless it is `retry`. */
    maxAttempts: z
      .int()
      .min(1)
      .max(manifestMaxima.retryCount + 1),
    backoffMs: z.int().min(0).max(manifestMaxima.timeoutMs),
  }),
  timeoutMs,
  /** The union of what its steps call, the calls themselves among it; sorted. */
  tokens: z.array(token).max(manifestMaxima.tokensPerOrchestration),
});

/** A pipeline in a manifest. */
export type ManifestPipeline = z.infer<typeof pipelineSchema>;
