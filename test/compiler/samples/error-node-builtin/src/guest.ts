import { tool } from '@aria/sdk';
import { readFileSync } from 'node:fs';
import path from 'path';

/** Reads a file. */
export const read = tool({}, () => readFileSync(path.join('a', 'b'), 'utf8'));
/** Uses globals of Node. */
export const env = tool({}, () => process.env['HOME'] ?? Buffer.from('x').toString());
