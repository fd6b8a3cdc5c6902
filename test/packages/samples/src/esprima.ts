import { tool } from '@aria/sdk';
import esprima from 'esprima';

export const esprimaTool = tool({ description: 'ES2017 to a syntax tree with comments, tokens, faults with their lines' }, ({ source }: { source: string }) => {
  try {
    return { tree: JSON.stringify(esprima.parseScript(source, { comment: true, range: true })), tokens: esprima.tokenize(source).map(({ type, value }) => `${type} ${value}`) };
  } catch (error) {
    return { tree: (error as Error).message, tokens: [] };
  }
});

export const inputs = [{ source: '// ü\nconst größe = (a, ...b) => `x${a}😀`; if (/ä[^]/u.test(größe)) { throw { a, ["b"]: 0x1F }; }' }, { source: 'a b' }];
