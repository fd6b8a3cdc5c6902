/** Where the tools of a bundle are to run. `auto`: each where it can; `wasm`: all in the sandbox; `container`: all in containers. */
export const buildTargets = ['wasm', 'container', 'auto'] as const;
export type BuildTarget = (typeof buildTargets)[number];
