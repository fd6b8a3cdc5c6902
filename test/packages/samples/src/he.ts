import { tool } from '@aria/sdk';
import he from 'he';

export const heTool = tool({ description: 'HTML entities by the standard, named, decimal and hexadecimal' }, ({ texts }: { texts: string[] }) => ({
  decoded: texts.map((text) => he.decode(text)),
  attribute: texts.map((text) => he.decode(text, { isAttributeValue: true })),
  encoded: texts.map((text) => he.encode(text, { useNamedReferences: true })),
  decimal: he.encode('foo © bar ≠ 𝌆 ü', { decimal: true, encodeEverything: false }),
  escaped: he.escape('<a href="x">\'`&'),
}));

export const inputs = [{ texts: ['foo &copy; bar &ne; baz &#x1D306; &#128; &amp;amp; &notit;', 'ü & 😀 < ∉', '&foo=bar&ampx'] }];
