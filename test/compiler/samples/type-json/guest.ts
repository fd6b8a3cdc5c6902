import { type Json, type ToolValue, tool } from '@aria/sdk';

/** Takes any JSON. */
export const any = tool({}, (input: { data: Json; maybe?: Json; free: ToolValue; list: Json[] }): Json => input.data);
