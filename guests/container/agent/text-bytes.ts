/** How long a text is in UTF-8. */

/** Bytes of UTF-8; a lone surrogate counts as the U+FFFD that stands for it. */
export function textBytes(text: string): number {
  let bytes = text.length;
  for (let place = 0; place < text.length; place += 1) {
    const unit = text.codePointAt(place) ?? 0;
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0x1_00_00) bytes += 2;
    else {
      // Four bytes for two units.
      bytes += 2;
      place += 1;
    }
  }
  return bytes;
}
