/**
 * The daemon as published takes every character out of a container's command that is not in `[A-Za-z0-9._/:-]`, the blanks between arguments
 * included: `/bin/sleep 30` runs `/bin/sleep30`. Only a command of one plain word arrives as it left.
 */

const plainWord = /^[A-Za-z0-9._/:-]+$/;

/** Whether the filter leaves this command as it is. */
export function survivesFilter(command: readonly string[]): boolean {
  return command.length === 1 && plainWord.test(command[0] ?? '');
}

/** What the daemon would run instead, for the message that refuses it. */
export function filteredCommand(command: readonly string[]): string {
  return command.join('').replaceAll(/[^A-Za-z0-9._/:-]+/g, '');
}
