import { tool } from '@aria/sdk';
import { parse, parseDocument, stringify } from 'yaml';

export const yamlTool = tool(
  { description: 'YAML 1.2 with anchors, merges, comments that survive, dates, errors with their lines' },
  ({ text }: { text: string }) => {
    const document = parseDocument(text, { merge: true });
    if (document.errors.length > 0) return { value: '', text: '', faults: document.errors.map(({ code, linePos, message }) => `${code} ${linePos?.[0].line}:${linePos?.[0].col} ${message}`) };
    document.setIn(['added', 'deep'], [1, 'zwei: drei']);
    return { value: JSON.stringify(parse(text, { merge: true })), text: document.toString(), faults: [stringify({ a: 'x\ny\n', b: '😀', c: [true, null, 1.5, 'yes'], d: new Date(0) })] };
  },
);

export const inputs = [
  { text: '# head\nbase: &base {a: 1, b: [x, "ü\\u00e9"]}\nother:\n  <<: *base # merged\n  c: |\n    two\n    lines\nn: 0x1F\nempty: ~\n' },
  { text: 'a: [1, 2\nb: }' },
];
