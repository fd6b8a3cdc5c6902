/** Steps of a pipeline in words: as a host will take them, whatever text their author put beside. */
import type { StepCondition, StepValue } from './pipeline.ts';

/** A way into a value, as its author would write it. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part) =>
      typeof part === 'number'
        ? `[${part}]`
        : /^[A-Za-z_$][\w$-]*$/.test(part)
          ? `.${part}`
          : `[${JSON.stringify(part)}]`,
    )
    .join('');
}

/** A value that a step is given: `$limit`, `@sum.output.total`, or JSON with such references. */
export function stepValueText(value: StepValue): string {
  switch (value.kind) {
    case 'literal':
      return JSON.stringify(value.value);
    case 'variable':
      return `$${value.name}${pathText(value.path)}`;
    case 'step':
      return `@${value.step}.${value.from}${pathText(value.path)}`;
    case 'array':
      return `[${value.items.map(stepValueText).join(', ')}]`;
    case 'object':
      return `{ ${Object.entries(value.properties)
        .map(([name, inner]) => `${name}: ${stepValueText(inner)}`)
        .join(', ')} }`;
  }
}

/** A condition: `@sum.output.total > 100 && !$strict`. */
export function conditionText(condition: StepCondition): string {
  switch (condition.kind) {
    case 'value':
      return stepValueText(condition.value);
    case 'compare':
      return `${stepValueText(condition.left)} ${condition.operator} ${stepValueText(condition.right)}`;
    case 'not':
      return `!${enclosed(condition.condition, ['value', 'not'])}`;
    case 'and':
      return condition.conditions.map((one) => enclosed(one, ['value', 'not', 'compare'])).join(' && ');
    case 'or':
      return condition.conditions.map((one) => enclosed(one, ['value', 'not', 'compare', 'and'])).join(' || ');
  }
}

/** In parentheses, unless it is of a kind that binds tighter than what is around it. */
function enclosed(condition: StepCondition, tighter: readonly StepCondition['kind'][]): string {
  const text = conditionText(condition);
  return tighter.includes(condition.kind) ? text : `(${text})`;
}
