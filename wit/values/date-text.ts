/** The text that stands for a Date in JSON: RFC 3339, section 5.6, in upper case and without leap seconds, which a Date does not have. */

/** The regular expression of such a text; which days a month has, `isDateText` knows. */
export const dateTextPattern =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)$';
/** The regular expression of a bigint: decimal, without leading zeros. */
export const bigintTextPattern = '^-?(0|[1-9]\\d*)$';

const dateText = new RegExp(dateTextPattern, 'u');

/** Whether a text stands for a moment that exists: `2025-02-30T00:00:00Z` has the form of one. */
export function isDateText(text: string): boolean {
  return dateText.test(text) && Number(text.slice(8, 10)) <= daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
