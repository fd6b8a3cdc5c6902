import { tool } from '@aria/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';

const ajv = new Ajv2020({ allErrors: true });

export const ajvTool = tool(
  { description: 'Validators compiled from JSON Schema 2020-12 inside the sandbox, with $ref, $dynamicRef and Unicode patterns' },
  ({ schema, values }: { schema: string; values: string[] }) => {
    const validate = ajv.compile(JSON.parse(schema));
    return values.map((value) => ({
      valid: validate(JSON.parse(value)),
      faults: (validate.errors ?? []).map(({ instancePath, keyword, message }) => `${instancePath} ${keyword}: ${message}`),
    }));
  },
);

const tree = {
  $defs: { node: { type: 'object', required: ['value'], properties: { value: { type: 'integer', multipleOf: 2 }, children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 2 } }, unevaluatedProperties: false } },
  $ref: '#/$defs/node',
};
const names = { type: 'object', propertyNames: { pattern: '^\\p{Ll}+$' }, additionalProperties: { type: 'string', maxLength: 2 }, if: { required: ['ä'] }, then: { maxProperties: 1 } };
export const inputs = [
  { schema: JSON.stringify(tree), values: ['{"value":2,"children":[{"value":4},{"value":5}]}', '{"children":[{},{},{}],"more":1}', '{"value":0}'] },
  { schema: JSON.stringify(names), values: ['{"ä":"😀😀"}', '{"ä":"😀😀😀","b":"x"}', '{"B":"x"}'] },
];
