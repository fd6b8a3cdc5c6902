/** Blanks ranges of a source and appends to it, so that everything else stays at its line and column. */
import type { BlankedSource } from '../read/project.ts';

/** The text with spaces in place of the ranges, line breaks left, and what is appended on lines of its own. */
export function blankSource({ text, ranges, appended }: BlankedSource): string {
  let blanked = '';
  let end = 0;
  for (const range of ranges) {
    const spaces = text.slice(range.start, range.end).replace(/[^\r\n\u2028\u2029]/g, ' ');
    blanked += text.slice(end, range.start) + (range.separates ? `;${spaces.slice(1)}` : spaces);
    end = range.end;
  }
  return blanked + text.slice(end) + (appended === undefined ? '' : `\n${appended}`);
}
