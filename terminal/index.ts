/** What every command says and asks on a terminal: streams, progress, failures, inputs, outcomes of calls. */
export { type HelpFacts, addExamples } from './command-help.ts';
export { type RunCommand, runCommandLine } from './command-line.ts';
export { type ProcessContext, runProcess } from './command-process.ts';
export { interrupted, usageWrong } from './errors.ts';
export { diffText } from './diff-text.ts';
export { exampleValue } from './example-value.ts';
export { columns, countText, printable, printableInLine, sizeText } from './format.ts';
export { schemaText } from './schema-text.ts';
export type { Progress } from './progress.ts';
export { readInput } from './read-input.ts';
export { sayError, sayWireError } from './say-error.ts';
export { outcomeJson, outputJson, sayLogLine, sayLogs } from './say-outcome.ts';
export type { Terminal } from './terminal.ts';
export { type LogsOptions, addLogsOptions, followLogs } from './follow-logs.ts';
export { type HostOptions, addHostOptions, hostHelp, openHost } from './open-host.ts';
export { canAsk } from './can-ask.ts';
export { packageVersion } from './package-version.ts';
