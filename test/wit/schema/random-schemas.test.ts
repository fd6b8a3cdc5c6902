import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSchemas, valueFits } from '#wit/schema';
import { Random, fuzzCases, fuzzSeed, fuzzTimeoutMs } from '../../fuzz.ts';
import { compileWithAjv, nearSchema, schemaArbitrary, valueNear } from './random-schemas.ts';

/** Each case compiles schemas, so a tenth of the usual number of cases takes as long. */
const settings = { numRuns: Math.ceil(fuzzCases() / 10), seed: fuzzSeed() };
/** Values that are tried for each pair of schemas. */
const valuesPerPair = 12;

/**
 * What ajv says; nothing for a reference that goes round in circles without a step into the value, and nothing where what ajv has written
 * fails by itself, as for alternatives beside `patternProperties` of which one allows nothing else and one everything.
 */
function accepts(validate: (value: unknown) => unknown, value: unknown): boolean | undefined {
  try {
    return validate(value) === true;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

describe('random schemas of the vocabulary', () => {
  test(
    'valueFits says what ajv says, and is never uncertain',
    () => {
      fc.assert(
        fc.property(schemaArbitrary, fc.nat(), (schema, seed) => {
          const random = new Random(seed);
          const validate = compileWithAjv(schema);
          for (let index = 0; index < valuesPerPair; index += 1) {
            const value = valueNear(schema, random);
            const [accepted, said] = [accepts(validate, value), valueFits(value, schema)];
            const expected = accepted === undefined ? said : accepted ? 'fits' : 'misfits';
            expect([value, said]).toEqual([value, expected]);
          }
        }),
        settings,
      );
    },
    fuzzTimeoutMs,
  );

  test(
    'where compareSchemas says "fits", no value that ajv accepts for the source is refused for the target; where it says "misfits", a witness shows it',
    () => {
      const verdicts = { fits: 0, misfits: 0, uncertain: 0 };
      fc.assert(
        fc.property(schemaArbitrary, schemaArbitrary, fc.nat(), (source, other, seed) => {
          const random = new Random(seed);
          const target = nearSchema(random.oneIn(4) ? other : source, other, random);
          const { verdict, findings } = compareSchemas(source, target);
          verdicts[verdict] += 1;
          const [inSource, inTarget] = [compileWithAjv(source), compileWithAjv(target)];
          expect(findings.length > 0).toBe(verdict !== 'fits');
          expect(findings.some(({ certain }) => certain)).toBe(verdict === 'misfits');
          for (const { certain, witness } of findings) {
            expect(certain).toBe(witness !== undefined);
            if (witness === undefined) continue;
            const judged = [accepts(inSource, witness.value), accepts(inTarget, witness.value)];
            if (!judged.includes(undefined)) expect([witness.value, ...judged]).toEqual([witness.value, true, false]);
          }
          for (let index = 0; verdict !== 'misfits' && index < valuesPerPair; index += 1) {
            const value = valueNear(index % 3 === 0 ? target : source, random);
            if (verdict === 'fits' && accepts(inSource, value) === true && accepts(inTarget, value) !== undefined)
              expect([value, accepts(inTarget, value)]).toEqual([value, true]);
          }
        }),
        settings,
      );
      // A comparison that always shrugs would pass everything above.
      expect(verdicts.fits).toBeGreaterThan(settings.numRuns / 10);
      expect(verdicts.misfits).toBeGreaterThan(settings.numRuns / 10);
      expect(verdicts.uncertain).toBeLessThan(settings.numRuns / 10);
    },
    fuzzTimeoutMs,
  );
});
