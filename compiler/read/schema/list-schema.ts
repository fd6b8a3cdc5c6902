/** The schemas of arrays and tuples. TypeScript judges the properties of objects in them each time, whatever is around the list. */
import { ts } from '../typescript.js';
import { type Deriving, type Position, deeper } from './deriving.ts';
import type { JsonSchema } from './json-schema.ts';
import { writtenElement } from './type-shapes.ts';

/** The schema of an array. */
export function arraySchema(type: ts.TypeReference, position: Position, derivation: Deriving): JsonSchema {
  const [element] = derivation.scope.checker.getTypeArguments(type);
  const items =
    element &&
    derivation.use(element, {
      ...deeper(position),
      path: `${position.path}[]`,
      written: writtenElement(position.written),
      lenient: false,
    });
  return { type: 'array', items: items ?? {} };
}

/** The schema of a tuple. The names of its elements are their titles: they are all that says what an element is. */
export function tupleSchema(type: ts.TupleTypeReference, position: Position, derivation: Deriving): JsonSchema {
  const { elementFlags, minLength, labeledElementDeclarations: labels } = type.target;
  const elements = derivation.scope.checker.getTypeArguments(type).map((element, index) => {
    const flags = elementFlags[index] ?? 0;
    const schema = derivation.use(element, {
      ...deeper(position),
      path: `${position.path}[${index}]`,
      written: undefined,
      lenient: false,
      ...(flags & ts.ElementFlags.Optional ? { absence: 'dropped' as const } : {}),
    });
    const label = labels?.[index]?.name;
    const named = label !== undefined && ts.isIdentifier(label) && !(flags & ts.ElementFlags.Variable);
    return named && !('$ref' in schema) ? { title: label.text, ...schema } : schema;
  });
  const restIndex = elementFlags.findIndex((flags) => flags & ts.ElementFlags.Variable);
  if (restIndex >= 0 && restIndex < elements.length - 1) {
    return derivation.refuse(type, position, { noun: 'a tuple whose rest is not last', remedy: 'Put the rest last' })
      .schema;
  }
  const fixed = restIndex < 0 ? elements : elements.slice(0, restIndex);
  const items = restIndex < 0 ? false : (elements[restIndex] ?? false);
  if (fixed.length === 0) return items === false ? { type: 'array', maxItems: 0 } : { type: 'array', items };
  const maximum = restIndex < 0 ? { maxItems: fixed.length } : {};
  return { type: 'array', prefixItems: fixed, items, minItems: minLength, ...maximum };
}
