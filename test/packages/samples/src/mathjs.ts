import { tool } from '@aria/sdk';
import { all, create } from 'mathjs';

const math = create(all, { randomSeed: 'a' });

export const mathjs = tool({ description: 'Expressions, units, matrices, complex and big numbers, derivatives' }, ({ expressions }: { expressions: string[] }) => ({
  results: expressions.map((expression) => {
    try {
      return math.format(math.evaluate(expression), { precision: 12 });
    } catch (error) {
      return String(error);
    }
  }),
  derivative: math.derivative('x^3 + sin(x) x', 'x').toString(),
  simplified: math.simplify('2 x + 3 x - y^1').toString(),
  latex: math.parse('sqrt(x / y)').toTex(),
  solved: JSON.stringify(math.lusolve([[2, 1], [1, 3]], [3, 5])),
}));

export const inputs = [{ expressions: ['2 + 3 * 4^2', '5.08 cm to inch', 'det([[1, 2], [3, 4]])', 'sqrt(-4) + 2i', 'bignumber(1) / 3', 'f(x, y) = x^y; f(2, 10)', 'mean([1, 2, 3, 4])', '1 +', 'inv([[4, 7], [2, 6]])', '"ü" == "ü"', '0x1F + 0b11', 'fraction(1, 3) + fraction(1, 6)'] }];
