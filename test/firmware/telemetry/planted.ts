/** Secrets of every kind, made when a test runs: a file with them in it would be a find for those who search for secrets. */
import type { Random } from '../../fuzz.ts';

/** A secret. `core` is what must not come out. */
export interface Planted {
  readonly kind: string;
  readonly text: string;
  readonly core: string;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Secrets that the host was told. */
export function knownSecrets(random: Random): readonly string[] {
  return [
    random.text(43, `${letters}-_`),
    `pass phrase "${random.text(12, letters)}" / + ü \\ ${random.text(6, letters)}`,
    `${random.text(1200, letters)}\n${random.text(40, letters)}`,
    String(1e11 + random.below(1e9)),
  ];
}

/** What a known secret looks like on its way through other hands. */
export function formsOf(secret: string): readonly Planted[] {
  const bytes = Buffer.from(secret);
  const forms: Record<string, string> = {
    itself: secret,
    json: JSON.stringify(secret).slice(1, -1),
    uri: encodeURIComponent(secret),
    form: new URLSearchParams({ x: secret }).toString().slice(2),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    base64: bytes.toString('base64'),
    base64url: bytes.toString('base64url'),
    basic: Buffer.from(`someone:${secret}`).toString('base64'),
    basicOther: Buffer.from(`someone1:${secret}!`).toString('base64'),
    basicThird: Buffer.from(`someone12:${secret}`).toString('base64url'),
  };
  return Object.entries(forms).map(([kind, text]) => ({
    kind: `known, as ${kind}`,
    text,
    // The first groups may belong to what stands before the secret, the last one to what stands behind it.
    core: text.slice(kind.startsWith('basic') ? 16 : 0, -4).slice(0, 40),
  }));
}

/** Secrets that their form gives away. */
export function shapedSecrets(random: Random): readonly Planted[] {
  const key = (length: number, alphabet = letters): string => random.text(length, alphabet);
  const shaped = (kind: string, before: string, core: string, after = ''): Planted => ({
    kind,
    text: `${before}${core}${after}`,
    core,
  });
  const pem = (name: string): Planted =>
    shaped(
      name,
      `-----${'BEGIN'} ${name}-----\n`,
      `${key(64)}\n${key(64)}\n${key(20)}==`,
      `\n-----${'END'} ${name}-----`,
    );
  const dashed = (...parts: readonly string[]): string => parts.join('-');
  return [
    shaped('bearer', 'Bearer ', key(20)),
    shaped('basic', 'basic ', Buffer.from(`user:${key(9)}1`).toString('base64')),
    shaped('model key', 'sk-', key(48)),
    shaped('model key of a project', 'sk-proj-', key(40, `${letters}-_`)),
    shaped('payment key', dashed('sk_live_').replace('-', ''), key(24)),
    shaped('code host token', `${'gh'}p_`, key(36)),
    shaped('fine-grained token', `${'github'}_pat_`, key(60, `${letters}_`)),
    shaped('other code host token', 'glpat-', key(20)),
    shaped('cloud key id', `${'AK'}IA`, key(16, upper)),
    shaped('temporary cloud key id', `${'AS'}IA`, key(16, upper)),
    shaped('chat bot token', 'xoxb-', `${key(11, '0123456789')}-${key(24)}`),
    shaped('chat user token', 'xoxp-', key(30)),
    shaped('map key', 'AIza', key(35, `${letters}-_`)),
    shaped('package registry token', 'npm_', key(36)),
    shaped('model hub token', 'hf_', key(34)),
    shaped('mail key', 'SG.', `${key(22)}.${key(43)}`),
    shaped('web token', 'eyJ', `${key(33)}.${key(80)}.${key(43)}`),
    pem('PRIVATE KEY'),
    pem('RSA PRIVATE KEY'),
    pem('OPENSSH PRIVATE KEY'),
    shaped('minisign secret key', 'RWRTY0Iy', key(200)),
    shaped('minisign secret key without a password', 'RWQAAEIy', key(200)),
    shaped('database', 'postgres://admin:', `${key(6)}/${key(6)}@${key(4)}`, '@db.internal:5432/x?y=1'),
    shaped('cache', 'redis://:', key(12), '@127.0.0.1:6379'),
    shaped('repository', 'https://', key(20), '@example.com/a/b.git'),
    shaped('database without a scheme', 'root:', key(10), '@tcp(10.0.0.1:3306)/x'),
    shaped('random value', 'SOME_SETTING=', `${key(40)}1aB2`),
  ];
}

/** What of these came out, and where it had stood. */
export function leaks(output: string, planted: readonly Planted[], place = 'output'): readonly string[] {
  return planted
    .filter(({ core }) => core.split('\n').some((part) => output.includes(part)))
    .map(({ kind }) => `${kind} in ${place}`);
}

/** Names of what is secret whatever it is. */
export const secretNames: readonly string[] = [
  'authorization',
  'Authorization',
  'proxy-authorization',
  'password',
  'PASSWORD',
  'dbPassword',
  'db_pass',
  'passphrase',
  'token',
  'accessToken',
  'auth_token',
  'X-Auth-Token',
  'refresh_token',
  'accessTokens',
  'secret',
  'clientSecret',
  'client_secret',
  'api_key',
  'apiKey',
  'X-API-Key',
  'private_key',
  'signingKey',
  'cookie',
  'set-cookie',
  'credentials',
  'jwt',
  'session_key',
];

/** Names and texts that look alike and have to be readable. */
export const harmless: readonly (readonly [string, unknown])[] = [
  ['newTokens', ['kv:orders:r', 'llm:openai:gpt-5']],
  ['inputTokens', 1234],
  ['maxTokens', 100],
  ['tokenCount', 7],
  ['hash', 'a3f1'.repeat(16)],
  ['manifestHash', 'b'.repeat(64)],
  ['keyId', '1F2E3D4C5B6A7988'],
  ['keyName', 'release'],
  ['publicKey', 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'],
  ['callId', '01J9ZQ3K7XW2V8R5T1M4N6P0AB'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['file', 'orders-bundle-name-10.20.30-rc.1.aria.minisig'],
  ['path', '/srv/aria/bundles/objects/aa/Firmware2/Telemetry3/Names4'],
  ['text', 'Cannot check the password: it is wrong'],
  ['text', 'Send a bearer token with the request, basic authentication is off'],
  ['text', 'bundle:orders@1.2.0 of npm:lodash@4.1.0'],
  ['text', 'https://unpkg.com/@scope/package@1.0.0/x.js and http://[::1]:7601/a'],
  ['text', 'compass=north bypass: on monkey=1 keyboard=us'],
  ['text', 'at run (file:///srv/aria/firmware/Telemetry/log.ts:10:5)'],
  ['when', '2026-01-01T00:00:00.000Z'],
  ['hasPassword', true],
];
