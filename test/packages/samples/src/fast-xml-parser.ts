import { tool } from '@aria/sdk';
import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';

export const fastXmlParser = tool({ description: 'XML to values and back with attributes, CDATA, entities; faults with their lines' }, ({ xml }: { xml: string }) => {
  const valid = XMLValidator.validate(xml);
  if (valid !== true) return { value: `${valid.err.code} ${valid.err.line}: ${valid.err.msg}`, xml: '' };
  const options = { ignoreAttributes: false, cdataPropName: '#cdata', preserveOrder: false } as const;
  const value: unknown = new XMLParser({ ...options, isArray: (name) => name === 'item' }).parse(xml);
  return { value: JSON.stringify(value), xml: new XMLBuilder({ ...options, format: true }).build(value) as string };
});

export const inputs = [
  { xml: '<?xml version="1.0"?><root a="1 &amp; 2"><item id="ü">1.50</item><t><![CDATA[<raw>]]></t><e/>日本</root>' },
  { xml: '<a><b></a>' },
];
