/** Certificates for tests of TLS, made here: X.509 v3 in DER, ECDSA with P-256. */
import { type KeyObject, createSign, generateKeyPairSync } from 'node:crypto';

/** A certificate and its key, in PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly name: string;
  readonly keyObject: KeyObject;
}

/** Makes one for `localhost`, signed by an authority, or by itself where none is given: then it is one. */
export function makeCertificate(name: string, authority?: TestCertificate): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const body = sequence(
    der(0xa0, integer(2)),
    integer(1 + Math.floor(Math.random() * 2 ** 30)),
    algorithm,
    distinguishedName(authority?.name ?? name),
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(authority === undefined))),
  );
  const signer = createSign('sha256').update(body);
  const signature = signer.sign(authority?.keyObject ?? privateKey);
  const bytes = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    name,
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyObject: privateKey,
  };
}

function extensions(isAuthority: boolean): Buffer[] {
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)));
  return [
    sequence(oid(0x55, 0x1d, 0x11), der(0x04, names)),
    sequence(
      oid(0x55, 0x1d, 0x13),
      der(0x01, Buffer.of(0xff)),
      der(0x04, sequence(...(isAuthority ? [der(0x01, Buffer.of(0xff))] : []))),
    ),
  ];
}

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  let start = 0;
  while (start < 4 && bytes[start] === 0 && (bytes[start + 1] ?? 0) < 0x80) start += 1;
  return der(0x02, bytes.subarray(start));
}

function oid(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(tag), size, content]);
}
