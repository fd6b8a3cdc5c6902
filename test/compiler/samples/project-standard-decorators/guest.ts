import { tool } from '@aria/sdk';

function twice(method: (input: { n: number }) => number, _context: ClassMethodDecoratorContext): (input: { n: number }) => number {
  return (input) => method(input) * 2;
}
export class Kit {
  base = 1
  /** Doubled by a decorator of the author. */
  @tool({ description: 'Doubled' }) @twice
  doubled(input: { n: number }): number {
    return input.n;
  }
}
