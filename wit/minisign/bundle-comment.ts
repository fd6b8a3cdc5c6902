/**
 * The trusted comment of a bundle: minisign's own fields, and which bundle it is. The sequence number is what a host refuses
 * older versions by, as minisign's manual recommends.
 */
import { bundleCommentMalformed } from './errors.ts';

/** What the trusted comment says. */
export interface BundleComment {
  /** Seconds since 1970 at signing. */
  readonly timestampSec?: number;
  /** Name of the file when it was signed. */
  readonly file?: string;
  readonly bundle: string;
  readonly version: string;
  /** BLAKE3 of the manifest. */
  readonly manifestHash: string;
  /** 1 to `sequenceMax`; a host takes no lower one than it has seen of the bundle. */
  readonly sequence: number;
}

/** The largest sequence number. */
export const sequenceMax = Number.MAX_SAFE_INTEGER;

/** The comment; what of the file's name is not printable is left out. */
export function printBundleComment(comment: BundleComment): string {
  const { timestampSec, file, bundle, version, manifestHash, sequence } = comment;
  return [
    ...(timestampSec === undefined ? [] : [`timestamp:${timestampSec}`]),
    ...(file === undefined ? [] : [`file:${file.toWellFormed().replaceAll(/\p{Cc}/gu, '')}`]),
    'hashed',
    `bundle:${bundle}`,
    `version:${version}`,
    `manifest:${manifestHash}`,
    `seq:${sequence}`,
  ].join('\t');
}

/** Reads a comment whose signature is known to be true. @throws {CodedError} `SIGNATURE_MALFORMED`. */
export function parseBundleComment(text: string): BundleComment {
  const fields = commentFields(text);
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined || value === '') throw bundleCommentMalformed(`its trusted comment has no "${name}"`);
    return value;
  };
  const sequence = field('seq');
  if (wholeNumber(sequence) === undefined || sequence === '0')
    throw bundleCommentMalformed(`its "seq" is no whole number from 1 to ${sequenceMax}`);
  const [file, timestampSec] = [fields.get('file'), wholeNumber(fields.get('timestamp') ?? '')];
  return {
    ...(timestampSec !== undefined && { timestampSec }),
    ...(file !== undefined && { file }),
    bundle: field('bundle'),
    version: field('version'),
    manifestHash: field('manifest'),
    sequence: Number(sequence),
  };
}

/**
 * The fields of a trusted comment: `name:value`, or a name alone, with tabs between them.
 * @throws {CodedError} `SIGNATURE_MALFORMED` for a field that is there twice, since readers could differ about which one counts.
 */
export function commentFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split('\t')) {
    const colon = part.indexOf(':');
    const name = colon < 0 ? part : part.slice(0, colon);
    if (fields.has(name)) throw bundleCommentMalformed(`its trusted comment has "${name}" twice`);
    fields.set(name, colon < 0 ? '' : part.slice(colon + 1));
  }
  return fields;
}

/** A number without a sign, leading zeros or more digits than are exact. */
function wholeNumber(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= sequenceMax ? value : undefined;
}
