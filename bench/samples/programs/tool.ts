import { textStats } from '../three-tools/text-stats.ts';

const input: { text: string } = JSON.parse(process.argv[2] ?? '{"text":""}');
console.log(JSON.stringify(textStats(input.text)));
