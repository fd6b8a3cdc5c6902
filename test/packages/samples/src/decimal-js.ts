import { tool } from '@aria/sdk';
import { Decimal } from 'decimal.js';

const Exact = Decimal.clone({ precision: 50, rounding: Decimal.ROUND_HALF_EVEN });

export const decimalJs = tool({ description: 'Fifty digits of sines, logarithms, powers and fractions' }, ({ value }: { value: string }) => {
  const number = new Exact(value);
  return {
    sine: number.sin().toString(),
    logarithm: number.abs().plus(1).ln().toString(),
    power: new Exact(2).pow(number).toString(),
    exponential: Exact.exp(1).toString(),
    fraction: number.toFraction(1000).map(String),
    hexadecimal: number.toHexadecimal(),
    rounded: number.toDecimalPlaces(3).toString(),
    compared: [number.gt('3.14'), number.isInteger(), new Exact(NaN).isNaN()],
  };
});

export const inputs = [{ value: '3.14159265358979323846264338327950288' }, { value: '-0.000123' }];
