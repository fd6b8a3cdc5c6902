/** Writes the limits of a call where the native side reads them. */
import type { EngineLimits } from '#wit/interfaces';
import { componentLimits, turnLimits } from '../../limits.ts';
import { logLinesMax } from '../../imports/log.ts';
import { numberOf } from './native.ts';
import { perInstance } from './profiles.ts';

/** `weight`: how many instances' room the component has in the pool. */
export function turnNumbers(numbers: Float64Array, limits: EngineLimits, weight: number): void {
  numbers[numberOf.memoryBytesMax] = limits.memoryBytesMax;
  numbers[numberOf.computeMsMax] = limits.computeMsMax;
  numbers[numberOf.outputBytesMax] = limits.outputBytesMax;
  numbers[numberOf.blobsMax] = turnLimits.blobsMax;
  numbers[numberOf.argumentBytesMax] = turnLimits.argumentBytesMax;
  numbers[numberOf.logBytesMax] = limits.logBytesMax;
  numbers[numberOf.logLinesMax] = logLinesMax;
  numbers[numberOf.operationsOpenMax] = limits.operationsOpenMax;
  numbers[numberOf.fuelMax] = limits.fuelMax ?? 0;
  numbers[numberOf.tableElementsMax] = componentLimits.tableElementsMax;
  numbers[numberOf.tablesMax] = weight * perInstance.tables;
  numbers[numberOf.coreInstancesMax] = weight * perInstance.coreInstances;
}
