import { join } from 'node:path';

export type Unused = string;
export const joined = join('a', 'b');
