import { tool } from '@aria/sdk';

/** Turns bytes around. */
export const reverse = tool({}, (input: { image: Uint8Array; thumbnails?: Uint8Array[] }): Uint8Array => input.image.toReversed());
/** Holds none. */
export const plain = tool({}, (input: { text: string }) => input);
