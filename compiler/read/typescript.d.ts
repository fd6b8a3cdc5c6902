/** TypeScript as a library, as `typescript.js` loads it: its type checker, without the files of its library. */
export { ts } from '@ts-morph/common';
