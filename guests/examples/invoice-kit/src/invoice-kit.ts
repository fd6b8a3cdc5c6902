import { aria, kv, tool, ToolError } from '@aria/sdk';
import { addDays, differenceInCalendarDays, formatISO, isValid, isWeekend, parseISO } from 'date-fns';
import { z } from 'zod';
import { type Line, type Totals, totalsOf } from './totals.ts';

/** An invoice as it comes in. */
interface Invoice {
  /**
   * Unique, as `2026-0042`.
   * @pattern ^[0-9]{4}-[0-9]{4}$
   */
  number: string;
  /** Who pays. */
  customer: string;
  /**
   * Day of issue.
   * @format date
   */
  issued: string;
  /**
   * Last day of payment.
   * @format date
   */
  due: string;
  /** At least one. */
  lines: Line[];
}

/** What is kept of an invoice. */
interface StoredInvoice {
  customer: string;
  due: string;
  grossCents: number;
  paid: boolean;
}

/* What types cannot say. */
const invoiceRules = z
  .object({
    lines: z
      .array(
        z.object({
          description: z.string().trim().min(1, 'is empty'),
          quantity: z.number().positive('must be more than 0'),
          unitCents: z.int('must be whole cents'),
          taxPercent: z.number().min(0).max(50),
        }),
      )
      .min(1, 'has no line'),
    issued: z.string(),
    due: z.string(),
  })
  .refine(({ issued, due }) => day(due) >= day(issued), { path: ['due'], error: 'is before the day of issue' });

const invoices = kv('invoices');

@aria({ name: 'invoice-kit', version: '0.2.0', description: 'Totals, due dates and reminders for invoices' })
export class InvoiceKit {
  /** Adds an invoice up and keeps it. */
  @tool({ tokens: ['kv:invoices:rw'] })
  async storeInvoice(input: Invoice): Promise<Totals> {
    const checked = invoiceRules.safeParse(input);
    if (!checked.success) {
      const faults = checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new ToolError('INVOICE_INVALID', `Cannot store the invoice: ${faults.join('; ')}`, { details: { faults } });
    }
    const totals = totalsOf(input.lines);
    const stored: StoredInvoice = {
      customer: input.customer,
      due: input.due,
      grossCents: totals.grossCents,
      paid: false,
    };
    if (!(await invoices.compareAndSet(input.number, undefined, JSON.stringify(stored)))) {
      throw new ToolError('INVOICE_EXISTS', `Cannot store the invoice: "${input.number}" is stored already`);
    }
    return totals;
  }

  /** The last day of payment; one that falls on a weekend moves to Monday. */
  @tool()
  dueDate(input: {
    /** @format date */
    issued: string;
    /**
     * Days to pay.
     * @minimum 0
     * @maximum 365
     * @integer
     */
    termDays?: number;
  }): { due: string; weekday: string } {
    let due = addDays(day(input.issued), input.termDays ?? 14);
    while (isWeekend(due)) due = addDays(due, 1);
    const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
    return { due: formatISO(due, { representation: 'date' }), weekday: weekdays[due.getDay()] ?? '' };
  }
}

/** The unpaid invoices whose day has passed, the oldest first. */
export const overdue = tool(
  { name: 'overdue', description: 'Lists unpaid invoices that are overdue on a day', tokens: ['kv:invoices:r'] },
  async (input: {
    /** @format date */
    on: string;
  }): Promise<{
    invoices: { number: string; customer: string; daysLate: number; grossCents: number }[];
    totalCents: number;
  }> => {
    const today = day(input.on);
    const numbers = await allNumbers();
    const found = await Promise.all(
      numbers.map(async (number) => ({ number, invoice: await invoices.getJson<StoredInvoice>(number) })),
    );
    const late = found
      .flatMap(({ number, invoice }) => {
        const daysLate = invoice && !invoice.paid ? differenceInCalendarDays(today, day(invoice.due)) : 0;
        return invoice && daysLate > 0
          ? [{ number, customer: invoice.customer, daysLate, grossCents: invoice.grossCents }]
          : [];
      })
      .sort((a, b) => b.daysLate - a.daysLate || (a.number < b.number ? -1 : 1));
    return { invoices: late, totalCents: late.reduce((sum, { grossCents }) => sum + grossCents, 0) };
  },
);

async function allNumbers(): Promise<string[]> {
  const numbers: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await invoices.list({ cursor, limit: 500 });
    numbers.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return numbers;
}

function day(text: string): Date {
  const date = parseISO(text);
  if (!isValid(date)) throw new ToolError('DATE_INVALID', `Cannot read "${text}": it is no date as 2026-05-17`);
  return date;
}
