import { expect, test } from 'vitest';
import { isLoopback, listenAddress } from '../../../firmware/access/listen-policy.ts';

test.for(['127.0.0.1', '127.255.255.254', 'localhost', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
  '%s is loopback',
  (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(listenAddress('x', { host, port: 1 }, false).port).toBe(1);
    expect(listenAddress('metrics', { host, port: 1 }, 'never').port).toBe(1);
  },
);

test.for([
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '::ffff:10.0.0.1',
  'fe80::1',
  'localhost.evil.example',
  'example.com',
  '',
  '127.1',
  '2130706433',
  '0x7f.1',
])('"%s" is refused without TLS, and for what has none', (host) => {
  expect(() => listenAddress('x', { host, port: 1 }, false)).toThrow(
    expect.objectContaining({ code: 'LISTEN_REFUSED' }),
  );
  expect(() => listenAddress('x', { host, port: 1 }, 'never')).toThrow(
    expect.objectContaining({ code: 'LISTEN_REFUSED' }),
  );
  expect(listenAddress('x', { host, port: 1 }, true)).toEqual({ host, port: 1 });
});

test('localhost is bound as a number, and brackets are left out', () => {
  expect(listenAddress('x', { host: 'localhost', port: 7601 }, false)).toEqual({ host: '127.0.0.1', port: 7601 });
  expect(listenAddress('x', { host: '[::1]', port: 7601 }, false)).toEqual({ host: '::1', port: 7601 });
});
