/** Stands in for `@exodus/bytes/whatwg.js`, whose legacy encodings nothing here can ask for: queries are UTF-8. */
import { native } from '../../../sdk/native.ts';

/** https://url.spec.whatwg.org/#string-percent-encode-after-encoding with UTF-8. */
export function percentEncodeAfterEncoding(
  _encoding: string,
  input: string,
  percentEncodeSet: string,
  spaceAsPlus = false,
): string {
  let text = '';
  for (const byte of native().utf8Encode(input)) {
    const character = String.fromCharCode(byte);
    const plain = byte > 0x1f && byte < 0x7f && !percentEncodeSet.includes(character);
    if (spaceAsPlus && byte === 0x20) text += '+';
    else text += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
