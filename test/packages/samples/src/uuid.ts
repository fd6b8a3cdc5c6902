import { tool } from '@aria/sdk';
import { parse, stringify, v3, v4, v5, v7, validate, version } from 'uuid';

export const uuid = tool(
  { description: 'Names hashed to versions 3 and 5, versions 4 and 7 from given bytes and the call’s randomness, parsing' },
  ({ names, bytes }: { names: string[]; bytes: number[] }) => {
    const random = Uint8Array.from(bytes);
    const fresh = v4();
    return {
      named: names.map((name) => [v3(name, v3.DNS), v5(name, v5.URL)]),
      given: [v4({ random: random.slice() }), v7({ random: random.slice(), msecs: 1_779_000_000_000, seq: 7 })],
      bytes: Array.from(parse('6f9619ff-8b86-4011-b42d-00c04fc964ff')),
      text: stringify(random.map((byte, index) => (index === 6 ? 0x41 : index === 8 ? 0x81 : byte))),
      fresh: [validate(fresh), version(fresh), fresh === v4()],
    };
  },
);

export const inputs = [{ names: ['example.com', 'bücher.example', ''], bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255] }];
