import { tool } from '@aria/sdk';
import BN from 'bn.js';

export const bnJs = tool({ description: 'Integers of any size: powers, remainders, modular inverses, two’s complement, bytes' }, ({ a, b }: { a: string; b: string }) => {
  const [x, y] = [new BN(a), new BN(b)];
  const prime = new BN('7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed', 16);
  return {
    sum: x.add(y).toString(),
    product: x.mul(y).toString(16),
    divided: [x.div(y).toString(), x.mod(y).toString(), x.umod(y).toString()],
    power: x.abs().toRed(BN.red(prime)).redPow(y.abs()).fromRed().toString(36),
    inverse: y.umod(prime).invm(prime).toString(10),
    common: x.gcd(y).toString(),
    bytes: Array.from(x.abs().toArrayLike(Uint8Array as never, 'be', 24) as unknown as Uint8Array),
    twos: x.toTwos(256).toString(16),
  };
});

export const inputs = [{ a: '-123456789012345678901234567890', b: '987654321' }];
