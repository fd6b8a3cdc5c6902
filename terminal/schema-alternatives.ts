/** The alternatives of a schema, for what shows or fills in one of them. */

/** Keywords of a schema, which may be anything. */
export type Keywords = Readonly<Record<string, unknown>>;

/** Whether a value is an object of JSON. */
export function isKeywords(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a schema is any one of; `undefined` where it is one thing. Objects that say beside their alternatives what they share are joined with each. */
export function alternativesOf(schema: Keywords): readonly unknown[] | undefined {
  const { anyOf, oneOf, ...shared } = schema;
  const union = anyOf ?? oneOf;
  if (!Array.isArray(union)) return undefined;
  return isKeywords(shared['properties'])
    ? union.map((one: unknown) => (isKeywords(one) ? joined(shared, one) : one))
    : union;
}

function joined(shared: Keywords, one: Keywords): Keywords {
  const properties = one['maxProperties'] === 0 ? {} : { ...keywordsIn(shared), ...keywordsIn(one) };
  return { ...shared, ...one, properties, required: [...requiredIn(shared), ...requiredIn(one)] };
}

function keywordsIn({ properties }: Keywords): Keywords {
  return isKeywords(properties) ? properties : {};
}

function requiredIn({ required }: Keywords): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}
