/** A data directory to examine. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Finding } from '../../../firmware/cli/doctor-check.ts';
import { type DoctorSetting, examine } from '../../../firmware/cli/doctor.ts';
import type { ConfigSources } from '../../../firmware/config/config-sources.ts';

export const nowMs = Date.parse('2026-11-21T12:00:00Z');

export interface PatientHome extends Disposable {
  /** Holds the home, the files of system and user, and the unit. */
  readonly base: string;
  readonly home: string;
  sources(changes?: Partial<ConfigSources>): ConfigSources;
  /** What one check finds. */
  check(name: string, changes?: Partial<DoctorSetting>): Promise<Finding>;
  /** Writes a file of the home. */
  put(path: string, text: string | Uint8Array, mode?: number): string;
}

export function patientHome(): PatientHome {
  const base = mkdtempSync(join(tmpdir(), 'aria-doctor-'));
  const home = join(base, 'home');
  mkdirSync(home, { mode: 0o700 });
  const sources = (changes: Partial<ConfigSources> = {}): ConfigSources => ({
    flags: { home },
    environment: {},
    userHome: join(base, 'user'),
    currentDirectory: base,
    uid: process.getuid?.(),
    systemFile: join(base, 'etc.toml'),
    ...changes,
  });
  return {
    base,
    home,
    sources,
    async check(name, changes = {}) {
      const unitFile = join(base, 'aria.service');
      const [finding] = await examine({
        sources: sources(),
        nowMs,
        version: '0.1.0',
        unitFile,
        only: [name],
        ...changes,
      });
      if (finding === undefined) throw new Error(`there is no check "${name}"`);
      const remedyWanted = !finding.fine || finding.warning === true;
      if ((finding.remedy !== undefined) !== remedyWanted)
        throw new Error(`a remedy too many or too few: ${JSON.stringify(finding)}`);
      return finding;
    },
    put(path, text, mode = 0o600) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, text, { mode });
      chmodSync(file, mode);
      return file;
    },
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}
