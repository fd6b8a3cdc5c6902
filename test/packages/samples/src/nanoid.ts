import { tool } from '@aria/sdk';
import { customAlphabet, customRandom, nanoid, urlAlphabet } from 'nanoid';

export const nanoidTool = tool(
  { description: 'Ids of the call’s randomness, alphabets of one’s own, ids of a given source of bytes' },
  ({ sizes }: { sizes: number[] }) => {
    let state = 1;
    const seeded = customRandom('abcdefghij', 12, (size) => Uint8Array.from({ length: size }, () => (state = (state * 75 + 74) % 65_537) & 255));
    const ids = Array.from({ length: 100 }, () => nanoid());
    return {
      lengths: sizes.map((size) => nanoid(size).length),
      ofAlphabet: ids.every((id) => Array.from(id).every((letter) => urlAlphabet.includes(letter))),
      distinct: new Set(ids).size,
      hexadecimal: /^[0-9a-f]{16}$/.test(customAlphabet('0123456789abcdef', 16)()),
      seeded: [seeded(), seeded()],
    };
  },
);

export const inputs = [{ sizes: [0, 1, 21, 500] }];
