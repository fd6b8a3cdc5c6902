/** What a check of `aria doctor` is: it looks, and says what it saw, what is worth a warning, or what is wrong. */
import type { ConfigSources } from '../config/config-sources.ts';
import type { HostConfig } from '../config/host-config.ts';
import type { HomeHolder } from '../boot/home-lock.ts';

/** What a check found. */
export interface Finding {
  readonly name: string;
  /** A warning is fine, too. */
  readonly fine: boolean;
  /** Works, and the reader should know. */
  readonly warning?: true;
  /** What was seen, or what is wrong. */
  readonly detail: string;
  /** What to do; only where it is not fine, or a warning. */
  readonly remedy?: string;
}

/** What the checks look at. */
export interface Scene {
  readonly sources: ConfigSources;
  readonly nowMs: number;
  /** Absolute; may not exist. */
  readonly home: string;
  readonly runDirectory: string;
  /** The settings, those of the defaults where the configuration is wrong. */
  readonly config: HostConfig;
  /** Who has the home. */
  readonly holder: 'free' | HomeHolder | 'unknown';
  /** The unit that systemd reads; another file in tests. */
  readonly unitFile: string;
  readonly version: string;
}

/** Something that works, and that the reader should know. */
export interface Warning {
  readonly detail: string;
  readonly remedy: string;
}

/** One thing that a user can get wrong. */
export interface Check {
  readonly name: string;
  /** Where what is thrown has none of its own. */
  readonly remedy: string;
  /** Gives what was seen; throws what is wrong. */
  readonly look: (scene: Scene) => string | Warning | Promise<string | Warning>;
}

/** Something is wrong, and this is what to do. */
export class Fault extends Error {
  readonly remedy: string;

  constructor(state: string, remedy: string) {
    super(state);
    this.name = 'Fault';
    this.remedy = remedy;
  }
}
