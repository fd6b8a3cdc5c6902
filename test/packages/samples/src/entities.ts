import { tool } from '@aria/sdk';
import { decodeHTML, decodeHTMLAttribute, decodeXML, encodeHTML, encodeXML, escapeText } from 'entities';

export const entities = tool({ description: 'Entities of HTML and XML, decoding by compact tries in typed arrays' }, ({ texts }: { texts: string[] }) => ({
  html: texts.map((text) => decodeHTML(text)),
  attribute: texts.map((text) => decodeHTMLAttribute(text)),
  xml: texts.map((text) => decodeXML(text)),
  encoded: texts.map((text) => [encodeHTML(text), encodeXML(text), escapeText(text)]),
}));

export const inputs = [{ texts: ['&CounterClockwiseContourIntegral; &ampx &lt;&gt &#x1F600; &#0; &unknown;', 'ü 😀 < & "∉"\u00a0', ''] }];
