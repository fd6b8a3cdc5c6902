/** JSON Schemas compared: whether every value of one fits another, and whether one value fits. Pure, and bounded for hostile schemas. */
export {
  type Comparison,
  type ComparisonBudget,
  type Finding,
  compareSchemas,
  comparisonBudget,
} from './compare-schemas.ts';
export type { FindingKind } from './finding.ts';
export { type Verdict, valueFits } from './value-fits.ts';
