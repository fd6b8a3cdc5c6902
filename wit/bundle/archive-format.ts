/**
 * The subset of ZIP that a bundle is, and its maxima. Every header field that does not depend on the content has one allowed
 * value, so that equal content gives equal bytes and nothing can hide in a field that nobody reads.
 * Layouts: APPNOTE.TXT 6.3.10, §4.3.7 (local header), §4.3.12 (central header), §4.3.16 (end).
 */

/** Maxima of an archive. One beyond is refused with `BUNDLE_TOO_LARGE`. */
export const bundleMaxima = {
  /** It is read into memory as a whole. */
  archiveBytes: 64 * 1024 * 1024,
  /** 256 tools have 1,281 files. */
  entries: 2_048,
  entryBytes: 32 * 1024 * 1024,
  /** All entries, unpacked. */
  unpackedBytes: 256 * 1024 * 1024,
  /** It is parsed before anything in it can be trusted. */
  manifestBytes: 4 * 1024 * 1024,
  nameBytes: 256,
  /** Unpacked bytes for each packed one. The writer stores what would compress further; source and maps stay below 20. */
  ratio: 100,
} as const;

/** The name of the manifest, which is the first entry. */
export const manifestName = 'manifest.json';

export const localSignature = 0x04034b50;
export const centralSignature = 0x02014b50;
export const endSignature = 0x06054b50;
/** Stands before the end of an archive that is ZIP64. */
export const zip64LocatorSignature = 0x07064b50;

export const localHeaderBytes = 30;
export const centralHeaderBytes = 46;
export const endBytes = 22;
export const zip64LocatorBytes = 20;
/** What a local and a central header have in common: from "version needed" to the length of the extra field. */
export const sharedFieldsBytes = 26;

/** Version 2.0, written as by MS-DOS: the entry has no attributes of a system that knows links. */
export const zipVersion = 20;
/** 1980-01-01 00:00:00, the first time that ZIP knows. */
export const fixedTime = 0;
export const fixedDate = 0x0021;

/** How an entry is packed. */
export const methods = { stored: 0, deflated: 8 } as const;

/** Bits of the flags. */
export const flagBits = { encrypted: 0x0001, dataDescriptor: 0x0008, strongEncryption: 0x0040 } as const;

/** In a 16-bit and a 32-bit field: "see the ZIP64 field". */
export const zip64Marks = { short: 0xffff, long: 0xffffffff } as const;
