import { tool } from '@aria/sdk';
import { Deflate, deflate, gzip, inflate, inflateRaw, deflateRaw, ungzip } from 'pako';

export const pako = tool({ description: 'zlib’s own algorithm: levels, raw streams, dictionaries, chunks, faults' }, ({ text }: { text: string }) => {
  const bytes = new TextEncoder().encode(text);
  const stream = new Deflate({ level: 9 });
  for (let at = 0; at < bytes.length; at += 100) stream.push(bytes.subarray(at, at + 100), at + 100 >= bytes.length);
  let fault = '';
  try {
    inflate(new Uint8Array([1, 2, 3]));
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  return {
    deflated: deflate(bytes, { level: 1 }),
    raw: deflateRaw(bytes),
    streamed: stream.result as Uint8Array,
    text: new TextDecoder().decode(ungzip(gzip(bytes))),
    roundRaw: inflateRaw(deflateRaw(bytes)).length,
    fault,
  };
});

export const inputs = [{ text: 'Süße Träume 😀 '.repeat(200) }];
