/** What a read without the types of containers complains of, and what is said where nobody has installed them. */
import type { Diagnostic, DiagnosticCollector } from '../check/diagnostic.ts';
import { type ContainerTypes, isContainerName } from './container-types.ts';
import { isOfBun } from './node-builtins.ts';

/** TypeScript's "Cannot find name …" with advice about type definitions of Node and of Bun, and without. */
const nameUnknown: ReadonlySet<string> = new Set(['TS2304', 'TS2503', 'TS2552', 'TS2580', 'TS2591', 'TS2868']);
const quoted = /'(?<name>[^']+)'/;

/** Whether a diagnostic is about something that a container has. */
export function missesContainer({ code, message }: Diagnostic): boolean {
  if (code === 'NODE_BUILTIN') return true;
  const name = quoted.exec(message)?.groups?.['name'];
  return nameUnknown.has(code) && name !== undefined && isContainerName(name);
}

/** Says once for Node and once for Bun that what is used of it is not checked. */
export function warnOfMissingTypes(
  missed: readonly Diagnostic[],
  { missing }: ContainerTypes,
  collector: DiagnosticCollector,
): void {
  const ofBun = (diagnostic: Diagnostic): boolean => isOfBun(wordOf(diagnostic)) || wordOf(diagnostic) === 'Bun';
  for (const kind of missing) {
    const first = missed.find((diagnostic) => ofBun(diagnostic) === (kind === 'bun'));
    if (first === undefined) continue;
    const { file, line, column } = first;
    collector.report(
      { file, line, column, ...(first.endColumn === undefined ? {} : { endColumn: first.endColumn }) },
      {
        code: 'CONTAINER_TYPES_MISSING',
        severity: 'warning',
        message: `Cannot check what is used of "${wordOf(first)}": the types of ${kind === 'bun' ? 'Bun' : 'Node'} are not installed`,
        remedy: `Install them: npm install --save-dev @types/${kind}`,
      },
    );
  }
}

function wordOf({ message }: Diagnostic): string {
  return /["'](?<word>[^"']+)["']/.exec(message)?.groups?.['word'] ?? '';
}
