import { tool } from '@aria/sdk';
import { addBusinessDays, addMonths, differenceInCalendarDays, eachWeekOfInterval, format, formatDistance, formatISO, getISOWeek, intervalToDuration, isValid, parse, parseISO } from 'date-fns';
import { de, ja } from 'date-fns/locale';

export const dateFns = tool(
  { description: 'Parsing, formatting in three languages, arithmetic over month ends, weeks, distances' },
  ({ from, to }: { from: string; to: string }) => {
    const [start, end] = [parseISO(from), parseISO(to)];
    return {
      valid: [isValid(start), isValid(parseISO('2026-02-30'))],
      english: format(start, "EEEE, do MMMM yyyy HH:mm:ss.SSS 'week' I"),
      german: format(start, 'PPPPpp', { locale: de }),
      japanese: format(start, 'PPPP', { locale: ja }),
      distance: [formatDistance(start, end, { addSuffix: true }), formatDistance(start, end, { locale: de })],
      monthEnd: formatISO(addMonths(parseISO('2026-01-31'), 1), { representation: 'date' }),
      business: formatISO(addBusinessDays(start, 10), { representation: 'date' }),
      days: differenceInCalendarDays(end, start),
      weeks: eachWeekOfInterval({ start, end }, { weekStartsOn: 1 }).slice(0, 3).map((day) => format(day, 'yyyy-MM-dd')),
      week: getISOWeek(end),
      duration: { ...intervalToDuration({ start, end }) } as Record<string, number>,
      parsed: parse('3. März 2026', 'd. MMMM yyyy', new Date(0), { locale: de }).getTime(),
    };
  },
);

export const inputs = [
  { from: '2026-01-30T08:05:09.007Z', to: '2026-11-21T23:59:59Z' },
  { from: '2024-02-29T00:00:00Z', to: '2024-03-31T12:00:00Z' },
];
