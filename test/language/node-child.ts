/** Runs every case in this Node, one after another, and prints the results as one JSON array. A process of its own, for its globals. */
import process from 'node:process';
import { type CaseResult, languageCases, runCaseText } from './cases.ts';

// Some cases leave a rejection behind on purpose; the guest has no such event either.
process.on('unhandledRejection', () => {});
const runCase: (source: string) => Promise<CaseResult> = new Function(`${runCaseText}; return runCase`)();
const results: CaseResult[] = [];
for (const { source } of languageCases) results.push(await runCase(source));
process.stdout.write(JSON.stringify(results));
