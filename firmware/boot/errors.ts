/** Why a boot does not get on: one factory for each failure. */
import { CodedError } from '#wit/errors';

/** A phase is not run, because one before it has failed. */
export function bootHalted(phase: string, failed: string): CodedError {
  return new CodedError('BOOT_FAILED', {
    message: `Cannot begin the phase "${phase}": the phase "${failed}" has failed`,
    details: { phase, failed },
  });
}

/** The machine has less than the configuration demands. */
export function machineTooSmall(faults: readonly { readonly state: string; readonly remedy: string }[]): CodedError {
  return new CodedError('BOOT_FAILED', {
    message: `Cannot run on this machine: ${faults.map(({ state }) => state).join('; ')}`,
    remedy: faults.map(({ remedy }) => remedy).join('; '),
    retryable: false,
    details: { faults },
  });
}

/** Another process has the data directory. */
export function homeLocked(
  home: string,
  holder: { readonly pid: number; readonly sinceMs: number; readonly machine: string } | undefined,
): CodedError {
  const who =
    holder === undefined
      ? 'another process has it open'
      : `the process ${holder.pid} of "${holder.machine}" has it open since ${new Date(holder.sinceMs).toISOString()}`;
  const stop = holder === undefined ? 'Stop the host that uses it' : `Stop that host ("kill ${holder.pid}")`;
  return new CodedError('HOME_LOCKED', {
    message: `Cannot open the data directory "${home}": ${who}`,
    remedy: `${stop}, or choose another directory with --home; removing the file "lock" does not free it`,
    details: { home, ...holder },
  });
}

/** The data directory cannot be made or written. */
export function homeUnusable(home: string, state: string, options?: ErrorOptions): CodedError {
  return new CodedError(
    'IO_FAILED',
    {
      message: `Cannot use the data directory "${home}": ${state}`,
      remedy: 'Make it a directory that this user owns and may write, or choose another with --home',
      details: { home },
    },
    options,
  );
}

/** The directory of the sockets is not fit to hold them. */
export function runDirectoryRefused(path: string, state: string, remedy: string): CodedError {
  return new CodedError('IO_FAILED', {
    message: `Cannot use the run directory "${path}": ${state}`,
    remedy,
    retryable: false,
    details: { path },
  });
}

/** A host of another home answers on a socket in the run directory. */
export function socketInUse(path: string): CodedError {
  return new CodedError('HOME_LOCKED', {
    message: `Cannot listen on "${path}": another host answers there`,
    remedy: 'Stop that host, or set listen.run_directory to another directory',
    details: { path },
  });
}

/** The group of the configuration is not known here. */
export function groupUnknown(group: string): CodedError {
  return new CodedError('CONFIG_INVALID', {
    message: `Cannot give the sockets to the group "${group}": there is none of this name`,
    remedy: `Make it with "groupadd ${group}", or correct listen.socket_group`,
    details: { group },
  });
}
