import { tool } from '@aria/sdk';

/** Takes them. */
export const take = tool(
  {},
  (_input: {
    place: [latitude: number, longitude: number, height?: number];
    span: readonly [from: Date, to: Date];
    row: [id: bigint, ...values: string[]];
    optional: [string?, boolean?];
  }) => null,
);
