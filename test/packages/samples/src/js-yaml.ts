import { tool } from '@aria/sdk';
import * as yaml from 'js-yaml';

export const jsYaml = tool(
  { description: 'Documents with anchors and block texts, writing with sorted keys, faults with their places' },
  ({ text }: { text: string }) => {
    try {
      const value = yaml.load(text);
      return { value: JSON.stringify(value), text: yaml.dump(value, { sortKeys: true, lineWidth: 40 }) };
    } catch (error) {
      return { value: error instanceof yaml.YAMLException ? error.reason : '?', text: String(error) };
    }
  },
);

export const inputs = [
  { text: 'z: &a [1, 2.5, .inf, 0o17]\na: *a\nb: >-\n  folded\n  ünïcödé 😀 text that is rather long and is folded again when written\nn: null\n' },
  { text: 'a: "unclosed\nb: 1' },
];
