import { textStats } from '../three-tools/text-stats.ts';

/** The export of the world. */
export function run(input: string): string {
  return JSON.stringify(textStats((JSON.parse(input) as { text: string }).text));
}
