import { describe, expect, test } from 'vitest';
import { parseToken } from '#wit/tokens';
import { isGrantedByDefault } from '../../../firmware/trust/default-tokens.ts';

const granted = (token: string): boolean => isGrantedByDefault(parseToken(token));

describe('the default list', () => {
  test.each([
    'kv:*:x',
    'kv:orders:rw',
    'vector:docs:*:rw',
    'llm:*:*',
    'gpu:any:compute',
    'tool:*:call',
    'agent:helper:call',
    'context:session:append',
    'net:example.com:443',
    'net:api.example.com:*',
    'net:1.1.1.1:443',
    'net:9.255.255.255:80',
    'net:11.0.0.0:80',
    'net:100.63.255.255:80',
    'net:100.128.0.0:80',
    'net:172.15.255.255:80',
    'net:172.32.0.0:80',
    'net:192.167.255.255:80',
    'net:223.255.255.255:80',
    'net:[2606:4700::1111]:443',
    'net:[2000::]:443',
    'net:[3fff:1000::]:443',
    'net:[2001:200::]:443',
    'net:localhost.example.com:443',
    'net:notlocal.network:443',
  ])('has %s', (token) => {
    expect(granted(token)).toBe(true);
  });
  test.each([
    'fs:data:r',
    'fs:*:rw',
    'spawn:self:exec',
    'net:*:443',
    'net:*:*',
    'net:localhost:80',
    'net:LOCALHOST:80',
    'net:db:5432',
    'net:printer.local:80',
    'net:app.localhost:80',
    'net:metadata.google.internal:80',
    'net:nas.home.arpa:80',
    'net:home.arpa:80',
    'net:router.lan:80',
    'net:0.0.0.0:80',
    'net:10.0.0.0:80',
    'net:10.255.255.255:80',
    'net:100.64.0.0:80',
    'net:100.127.255.255:80',
    'net:127.0.0.1:80',
    'net:127.255.255.255:80',
    'net:169.254.169.254:80',
    'net:172.16.0.0:80',
    'net:172.31.255.255:80',
    'net:192.168.0.1:80',
    'net:198.18.0.1:80',
    'net:198.19.255.255:80',
    'net:224.0.0.1:80',
    'net:255.255.255.255:80',
    'net:[::]:80',
    'net:[::1]:80',
    'net:[::ffff:10.0.0.1]:80',
    'net:[::ffff:1.1.1.1]:80',
    'net:[64:ff9b::a00:1]:80',
    'net:[2002:a00:1::]:80',
    'net:[2001::1]:80',
    'net:[2001:db8::1]:80',
    'net:[fc00::1]:80',
    'net:[fdff::1]:80',
    'net:[fe80::1]:80',
    'net:[febf::1]:80',
    'net:[ff02::1]:80',
    'net:[4000::]:80',
  ])('does not have %s', (token) => {
    expect(granted(token)).toBe(false);
  });
});
