import { missing } from './missing.ts';
export const text: string = missing + 1;
export const count: number = 'one';
