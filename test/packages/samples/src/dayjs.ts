import { tool } from '@aria/sdk';
import dayjs from 'dayjs';
import 'dayjs/locale/fr.js';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import duration from 'dayjs/plugin/duration.js';
import isoWeek from 'dayjs/plugin/isoWeek.js';
import relativeTime from 'dayjs/plugin/relativeTime.js';
import utc from 'dayjs/plugin/utc.js';

dayjs.extend(customParseFormat);
dayjs.extend(duration);
dayjs.extend(isoWeek);
dayjs.extend(relativeTime);
dayjs.extend(utc);

export const dayjsTool = tool(
  { description: 'UTC dates, formats, French, relative times, durations, ISO weeks; five plugins' },
  ({ day }: { day: string }) => {
    const date = dayjs.utc(day);
    return {
      formatted: date.format('dddd D MMMM YYYY [at] HH:mm:ss.SSS Z'),
      french: date.locale('fr').format('dddd D MMMM YYYY'),
      next: date.add(1, 'month').endOf('month').toISOString(),
      relative: [date.from(dayjs.utc('2026-03-01')), date.locale('fr').to(dayjs.utc('2020-01-01'))],
      week: [date.isoWeek(), date.isoWeekday()],
      difference: [date.diff('2020-01-01', 'day'), date.diff('2020-01-01', 'year', true)],
      duration: [dayjs.duration(98_765_432).format('D[d] HH:mm:ss'), dayjs.duration({ hours: 49 }).toISOString(), dayjs.duration(100, 's').humanize()],
      parsed: dayjs.utc('21/11/2026 18h30', 'DD/MM/YYYY HH[h]mm', true).valueOf(),
      invalid: dayjs.utc('31/02/2026', 'DD/MM/YYYY', true).isValid(),
    };
  },
);

export const inputs = [{ day: '2026-01-31T10:20:30.456Z' }, { day: '2024-02-29' }];
