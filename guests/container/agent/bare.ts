/** Data that no prototype can speak for. */
import { ownKeys, setPrototypeOf } from './captured.ts';

const { isArray } = Array;
const { create } = Object;

/** A copy without prototypes: a `toJSON` that a tool puts on one would else write the agent's messages. */
export function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<PropertyKey, unknown> = create(null);
  if (!isArray(value)) {
    const keys = ownKeys(value);
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] ?? '';
      copy[key] = bare((value as Readonly<Record<PropertyKey, unknown>>)[key]);
    }
    return copy;
  }
  const list: unknown[] = [];
  setPrototypeOf(list, null);
  for (let index = 0; index < value.length; index += 1) list[index] = bare(value[index]);
  return list;
}
