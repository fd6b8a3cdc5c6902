import { aria, tool } from '@aria/sdk';

@aria({ name: 'regex-bomb', version: '1.0.0', description: 'Backtracks without end' })
export class RegexBomb {
  /** Exponential. */
  @tool({ computeMs: 300 })
  nested(): boolean {
    return /^(a+)+$/.test(`${'a'.repeat(60)}!`);
  }

  /** Polynomial, on a long text. */
  @tool({ computeMs: 300 })
  overlapping(): boolean {
    return /(.*)*(.*)*(.*)*x$/s.test('a'.repeat(50_000));
  }

  /** In a replacement. */
  @tool({ computeMs: 300 })
  replacing(): number {
    return 'a'.repeat(40).replaceAll(/(a|a)*b/g, '').length;
  }
}
