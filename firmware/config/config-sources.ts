/** Where the settings of a host come from, and the places that follow from that alone. */
import { join, resolve } from 'node:path';
import type { SettingKey } from './settings.ts';

/** Flags of a command that say something about the configuration. None holds a secret: others see them in the list of processes. */
export interface HostFlags {
  /** `--home`. */
  readonly home?: string | undefined;
  /** `--config`: a file that has to be there. */
  readonly config?: string | undefined;
  /** `--trust`: public key files, each trusted under its name without `.pub`. */
  readonly trust?: readonly string[] | undefined;
  /** Other flags by the key that they stand for, as a variable of the environment would say it. */
  readonly settings?: Readonly<Partial<Record<SettingKey, string>>> | undefined;
}

/** Where the settings of a host come from. */
export interface ConfigSources {
  readonly flags: HostFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The home directory of the user. */
  readonly userHome: string;
  readonly currentDirectory: string;
  /** Of this process; absent where the system has none. */
  readonly uid: number | undefined;
  /** The system's file; another one in tests. */
  readonly systemFile?: string;
}

/** Bytes of `sun_path` on Linux without the NUL at its end; macOS has 4 less. */
const socketPathBytesMax = 103;
const systemFileUsual = '/etc/aria/aria.toml';
const fileName = 'aria.toml';

/** `$ARIA_HOME`, absolute: the flag, the variable, or `~/.aria`. */
export function homeOf({ flags, environment, userHome, currentDirectory }: ConfigSources): string {
  const wanted = flags.home || environment['ARIA_HOME'];
  return wanted ? resolve(currentDirectory, wanted) : join(userHome, '.aria');
}

/** The directory of the sockets where nothing names one. Homes of their own have sockets of their own, so that several hosts can live on one machine. */
export function usualRunDirectory(sources: ConfigSources): string {
  const home = homeOf(sources);
  if (home !== join(sources.userHome, '.aria')) return join(home, 'run');
  if (sources.uid === 0) return '/run/aria';
  const runtime = sources.environment['XDG_RUNTIME_DIR'];
  return runtime ? join(resolve(runtime), 'aria') : join(home, 'run');
}

/** Why sockets cannot be in a directory, or nothing. */
export function socketPathFault(directory: string): string | undefined {
  const longest = Buffer.byteLength(join(directory, 'api.sock'));
  if (longest <= socketPathBytesMax) return undefined;
  return `the path of a socket in "${directory}" would have ${longest} bytes, more than ${socketPathBytesMax}`;
}

/** The files of a configuration in the order in which they count, the least one first. */
export function configFiles(sources: ConfigSources): readonly { readonly path: string; readonly required: boolean }[] {
  const { flags, environment, userHome, currentDirectory } = sources;
  const userDirectory = environment['XDG_CONFIG_HOME'] || join(userHome, '.config');
  const files = [
    sources.systemFile ?? systemFileUsual,
    join(userDirectory, 'aria', fileName),
    join(homeOf(sources), fileName),
  ].map((path) => ({ path, required: false }));
  const { config } = flags;
  return config === undefined ? files : [...files, { path: resolve(currentDirectory, config), required: true }];
}
