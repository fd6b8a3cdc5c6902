/** Which addresses and hosts are on the public internet: a default grant and each connection of a container hang on it. */
import { expect, test } from 'vitest';
import { hostOfAddress, isPublicAddress, isPublicHost, parseToken } from '#wit/tokens';
import { fuzz, fuzzTimeoutMs } from '../fuzz.ts';

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  'fe80::1',
  'fe80::1%eth0',
  '2600::1%eth0',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:808:808::',
  '3fff::1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::1:808:808',
  '64:ff9b:1::8.8.8.8',
  '100::1',
  '5f00::1',
  'localhost',
  '',
  '8.8.8',
  '08.8.8.8',
  '1.2.3.4.5',
  '8.8.8.8/0',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.1',
  '198.17.255.255',
  '223.255.255.255',
  '2600::1',
  '2001:4860:4860::8888',
  '2a00::1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:0:0:0:0:808:808',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  'example.com',
  'localhost.example.com',
  'notlocal.network',
  '1.1.1.1',
  '[2606:4700::1111]',
  '[64:ff9b::808:808]',
])('the host %s is public', (host) => {
  expect(isPublicHost(host)).toBe(true);
});

test.each([
  '*',
  'db',
  'localhost',
  'app.localhost',
  'printer.local',
  'metadata.google.internal',
  'home.arpa',
  'nas.home.arpa',
  '127.0.0.1',
  '999.1.1.1',
  '[::1]',
  '[::ffff:808:808]',
  '[64:ff9b::a00:1]',
  '[64:ff9b:1::808:808]',
  '[',
])('the host %s is not public', (host) => {
  expect(isPublicHost(host)).toBe(false);
});

test.each([
  ['8.8.8.8', '8.8.8.8'],
  ['2001:DB8:0:0:0:0:0:1', '[2001:db8::1]'],
  ['64:ff9b::8.8.8.8', '[64:ff9b::808:808]'],
  ['fe80::1%eth0', undefined],
  ['example.com', undefined],
])('the address %s is the host %s of a token', (address, host) => {
  expect(hostOfAddress(address)).toBe(host);
});

test(
  'any address of IPv6 is public only within 2000::/3 or as NAT64 of a public one, and has one spelling as a host',
  { timeout: fuzzTimeoutMs },
  async () => {
    await fuzz((random) => {
      const groups = Array.from({ length: 8 }, () => random.pick([0, 0, random.below(65_536)]));
      groups[0] = random.pick([0, 0x64, 0x2000 + random.below(0x2000), random.below(65_536)]);
      if (groups[0] === 0x64) groups.splice(1, 5, 0xff9b, 0, 0, 0, 0);
      const address = groups.map((group) => group.toString(16)).join(':');
      const inGlobal = groups[0] >= 0x2000 && groups[0] < 0x4000;
      if (!inGlobal && groups[0] !== 0x64) expect([address, isPublicAddress(address)]).toEqual([address, false]);
      if (groups[0] === 0x64) {
        const embedded = [groups[6] ?? 0, groups[7] ?? 0].flatMap((group) => [group >> 8, group & 255]).join('.');
        expect([address, isPublicAddress(address)]).toEqual([address, isPublicAddress(embedded)]);
      }
      const host = hostOfAddress(address) ?? '';
      expect(parseToken(`net:${host}:1`)).toMatchObject({ host });
      expect([host, isPublicAddress(host.slice(1, -1))]).toEqual([host, isPublicAddress(address)]);
      expect([host, isPublicHost(host)]).toEqual([host, isPublicAddress(address)]);
    });
  },
);
