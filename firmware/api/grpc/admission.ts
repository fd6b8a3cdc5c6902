/**
 * Who comes in. It decides with the metadata, before a byte of the message is read, so that a stranger costs no memory.
 * What it finds is kept by the metadata object of the request, which the library hands to the method.
 */
import {
  type Metadata,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerInterceptingCall,
} from '@grpc/grpc-js';
import { uploadChunkBytesMax } from '#wit/api';
import type { StatusMessages } from '#wit/proto';
import type { Principal } from '../../access/principal.ts';
import type { GatewaySetting } from '../gateway.ts';
import { chunkTooLarge, metadataTooLarge } from './errors.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** Methods that anybody may call: what a probe asks, as `/healthz` over HTTP. */
const openMethods: ReadonlySet<string> = new Set(['/grpc.health.v1.Health/Check']);
/** Longest metadata, in bytes: a token and a few names. HTTP/2 in Node lets 64 KiB through. */
const metadataBytesMax = 16 * 1024;
const uploadPath = '/aria.v1.BundleService/UploadBundle';

/** Whoever asks for an open method. */
const nobody: Principal = { name: 'nobody', role: 'viewer' };

/** What admission needs. */
export interface AdmissionSetting extends Pick<GatewaySetting, 'access'> {
  readonly via: 'unix' | 'tcp';
  readonly messages: StatusMessages;
  /** Hears of requests that do not reach their method. */
  readonly refused: (path: string, refusal: Refusal) => void;
}

/** The requests that are in. */
export class Admission {
  readonly #principals = new WeakMap<Metadata, Principal>();
  readonly #setting: AdmissionSetting;

  constructor(setting: AdmissionSetting) {
    this.#setting = setting;
  }

  /** Who sent a request. */
  principalOf(metadata: Metadata): Principal {
    return this.#principals.get(metadata) ?? nobody;
  }

  /** For the server. */
  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    const refuse = (thrown: unknown): void => {
      const refusal = refusalOf(thrown, this.#setting.messages);
      this.#setting.refused(path, refusal);
      call.sendStatus(refusal.status);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, nextMetadata) => {
            try {
              checkSize(metadata);
              if (!openMethods.has(path)) this.#principals.set(metadata, this.#admit(metadata, call));
            } catch (error) {
              return refuse(error);
            }
            nextMetadata(metadata);
          },
          ...(path === uploadPath && {
            // Several wait in the buffers of a stream: their length is bounded before they get there.
            onReceiveMessage: (message: { chunk?: Uint8Array }, nextMessage: (message: unknown) => void) => {
              const bytes = message.chunk?.length ?? 0;
              if (bytes > uploadChunkBytesMax) refuse(chunkTooLarge(bytes, uploadChunkBytesMax));
              else nextMessage(message);
            },
          }),
        }),
    });
  };

  #admit(metadata: Metadata, call: ServerInterceptingCallInterface): Principal {
    const { access, via } = this.#setting;
    const [authorization] = metadata.get('authorization');
    const principal = access.authenticate({
      authorization: typeof authorization === 'string' ? authorization : undefined,
      certificateName: via === 'tcp' ? commonName(call) : undefined,
      via,
      address: call.getConnectionInfo().remoteAddress,
    });
    access.admit(principal);
    return principal;
  }
}

function checkSize(metadata: Metadata): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata.getMap())) bytes += key.length + value.length;
  if (bytes > metadataBytesMax) throw metadataTooLarge(bytes, metadataBytesMax);
}

function commonName(call: ServerInterceptingCallInterface): string | undefined {
  const name: unknown = call.getAuthContext().sslPeerCertificate?.subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
