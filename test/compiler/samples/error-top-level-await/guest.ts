import { tool } from '@aria/sdk';

const started = await Promise.resolve(1);
for await (const part of [1, 2]) console.log(part);
/** Is fine itself. */
export const late = tool({}, async () => await Promise.resolve(started));
export class Fine {
  static later = async (): Promise<number> => await Promise.resolve(2);
}
