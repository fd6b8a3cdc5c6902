import { tool } from '@aria/sdk';
import { Encoder, decode, encode } from 'cbor-x';

export const cborX = tool({ description: 'CBOR with tags, dates, maps, typed arrays, big integers' }, ({ text }: { text: string }) => {
  const encoder = new Encoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false });
  const read = encoder.decode(encoder.encode(new Map<string, unknown>([['text', text], ['when', new Date(1_779_000_000_000)], ['floats', new Float64Array([0.5, 1e300])], ['big', 2n ** 64n]]))) as Map<string, unknown>;
  return { written: Uint8Array.from(encode({ text, n: [1, -500, 1.5, null, true], nested: { ä: [] } })), text: String(read.get('text')), when: (read.get('when') as Date).toISOString(), floats: Array.from(read.get('floats') as Float64Array), big: String(read.get('big')), known: JSON.stringify(decode(new Uint8Array([0x82, 0x01, 0x61, 0x62]))) };
});

export const inputs = [{ text: 'Grüße 😀 '.repeat(20) }];
