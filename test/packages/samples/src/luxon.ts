import { tool } from '@aria/sdk';
import { DateTime, Duration, Interval, Settings } from 'luxon';

// Else luxon asks Intl for the language and the zone of the machine, and a tool has neither.
Settings.defaultLocale = 'en-US';
Settings.defaultZone = 'utc';

export const luxon = tool({ description: 'Dates with offsets, arithmetic, intervals, ISO texts' }, ({ day }: { day: string }) => {
  const date = DateTime.fromISO(day, { zone: 'utc' });
  return {
    iso: [date.toISO(), date.toISODate(), date.toISOWeekDate()].map(String),
    next: String(date.plus({ months: 1, days: 2 }).endOf('week').toISO()),
    offset: String(date.setZone('UTC+5:30').toISO()),
    formatted: date.toFormat('yyyy-MM-dd HH:mm:ss.SSS ZZ'),
    days: Interval.fromDateTimes(date, date.plus({ days: 3 })).splitBy({ days: 1 }).length,
    duration: Duration.fromObject({ hours: 49, minutes: 30 }).shiftTo('days', 'hours', 'minutes').toISO(),
    difference: date.diff(DateTime.fromISO('2020-01-01', { zone: 'utc' }), ['years', 'days']).toObject() as Record<string, number>,
  };
});

export const inputs = [{ day: '2026-01-31T10:20:30.456Z' }];
