import { tool } from '@aria/sdk';
import { ExtensionCodec, decode, decodeMulti, encode } from '@msgpack/msgpack';

const extensionCodec = new ExtensionCodec();
extensionCodec.register({ type: 1, encode: (value: unknown) => (value instanceof Set ? encode([...value]) : null), decode: (data) => new Set(decode(data) as unknown[]) });

export const msgpack = tool({ description: 'MessagePack with extensions, timestamps, big integers, streams of values' }, ({ text }: { text: string }) => {
  const written = encode({ text, set: new Set(['ä', 1]), when: new Date(1_779_000_000_123), f: 0.1, u: 4_294_967_296 }, { extensionCodec, sortKeys: true });
  const read = decode(written, { extensionCodec }) as { set: Set<unknown>; when: Date; text: string };
  return { written, text: read.text, set: [...read.set].map(String), when: read.when.toISOString(), many: [...decodeMulti(new Uint8Array([...encode(1), ...encode('ü')]))].map(String), big: String(decode(encode(2n ** 63n, { useBigInt64: true }), { useBigInt64: true })) };
});

export const inputs = [{ text: 'Grüße 😀 '.repeat(50) }];
