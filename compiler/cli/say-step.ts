/** Tells what a build is at. */
import type { Progress } from '#terminal';
import type { BuildStep } from '../build.ts';

/** A listener for the steps of a build that shows them as progress. */
export function stepTeller(progress: Progress): (step: BuildStep) => void {
  return (step) => progress.step(stepText(step));
}

function stepText(step: BuildStep): string {
  switch (step.kind) {
    case 'read':
      return 'Reading types';
    case 'bundle':
      return 'Bundling sources';
    case 'rebuild':
      return `Building components, ${step.position} of ${step.count}: ${step.tool}`;
    case 'pack':
      return 'Packing the bundle';
    case 'write':
      return 'Writing the bundle';
  }
}
