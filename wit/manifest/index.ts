/** The manifest of a bundle: schema, defaults, maxima, parser. */
export {
  abiVersion,
  containerDefaults,
  containerMinima,
  manifestFormat,
  manifestMaxima,
  orchestrationDefaults,
  settingsDefaults,
  toolDefaults,
} from './limits.ts';
export { bundleFacts } from './bundle-facts.ts';
export { isBundleName } from './dependencies.ts';
export { isComponentName } from './fields.ts';
export {
  type Manifest,
  type ManifestFile,
  type ManifestTool,
  manifestSchema,
  resourceNames,
  toolEffects,
  toolTrusts,
} from './manifest.ts';
export { type ManifestAgent, type ManifestTeam, agentMemories, strategyNames } from './orchestration.ts';
export {
  type ComparisonOperator,
  type ManifestPipeline,
  type ManifestStep,
  type StepCondition,
  type StepValue,
  comparisonOperators,
} from './pipeline.ts';
export { type ManifestSettings } from './settings.ts';
export { type TokenSources, agentTokens, pipelineTokens, teamTokens } from './component-tokens.ts';
export { parseManifest } from './parse-manifest.ts';
export { manifestJsonSchema } from './publish.ts';
export { type ComponentReference, splitReference } from './references.ts';
export { type OrderedStep, stepCycle } from './step-order.ts';
export { conditionText, pathText, stepValueText } from './step-text.ts';
