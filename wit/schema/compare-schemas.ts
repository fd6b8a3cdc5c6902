/**
 * Whether every value that one schema accepts is accepted by another. `fits` is proved case by case; a `misfit` is shown by a value that
 * the source accepts and the target refuses, so neither is a guess. Everything else is `uncertain`, with what could not be ruled out.
 */
import { withinTarget } from './compare-case.ts';
import { type Comparing, comparisonKey, haveSameDefinitions, isSameSchema } from './comparing.ts';
import { type FindingKind, type Found, findingsMax, merged, tooComplex } from './finding.ts';
import { type SchemaDocument, Work, openDocument } from './schema-document.ts';
import { readSchema } from './schema-facts.ts';
import { casesOf } from './source-cases.ts';
import { type Verdict, checkValue } from './value-fits.ts';
import { isEmpty } from './witness-of-case.ts';

/** A place where a value of the source does not, or may not, fit the target. */
export interface Finding {
  readonly kind: FindingKind;
  /** Whether a value of the source certainly does not fit there; then there is a witness. */
  readonly certain: boolean;
  /** JSON pointer into the value (RFC 6901); a part `*` is any item, or any property that has no name of its own. */
  readonly pointer: string;
  /** What is wrong at the place, as the rest of a sentence: "may be a string, but has to be a number". */
  readonly message: string;
  /** A whole value that the source accepts and the target refuses. Bytes are `Uint8Array`. */
  readonly witness?: { readonly value: unknown };
}

/** What a comparison came to. */
export interface Comparison {
  readonly verdict: Verdict;
  /** Certain ones first; none where every value fits. */
  readonly findings: readonly Finding[];
}

/** Steps of a proof, and of the search for witnesses: what honest schemas need is some thousands. */
const proofStepsMax = 100_000;
const witnessStepsMax = 200_000;
/** What a budget is for: as many comparisons where each takes all that one may, and a hundred times as many honest ones. */
const comparisonsMax = 20;
/** Values inside of each other that a proof goes into, each one a level. */
const depthMax = 60;

/** What several comparisons may cost together; once it is spent, they are uncertain. */
export interface ComparisonBudget {
  readonly proof: Work;
  readonly witness: Work;
}

/** A budget for the comparisons of one request, however many schemas it holds; `comparisons`: how many of the worst it is for. */
export function comparisonBudget(comparisons = comparisonsMax): ComparisonBudget {
  return { proof: new Work(proofStepsMax * comparisons), witness: new Work(witnessStepsMax * comparisons) };
}

/** Compares two schemas; either may be anything that JSON can be, and the work on it is bounded. */
export function compareSchemas(source: unknown, target: unknown, budget?: ComparisonBudget): Comparison {
  const documents = [openDocument(source), openDocument(target)] as const;
  const [sourceDocument, targetDocument] = documents;
  if (sourceDocument === undefined || targetDocument === undefined)
    return { verdict: 'uncertain', findings: [possible(tooComplex)] };
  const comparer = new Comparer({ source: sourceDocument, target: targetDocument }, budget);
  const found = merged(comparer.compare([source], target)).slice(0, findingsMax);
  const findings = found
    .map((finding) => comparer.judge(finding))
    .sort((a, b) => Number(b.certain) - Number(a.certain));
  const certain = findings.some((finding) => finding.certain);
  return { verdict: certain ? 'misfits' : findings.length > 0 ? 'uncertain' : 'fits', findings };
}

function possible({ kind, pointer, message }: Found): Finding {
  return { kind, certain: false, pointer, message };
}

class Comparer implements Comparing {
  readonly source: SchemaDocument;
  readonly target: SchemaDocument;
  readonly work: Work;
  readonly witnessWork: Work;
  readonly sameDefinitions: boolean;
  /** Comparisons that are under way, with their depth: what a recursive type may rely on, since each round goes deeper into the value. */
  readonly #active = new Map<string, number>();
  readonly #done = new Map<string, readonly Found[]>();
  /** The outermost comparison that was relied on. */
  #reliedOn = Infinity;

  constructor(
    { source, target }: { readonly source: SchemaDocument; readonly target: SchemaDocument },
    budget: ComparisonBudget | undefined,
  ) {
    this.work = new Work(proofStepsMax, budget?.proof);
    this.witnessWork = new Work(witnessStepsMax, budget?.witness);
    this.source = source;
    this.target = target;
    this.sameDefinitions = haveSameDefinitions(source.root, target.root);
  }

  compare(schemas: readonly unknown[], target: unknown): readonly Found[] {
    if (target === true) return [];
    if (schemas.some((schema) => isSameSchema(schema, target, this.sameDefinitions))) return [];
    const key = comparisonKey(schemas, target);
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const activeAt = this.#active.get(key);
    if (activeAt !== undefined) {
      this.#reliedOn = Math.min(this.#reliedOn, activeAt);
      return [];
    }
    return this.#compareAnew(schemas, target, key);
  }

  #compareAnew(schemas: readonly unknown[], target: unknown, key: string): readonly Found[] {
    const depth = this.#active.size;
    if (!this.work.spend() || depth > depthMax) return [tooComplex];
    const outer = this.#reliedOn;
    this.#reliedOn = Infinity;
    this.#active.set(key, depth);
    const found = this.#compareCases(schemas, target);
    this.#active.delete(key);
    // A proof that relies on one that is not finished holds only together with it.
    if (found.length > 0 || this.#reliedOn >= depth) this.#done.set(key, found);
    this.#reliedOn = Math.min(outer, this.#reliedOn < depth ? this.#reliedOn : Infinity);
    return found;
  }

  #compareCases(schemas: readonly unknown[], target: unknown): readonly Found[] {
    const cases = casesOf(schemas, { document: this.source, work: this.work });
    if (cases === undefined) return readSchema(target).never ? [] : [tooComplex];
    const found: Found[] = [];
    for (const source of cases) {
      if (isEmpty(source, this)) continue;
      found.push(...withinTarget(source, target, this));
      if (found.length > findingsMax * 4) break;
    }
    return merged(found).slice(0, findingsMax);
  }

  /** Believes in a witness only after it was checked against both schemas, whole. */
  judge(finding: Found): Finding {
    const { witness } = finding;
    if (witness === undefined) return possible(finding);
    const fitsSource = checkValue(witness.value, this.source.root, { document: this.source, work: this.witnessWork });
    if (fitsSource !== 'fits') return possible(finding);
    const fitsTarget = checkValue(witness.value, this.target.root, { document: this.target, work: this.witnessWork });
    return fitsTarget === 'misfits' ? { ...possible(finding), certain: true, witness } : possible(finding);
  }
}
