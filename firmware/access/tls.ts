/** TLS for the gateways: certificates from files, read again when they have been renewed. */
import { readFile, stat } from 'node:fs/promises';
import { type SecureContextOptions, type TlsOptions, createSecureContext } from 'node:tls';
import process from 'node:process';
import { CodedError } from '#wit/errors';
import type { TlsConfig } from '../config/host-config.ts';
import { tlsRefused } from './errors.ts';

/** Longest PEM file, in bytes: a chain with a few certificates has some thousands. */
const pemBytesMax = 1024 * 1024;

/** What the files hold. */
export interface TlsMaterial {
  readonly certificate: Buffer;
  readonly key: Buffer;
  readonly clientAuthority: Buffer | undefined;
}

/** Certificates in use. */
export interface HostTls {
  readonly material: TlsMaterial;
  /** For `https.createServer`: TLS 1.2 at least, and a client certificate where an authority is named. */
  readonly options: TlsOptions;
  /** Hears of new options; the gateway calls `setSecureContext` with them. */
  subscribe(listener: (options: SecureContextOptions) => void): void;
  /** Reads the files again, as after a renewal. Those in use stay when one is wrong. @throws {CodedError} `CONFIG_INVALID`. */
  reload(): Promise<void>;
}

/** Reads and checks the certificates. @throws {CodedError} `CONFIG_INVALID`, naming the setting. */
export async function openTls(config: TlsConfig): Promise<HostTls> {
  return new FileTls(config, await readMaterial(config));
}

class FileTls implements HostTls {
  readonly #config: TlsConfig;
  readonly #listeners: ((options: SecureContextOptions) => void)[] = [];
  #material: TlsMaterial;

  constructor(config: TlsConfig, material: TlsMaterial) {
    this.#config = config;
    this.#material = material;
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  get options(): TlsOptions {
    const mutual = this.#material.clientAuthority !== undefined;
    return { ...contextOptions(this.#material), requestCert: mutual, rejectUnauthorized: mutual };
  }

  subscribe(listener: (options: SecureContextOptions) => void): void {
    this.#listeners.push(listener);
  }

  async reload(): Promise<void> {
    this.#material = await readMaterial(this.#config);
    for (const listener of this.#listeners) listener(contextOptions(this.#material));
  }
}

function contextOptions({ certificate, key, clientAuthority }: TlsMaterial): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2', ...(clientAuthority && { ca: clientAuthority }) };
}

async function readMaterial({ certificate, key, clientAuthority }: TlsConfig): Promise<TlsMaterial> {
  const material = {
    certificate: await readPem('tls.certificate', certificate),
    key: await readPem('tls.key', key),
    clientAuthority: clientAuthority === undefined ? undefined : await readPem('tls.client_authority', clientAuthority),
  };
  if (process.getuid !== undefined && ((await stat(key)).mode & 0o007) !== 0)
    throw tlsRefused('tls.key', key, 'everybody on this machine may read it');
  take('tls.certificate', certificate, { cert: material.certificate });
  take('tls.key', key, { key: material.key });
  take('tls.key', key, { cert: material.certificate, key: material.key });
  if (clientAuthority !== undefined && !material.clientAuthority?.includes('-----BEGIN CERTIFICATE-----'))
    throw tlsRefused('tls.client_authority', clientAuthority, 'it holds no certificate in PEM');
  return material;
}

/** OpenSSL says what is wrong; its words hold no key. */
function take(field: string, path: string, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw tlsRefused(field, path, `TLS refuses it (${code})`);
  }
}

async function readPem(field: string, path: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    if ((await stat(path)).size > pemBytesMax) throw tlsRefused(field, path, `it has more than ${pemBytesMax} bytes`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw tlsRefused(field, path, `it cannot be read (${code})`);
  }
  return bytes;
}
