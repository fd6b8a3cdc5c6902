import { tool } from '@aria/sdk';

type Nullable<T> = T | null;
type Page<T> = { items: T[]; next: Nullable<string> } & Partial<{ total: number }>;

/** Takes it. */
export const take = tool({}, (input: Page<{ id: string }>) => null);
