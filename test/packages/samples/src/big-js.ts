import { tool } from '@aria/sdk';
import Big from 'big.js';

export const bigJs = tool({ description: 'Decimal money: sums, division, rounding, roots, formats' }, ({ amounts }: { amounts: string[] }) => {
  const total = amounts.reduce((sum, amount) => sum.plus(amount), Big(0));
  let fault = '';
  try {
    Big('1,5');
  } catch (error) {
    fault = String(error);
  }
  return {
    total: total.toString(),
    third: total.div(3).toString(),
    rounded: [0, 1, 2, 3].map((mode) => total.round(1, mode as 0 | 1 | 2 | 3).toFixed(3)),
    root: total.abs().sqrt().toPrecision(12),
    power: total.pow(-3).toExponential(5),
    fault,
  };
});

export const inputs = [{ amounts: ['0.1', '0.2', '19.95', '-1e-7', '123456789.123456789'] }];
