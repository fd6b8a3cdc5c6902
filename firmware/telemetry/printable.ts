/** Text that cannot pretend to be something else: no line that it did not end, no colour, no direction. */

/** Control characters, separators of lines and paragraphs, characters that turn the direction, halves of characters. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;
const short: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escape(character: string): string {
  return short.get(character) ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** The text on one line: whatever would end it, or is not printed, stands escaped. */
export function oneLine(text: string): string {
  return text.replaceAll(unprintable, escape);
}

/** The same, but with the ends of lines and the tabs that stacks and tables have. */
export function severalLines(text: string): string {
  return text.replaceAll(unprintable, (character) =>
    character === '\n' || character === '\t' ? character : escape(character),
  );
}
