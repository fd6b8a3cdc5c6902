import { tool } from '@aria/sdk';
import { Buffer } from 'buffer';

export const buffer = tool({ description: 'Node’s Buffer as a package: encodings, numbers, comparison, search' }, ({ text }: { text: string }) => {
  const bytes = Buffer.from(text, 'utf8');
  const numbers = Buffer.alloc(24);
  numbers.writeDoubleBE(Math.PI, 0);
  numbers.writeUInt32LE(0xdeadbeef, 8);
  numbers.writeBigInt64BE(-5n as never, 12);
  return {
    hex: bytes.toString('hex'),
    base64: bytes.toString('base64'),
    latin: Buffer.from('äöü', 'latin1').toString('hex'),
    utf16: Buffer.from(text, 'utf16le').length,
    numbers: numbers.toString('hex'),
    read: [numbers.readDoubleBE(0), numbers.readUInt32LE(8), Number(numbers.readBigInt64BE(12))],
    parts: [Buffer.concat([bytes, Buffer.from([0xff])]).length, bytes.indexOf('ü'), Buffer.compare(bytes, Buffer.from('a')), Buffer.byteLength('😀')],
    json: JSON.stringify(Buffer.from('hi')),
  };
});

export const inputs = [{ text: 'Grüße 😀' }, { text: '' }];
