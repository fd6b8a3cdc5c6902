/** TypeScript as a library. In JavaScript, since only a declaration file gives one name both its value and its types. */
import { loadTypeScript } from './load-typescript.ts';

export const ts = loadTypeScript();
