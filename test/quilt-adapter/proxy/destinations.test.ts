import { expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import { forwards, hostsLines } from '../../../quilt-adapter/proxy/hosts-file.ts';
import { absoluteTarget, connectTarget } from '../../../quilt-adapter/proxy/target.ts';
import { CodedError } from '#wit/errors';
import { fuzz, fuzzTimeoutMs } from '../../fuzz.ts';

test.each([
  ['Example.COM:443', 'example.com', 443],
  ['example.com.:443', 'example.com', 443],
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['0x7f.1:80', '127.0.0.1', 80],
  ['2130706433:80', '127.0.0.1', 80],
  ['017700000001:80', '127.0.0.1', 80],
  ['127.1:80', '127.0.0.1', 80],
  ['127.0.0.1.:80', '127.0.0.1', 80],
  ['%31%32%37.0.0.1:80', '127.0.0.1', 80],
  ['[::1]:80', '[::1]', 80],
  ['[0:0:0:0:0:0:0:1]:80', '[::1]', 80],
  ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]', 80],
  ['[::FFFF:A9FE:A9FE]:80', '[::ffff:a9fe:a9fe]', 80],
  ['xn--bcher-kva.example:1', 'xn--bcher-kva.example', 1],
  ['b%C3%BCcher.example:65535', 'xn--bcher-kva.example', 65_535],
  ['%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:80', '127.0.0.1', 80],
])('CONNECT %s goes to %s port %d, in the spelling of tokens', (text, host, port) => {
  expect(connectTarget(text)).toEqual({ host, port });
  expect(parseToken(`net:${host}:${port}`)).toMatchObject({ host, port });
  expect(absoluteTarget(`http://${text}/a?b`)).toEqual({ host, port, path: '/a?b' });
});

test.each([
  '',
  ':80',
  'example.com',
  'example.com:',
  'example.com:0',
  'example.com:65536',
  'example.com:-1',
  'example.com:+80',
  'example.com:8 0',
  'example.com:080808',
  '*:80',
  '*.example.com:80',
  'user@example.com:80',
  'user:pass@example.com:80',
  'example.com/..:80',
  'a b:80',
  'example.com#:80',
  'example.com?:80',
  'example.com\\x:80',
  'example.com\t:80',
  'exam\0ple.com:80',
  '%00:80',
  '%2f:80',
  'a%40b:80',
  '[::1:80',
  '::1:80',
  '[fe80::1%25eth0]:80',
  '[::1]80',
  '[v1.a]:80',
  '256.1.1.1:80',
  '1.2.3.4.5:80',
  'example..com:80',
  '..:80',
  '/run/aria/icc.sock:80',
  'unix:/run/aria/icc.sock',
  'http://example.com:80',
  '\xff\xfe:80',
  `${'a'.repeat(300)}:80`,
  `${'a'.repeat(9000)}:80`,
])('CONNECT %j is refused', (text) => {
  expect(() => connectTarget(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
});

test.each([
  '/',
  '*',
  '',
  'https://example.com/',
  'ftp://example.com/',
  'unix:/run/aria/icc.sock',
  'file:///etc/passwd',
  'http:example.com',
  'http:/example.com/',
  'http:///etc',
  'http://user@example.com/',
  'http://example.com/#a',
  'http://example.com:0/',
  'http://example.com/a b',
  'http://example.com/\x01',
  'http://example.com/é',
  '//example.com/',
])('a request for %j is refused', (text) => {
  expect(() => absoluteTarget(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
});

test.each([
  ['http://example.com', 80, '/'],
  ['HTTP://example.com?a=1', 80, '/?a=1'],
  ['http://example.com:8080//../x', 8080, '//../x'],
])('a request for %s has port %d and path %s', (text, port, path) => {
  expect(absoluteTarget(text)).toEqual({ host: 'example.com', port, path });
});

test(
  'any target is refused, or is exactly what a URL parser connects to, and a token can name it',
  { timeout: fuzzTimeoutMs },
  async () => {
    let taken = 0;
    await fuzz((random) => {
      const alphabet = random.pick(['0123456789.x', 'abc.-_%2e', '[]:0123fe.', 'aé\xc3\xbc@/?#\\ \t\0:.*', 'xn--b.c']);
      const text = `${random.text(random.below(14), alphabet)}${random.pick([':80', ':443', '', ':0'])}`;
      try {
        const { host, port } = connectTarget(text);
        expect(parseToken(`net:${host}:${port}`)).toEqual({ kind: 'net', host, port });
        expect(new URL(`http://${host}:8080/`).hostname).toBe(host);
        taken += 1;
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'REQUEST_INVALID') throw error;
      }
    });
    expect(taken).toBeGreaterThan(50);
  },
);

const tokens = (...texts: readonly string[]) => texts.map((text) => parseToken(text));

test('each exact host has a loopback address of its own, shared by its ports; wildcards and addresses elsewhere have none', () => {
  const given = tokens(
    'net:b.example:443',
    'net:a.example:80',
    'net:a.example:443',
    'net:*:443',
    'net:c.example:*',
    'net:8.8.8.8:53',
    'net:[2600::1]:80',
    'kv:a:r',
    'net:a.example:80',
  );
  expect(forwards(given)).toEqual([
    { address: '127.0.0.2', port: 80, host: 'a.example' },
    { address: '127.0.0.2', port: 443, host: 'a.example' },
    { address: '127.0.0.3', port: 443, host: 'b.example' },
  ]);
  expect(hostsLines(given)).toBe('127.0.0.2 a.example\n127.0.0.3 b.example\n');
});

test('hosts of the loopback keep their addresses, and no name is given one that a token names', () => {
  const given = tokens('net:127.0.0.2:80', 'net:localhost:81', 'net:[::1]:82', 'net:a.example:80');
  expect(forwards(given)).toEqual([
    { address: '127.0.0.2', port: 80, host: '127.0.0.2' },
    { address: '::1', port: 82, host: '::1' },
    { address: '127.0.0.3', port: 80, host: 'a.example' },
    { address: '127.0.0.1', port: 81, host: 'localhost' },
  ]);
  expect(hostsLines(given)).toBe('127.0.0.3 a.example\n');
});

test('64 hosts have addresses and the next one goes by HTTP_PROXY', () => {
  const given = tokens(
    ...Array.from({ length: 65 }, (_, index) => `net:h${String(index).padStart(2, '0')}.example:80`),
  );
  expect(forwards(given)).toHaveLength(64);
  expect(forwards(given.toReversed())).toEqual(forwards(given));
  expect(hostsLines(given)).toMatch(/^(127\.0\.0\.\d+ h\d\d\.example\n){64}$/);
  expect(hostsLines([])).toBe('');
});
