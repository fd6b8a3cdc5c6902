/** What `arc check --explain` says of each code of the compiler's own. */
import type { DiagnosticCode } from './codes.ts';
import type { Explanation } from './explanation.ts';
import { bundleExplanations } from './explanations-bundle.ts';
import { moduleExplanations } from './explanations-modules.ts';
import { orchestrationExplanations } from './explanations-orchestration.ts';
import { toolExplanations } from './explanations-tools.ts';
import { typeExplanations } from './explanations-types.ts';

/** By code; one that is missing does not compile. */
export const explanations: Readonly<Record<DiagnosticCode, Explanation>> = {
  ...bundleExplanations,
  ...toolExplanations,
  ...typeExplanations,
  ...moduleExplanations,
  ...orchestrationExplanations,
};
