/**
 * Reads the sizes of a `turn` in the guest's memory before jco lifts it. A hostile guest may return a list whose entries all name the
 * same megabytes: lifted, it would be more than the machine has.
 *
 * Offsets are those that the canonical ABI gives the records of `wit/host/tool.wit`.
 */
import { GuestFault } from './recorder.ts';
import type { WorkerLimits } from './messages.ts';

const tags = { done: 0, failed: 1 } as const;
/** Lengths of the strings of `tool-error`; those in options have their tag before. */
const failedLengths = [
  { tag: undefined, length: 8 },
  { tag: undefined, length: 16 },
  { tag: 24, length: 32 },
  { tag: 36, length: 44 },
] as const;
const doneLength = 8;
const blobsPointer = 48;
const blobsLength = 52;
const listEntryBytes = 8;

/** @throws {GuestFault} `VALUE_TOO_LARGE`; a `RangeError` where the turn lies outside memory. */
export function checkTurn(
  buffer: ArrayBufferLike,
  pointer: number,
  [outputBytesMax, , , blobsMax]: WorkerLimits,
): void {
  const view = new DataView(buffer, pointer);
  const count = view.getUint32(blobsLength, true);
  if (count > blobsMax) {
    throw new GuestFault(
      'VALUE_TOO_LARGE',
      `Cannot take the turn: it has ${count} blobs, of ${blobsMax} that it may have`,
      'blobs',
    );
  }
  let bytes = textBytes(view);
  const list = new DataView(buffer, view.getUint32(blobsPointer, true), count * listEntryBytes);
  for (let index = 0; index < count; index += 1) bytes += list.getUint32(index * listEntryBytes + 4, true);
  if (bytes > outputBytesMax) {
    throw new GuestFault(
      'VALUE_TOO_LARGE',
      `Cannot take the turn: it has ${bytes} bytes, of ${outputBytesMax} that it may have`,
      'output',
    );
  }
}

function textBytes(view: DataView): number {
  switch (view.getUint8(0)) {
    case tags.done:
      return view.getUint32(doneLength, true);
    case tags.failed:
      return failedLengths.reduce(
        (sum, { tag, length }) =>
          sum + (tag === undefined || view.getUint8(tag) === 1 ? view.getUint32(length, true) : 0),
        0,
      );
    default:
      return 0;
  }
}
