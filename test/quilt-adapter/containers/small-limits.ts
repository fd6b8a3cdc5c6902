/** Limits of a container that holds one small program, for hosts in processes of their own. */
import type { ContainerLimits } from '../../../quilt-adapter/containers/backend.ts';

const mebibyte = 1024 * 1024;
/** See above. */
export const smallLimits: ContainerLimits = {
  memoryBytesMax: 128 * mebibyte,
  cpusMax: 1,
  processesMax: 64,
  openFilesMax: 256,
  temporaryBytesMax: mebibyte,
};
