import { tool } from '@aria/sdk';
import escapeStringRegexp from 'escape-string-regexp';

export const escapeStringRegexpTool = tool({ description: 'Texts escaped for patterns, with and without the flag v' }, ({ texts }: { texts: string[] }) => ({
  escaped: texts.map((text) => escapeStringRegexp(text)),
  matches: texts.map((text) => new RegExp(`^${escapeStringRegexp(text)}$`, 'u').test(text)),
}));

export const inputs = [{ texts: ['a.b*c?', '\\d+ [x] {1,2} (y|z)^$', 'grün-gelb 😀', ''] }];
