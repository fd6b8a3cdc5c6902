import { tool } from '@aria/sdk';
import humanizeDuration from 'humanize-duration';

export const humanizeDurationTool = tool({ description: 'Durations in seven languages, with units, rounding and words of one’s own' }, ({ durations }: { durations: number[] }) => ({
  english: durations.map((ms) => humanizeDuration(ms, { largest: 3, round: true, conjunction: ' and ' })),
  others: ['de', 'fr', 'ja', 'ar', 'ru', 'pl'].map((language) => humanizeDuration(98_765_432, { language })),
  units: humanizeDuration(3_600_000 * 49, { units: ['h', 'm'], delimiter: ' + ', spacer: '' }),
  short: humanizeDuration.humanizer({ language: 'short', languages: { short: { y: () => 'y', mo: () => 'mo', w: () => 'w', d: () => 'd', h: () => 'h', m: () => 'm', s: () => 's', ms: () => 'ms' } } })(90_061_000),
}));

export const inputs = [{ durations: [0, 1, 1500, 61_000, 97_320_000, 31_557_600_000 * 2.5, -5000] }];
