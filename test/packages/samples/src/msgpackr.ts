import { tool } from '@aria/sdk';
import { Packr, pack, unpack } from 'msgpackr';

export const msgpackr = tool({ description: 'MessagePack with records, dates, maps, big integers, bytes' }, ({ text }: { text: string }) => {
  const value = { text, list: [1, -1, 300, 1.5, null, true], when: new Date(1_779_000_000_123), map: new Map([['ä', 1]]), big: 2n ** 60n, bytes: new Uint8Array([1, 2]), nested: { a: { b: 'c'.repeat(40) } } };
  const records = new Packr({ useRecords: true, structuredClone: true });
  const read = records.unpack(records.pack([value, value])) as [typeof value, typeof value];
  return { plain: Uint8Array.from(pack({ text, n: [1, 2, 65_536], f: 0.1 })), text: (unpack(pack({ text })) as { text: string }).text, when: read[1].when.getTime(), map: [...read[0].map.keys()], big: String(read[0].big), bytes: Array.from(read[0].bytes), shared: read[0] === read[1] };
});

export const inputs = [{ text: 'Grüße 😀 '.repeat(30) }, { text: '' }];
