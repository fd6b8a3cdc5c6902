/** What the numbers among the resources of a container may be, in the units that authors write. */
import { containerMinima, manifestMaxima } from '#wit/manifest';
import type { NumberRange } from './option-reader.ts';

const mebibyte = 1024 * 1024;

/** By the name of the option. */
export const resourceRanges = {
  cpus: { minimum: containerMinima.cpus, maximum: manifestMaxima.cpus, whole: false },
  processes: { minimum: containerMinima.processes, maximum: manifestMaxima.processes },
  temporaryMiB: {
    minimum: containerMinima.temporaryBytes / mebibyte,
    maximum: manifestMaxima.temporaryBytes / mebibyte,
    unit: ' MiB',
  },
} as const satisfies Record<string, NumberRange>;
