import { readFileSync } from 'node:fs';

export const low = (path: string): string => readFileSync(path, 'utf8');
