import { gone } from './gone.ts';
export function broken( {
