/** Reads the text of a file of configuration, which a project may have or not. */
import { systemState } from '#wit/errors';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnosticCollector } from '../check/diagnostic.ts';

/** The text without a byte order mark; none where there is no such file, or where it cannot be read, which is reported. */
export function readConfigText(directory: string, file: string, collector: DiagnosticCollector): string | undefined {
  const path = join(directory, file);
  try {
    // A pipe would be waited for.
    if (statSync(path).isFile()) return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    reportUnreadable(file, 'it is no regular file', collector);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') reportUnreadable(file, systemState(error), collector);
  }
  return undefined;
}

function reportUnreadable(file: string, state: string, collector: DiagnosticCollector): void {
  collector.report(
    { file, line: 1, column: 1 },
    {
      code: 'PROJECT_INVALID',
      message: `Cannot read "${file}": ${state}`,
      remedy: 'Put a file there that you may read, or remove what is there',
    },
  );
}
