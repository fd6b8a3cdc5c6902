import { aria, kv, tool, ToolError } from '@aria/sdk';
import { amount } from './amount.ts';

/** One expense. */
export interface Expense {
  category: string;
  /**
   * In whole cents, so that nothing is lost to floating point.
   * @integer
   */
  cents: number;
}

/** What the expenses of a month come to. */
export interface Totals {
  /** @integer */
  totalCents: number;
  /** In cents. */
  byCategory: Record<string, number>;
}

const reports = kv('project-name.reports');

@aria({ name: 'project-name', version: '0.1.0', description: 'Reports of expenses, and the pipeline that makes them' })
export class Expenses {
  /** Reads lines as `travel,120.50`. */
  @tool()
  readExpenses(input: {
    /** @maxLength 100000 */
    csv: string;
  }): { expenses: Expense[] } {
    const lines = input.csv.split(/\r?\n/).filter((line) => line.trim() !== '');
    return { expenses: lines.map((line, index) => readLine(line, index + 1)) };
  }

  /** Adds expenses up, as a whole and by category. */
  @tool()
  totalExpenses(input: { expenses: Expense[] }): Totals {
    const byCategory = new Map<string, number>();
    for (const { category, cents } of input.expenses) {
      byCategory.set(category, (byCategory.get(category) ?? 0) + cents);
    }
    const totalCents = input.expenses.reduce((sum, { cents }) => sum + cents, 0);
    return { totalCents, byCategory: Object.fromEntries(byCategory) };
  }

  /** Writes a report in Markdown, the largest category first. */
  @tool()
  writeReport(input: Totals & { month: string }): { markdown: string } {
    const rows = Object.entries(input.byCategory).sort(([, a], [, b]) => b - a);
    const lines = rows.map(([category, cents]) => `- ${category}: ${amount(cents)}`);
    const total = `Total: ${amount(input.totalCents)}`;
    return { markdown: [`# Expenses of ${input.month}`, '', ...lines, '', total, ''].join('\n') };
  }

  /** Keeps the report of a month; one that is there is replaced. */
  @tool({ tokens: ['kv:project-name:rw'] })
  async keepReport(input: {
    /** @pattern ^\d{4}-\d{2}$ */
    month: string;
    markdown: string;
  }): Promise<{ kept: string }> {
    await reports.set(input.month, input.markdown);
    return { kept: input.month };
  }
}

function readLine(line: string, number: number): Expense {
  const match = /^\s*([^,]+?)\s*,\s*(\d+)(?:\.(\d{1,2}))?\s*$/.exec(line);
  if (match === null) {
    throw new ToolError('LINE_INVALID', `Cannot read line ${number}: expected a category and an amount`, {
      details: { number, line },
    });
  }
  const [, category = '', whole = '0', part = ''] = match;
  return { category, cents: Number(whole) * 100 + Number(part.padEnd(2, '0')) };
}
