import { make } from './sdk.ts';

/** Through a module of the project. */
export const reexported = make({}, () => true);
