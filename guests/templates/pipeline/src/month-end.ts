import { pipeline } from '@aria/sdk';
import { warnOfLimit } from './limit.ts';

/**
 * Makes the report of a month and keeps it. What a step gives its tool is checked against the types of the tool: `$name` is a property
 * of the class below, `@step.output` what an earlier step gave. A tool is named by its name, or by its constant.
 */
@pipeline({
  steps: [
    { id: 'read', type: 'tool', tool: 'readExpenses', inputs: { csv: '$csv' } },
    { id: 'total', type: 'tool', tool: 'totalExpenses', inputs: { expenses: '@read.output.expenses' } },
    {
      id: 'limit',
      type: 'condition',
      condition: '@total.output.totalCents > $limitCents',
      then: [
        {
          id: 'warn',
          type: 'tool',
          tool: warnOfLimit,
          inputs: { month: '$month', totalCents: '@total.output.totalCents', limitCents: '$limitCents' },
        },
      ],
    },
    {
      id: 'write',
      type: 'tool',
      tool: 'writeReport',
      inputs: {
        month: '$month',
        totalCents: '@total.output.totalCents',
        byCategory: '@total.output.byCategory',
      },
    },
    {
      id: 'keep',
      type: 'tool',
      tool: 'keepReport',
      inputs: { month: '$month', markdown: '@write.output.markdown' },
    },
  ],
  errorStrategy: { type: 'retry', maxAttempts: 3 },
})
export class MonthEnd {
  /**
   * One expense a line, as `travel,120.50`.
   * @maxLength 100000
   */
  csv!: string;
  /**
   * As `2026-05`.
   * @pattern ^\d{4}-\d{2}$
   */
  month!: string;
  /**
   * A month that costs more is warned of.
   * @integer
   */
  limitCents = 100_000;
}
