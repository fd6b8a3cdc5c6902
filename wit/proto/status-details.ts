/** The trailer `grpc-status-details-bin`: a wire error in the standard form, which every gRPC library can read. */
import { type ErrorCategory, type WireError, errorCategories, wireError } from '#wit/errors';
import { parseJson } from '#wit/values';
import { statusOfCode } from './status-codes.ts';

/** The trailer's name. */
export const statusDetailsKey = 'grpc-status-details-bin';
/** Longest `grpc-message`, in characters: the wire error has the whole text. */
const messageCharactersMax = 512;
/** Longest trailer before base64, in bytes. HTTP/2 in Node takes headers of 64 KiB; other libraries less, for which errors of usual size are far below 8 KiB. */
const detailsBytesMax = 24 * 1024;

/** One message of the package, as `@grpc/proto-loader` makes it. */
export interface MessageType {
  serialize(value: object): Buffer;
  deserialize(bytes: Buffer): object;
}

/** The messages of the trailer. */
export interface StatusMessages {
  readonly 'google.rpc.Status': MessageType;
  readonly 'google.rpc.RetryInfo': MessageType;
  readonly 'aria.v1.WireError': MessageType;
}

/** A wire error as a message. */
export interface WireErrorMessage {
  readonly code: string;
  readonly category: string;
  readonly message: string;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly detailsJson: string;
}

/** A status and its trailer. */
export interface StatusParts {
  readonly code: number;
  readonly message: string;
  readonly details: Buffer;
}

/** A wire error as a message. */
export function wireErrorToMessage({ details, ...rest }: WireError): WireErrorMessage {
  return { ...rest, detailsJson: JSON.stringify(details) };
}

/** The wire error of a message. What is no error of ours is taken as far as it goes. */
export function wireErrorFromMessage({ detailsJson, category, ...rest }: WireErrorMessage): WireError {
  const known = errorCategories.find((candidate) => candidate === category);
  return { ...rest, category: known ?? ('System' satisfies ErrorCategory), details: parseObject(detailsJson) };
}

/** Makes the status of a refusal. */
export function encodeStatus(error: WireError, messages: StatusMessages): StatusParts {
  const code = statusOfCode(error.code);
  const message = cut(error.message, messageCharactersMax);
  const encode = (wire: WireError): Buffer => {
    const packed = pack('aria.v1.WireError', messages['aria.v1.WireError'].serialize(wireErrorToMessage(wire)));
    return messages['google.rpc.Status'].serialize({ code, message, details: [packed, ...retryInfo(wire, messages)] });
  };
  const whole = encode(error);
  if (whole.length <= detailsBytesMax) return { code, message, details: whole };
  return { code, message, details: encode(shortened(error)) };
}

/** The wire error of a trailer; `undefined` where it holds none. */
export function decodeStatus(details: Buffer, messages: StatusMessages): WireError | undefined {
  try {
    const status = messages['google.rpc.Status'].deserialize(details) as { details?: readonly PackedMessage[] };
    const packed = status.details?.find(({ type_url }) => type_url === typeUrl('aria.v1.WireError'));
    if (packed === undefined) return undefined;
    return wireErrorFromMessage(messages['aria.v1.WireError'].deserialize(packed.value) as WireErrorMessage);
  } catch {
    // Whatever it is, it is not ours: the bare status says what there is to say.
    return undefined;
  }
}

/** `google.protobuf.Any`; its fields keep the names that Google's file has. */
interface PackedMessage {
  readonly type_url: string;
  readonly value: Buffer;
}

function typeUrl(name: keyof StatusMessages): string {
  return `type.googleapis.com/${name}`;
}

function pack(name: keyof StatusMessages, value: Buffer): PackedMessage {
  return { type_url: typeUrl(name), value };
}

/** For libraries that wait by themselves. */
function retryInfo({ details }: WireError, messages: StatusMessages): PackedMessage[] {
  const ms = details['retryAfterMs'];
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) return [];
  const retryDelay = { seconds: Math.floor(ms / 1000), nanos: Math.floor((ms % 1000) * 1e6) };
  return [pack('google.rpc.RetryInfo', messages['google.rpc.RetryInfo'].serialize({ retryDelay }))];
}

/** Without its details, and with texts of bounded length: what is left always fits. */
function shortened(error: WireError): WireError {
  const facts = { message: cut(error.message, 4096), remedy: cut(error.remedy, 1024), retryable: error.retryable };
  const { category } = error;
  return { ...wireError('INTERNAL', facts), code: cut(error.code, 256), category, details: { truncated: true } };
}

/** A text of so many characters that may stand in a header: without halves of characters, which cannot be encoded. */
function cut(text: string, charactersMax: number): string {
  const short = text.length > charactersMax ? `${text.slice(0, charactersMax - 1)}…` : text;
  return short.toWellFormed();
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = text === '' ? {} : parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
