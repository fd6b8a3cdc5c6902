import { tool } from '@aria/sdk';

/** A word that there is not. */
export const word = tool({ trust: 'untrustet' as 'untrusted' }, () => 1);
/** Too much and too little. */
export const sizes = tool({ resources: { cpus: 0, processes: 15.5, temporaryMiB: 5000 } }, () => 1);
/** Another name. */
// @ts-expect-error There is none of this name.
export const name = tool({ resources: { cpu: 1 } }, () => 1);
/** No object. */
// @ts-expect-error It is a text.
export const text = tool({ resources: '256MiB' }, () => 1);
/** Not written out. */
export const computed = tool({ resources: { cpus: Number('1') } }, () => 1);
