import * as zod from 'zod';

export const limits = { nameMax: 10 } as const;
export const Person = zod.object({ name: zod.string().max(limits.nameMax), born: zod.date().optional() });
export const Team = Person.extend({ members: Person.array().min(1), title: Person.shape.name.describe('of the team') });
export const base = { inputs: zod.object({ count: zod.int().gt(0) }), retryCount: 2 };
