/** Where a schema may say something else than TypeScript, each with the reason. Anything else that differs is a fault of the derivation. */
import type { Difference } from './differences.ts';
import { objectShapes } from './type-shape.ts';
import { type TemplatePart, someNode } from './type-node.ts';
import { type Value, isObject } from './random-value.ts';

/** A row. */
interface KnownDifference {
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

/** All rows. */
const knownDifferences: readonly KnownDifference[] = [
  {
    reason:
      'A text that may be a time or a number as well cannot be told apart once it is JSON, so that there is no schema',
    covers: ({ kind, reason }) => kind === 'no schema' && /both are text in JSON/.test(reason),
  },
  {
    reason:
      'TypeScript refuses what has nothing in common with a type of optional properties; an output may carry anything more',
    covers: ({ kind, type }) =>
      kind === 'output too loose' &&
      someNode(type, (node) =>
        objectShapes(node).some(({ properties }) => properties.every(({ optional }) => optional)),
      ),
  },
  {
    reason: 'JSON Schema has no word for elements after a number of elements that is not known',
    covers: ({ kind, reason }) => kind === 'no schema' && /a tuple whose rest is not last/.test(reason),
  },
  {
    reason: 'To TypeScript blank space is a number, and so is a number with blank space around it',
    covers: ({ kind, type, value }) =>
      kind.endsWith('strict') &&
      someNode(type, (node) => node.kind === 'template' && node.parts.some(isNumberPart)) &&
      someValue(value, (own) => typeof own === 'string' && own.includes(' ')),
  },
  {
    reason:
      'TypeScript cuts a text where a template could first go on, one character for each placeholder in front of another, and never goes back',
    covers: ({ kind, type }) =>
      kind.endsWith('loose') &&
      someNode(type, (node) => node.kind === 'template' && node.parts.filter(isOpenPart).length > 1),
  },
  {
    reason: 'Lists, bytes and texts have numbers for keys, but they are no objects in JSON',
    covers: ({ kind, type, value }) =>
      kind.endsWith('strict') &&
      someNode(type, (node) => node.kind === 'object' && node.index?.key === 'number') &&
      someValue(value, (own) => typeof own === 'string' || own instanceof Uint8Array || Array.isArray(own)),
  },
  {
    reason: 'To a JSON Schema bytes are an object, with their indexes as names, and only `aria:blob` knows more',
    covers: ({ kind, type, value }) =>
      kind.endsWith('loose') &&
      someNode(type, (node) => objectShapes(node).length > 0) &&
      someValue(value, (own) => own instanceof Uint8Array),
  },
];

/** Whether a difference is as it should be. */
export function isKnown(difference: Difference): boolean {
  return knownDifferences.some(({ covers }) => covers(difference));
}

/** Whether a part is a placeholder of any text; TypeScript writes the others out. */
function isOpenPart(part: TemplatePart): boolean {
  return 'placeholder' in part && ['string', 'number', 'bigint'].includes(part.placeholder);
}

/** Whether a part is a placeholder of a number. */
function isNumberPart(part: TemplatePart): boolean {
  return 'placeholder' in part && part.placeholder === 'number';
}

function someValue(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (Array.isArray(value)) return value.some((item) => someValue(item, test));
  return isObject(value) && Object.values(value).some((own) => someValue(own, test));
}
