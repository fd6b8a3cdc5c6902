/** `aria:host` as TypeScript: types of operations, their names and numbers, the codes of their errors. */
export * from './generated.ts';
