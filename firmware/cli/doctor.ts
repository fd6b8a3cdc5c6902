/** `aria doctor`: everything that a user can get wrong, each check on its own, with what to do. */
import { CodedError, toWireError } from '#wit/errors';
import { homeHolder } from '../boot/home-lock.ts';
import { composeConfig } from '../config/compose-config.ts';
import { type ConfigSources, homeOf } from '../config/config-sources.ts';
import type { HostConfig } from '../config/host-config.ts';
import { loadHostConfig, locateHost } from '../config/load-config.ts';
import { callChecks } from './doctor-calls.ts';
import { containerChecks } from './doctor-containers.ts';
import { type Check, Fault, type Finding, type Scene } from './doctor-check.ts';
import { homeChecks } from './doctor-home.ts';
import { machineChecks } from './doctor-machine.ts';
import { networkChecks } from './doctor-network.ts';

/** What is examined. */
export interface DoctorSetting {
  readonly sources: ConfigSources;
  readonly nowMs: number;
  /** Of this package. */
  readonly version: string;
  /** Hears of each finding as soon as it is there. */
  readonly found?: (finding: Finding) => void;
  readonly unitFile?: string;
  /** Names of the checks to run; all where absent. */
  readonly only?: readonly string[];
}

const unitFileUsual = '/etc/systemd/system/aria.service';
/** A check that hangs, as on a network disk that is gone, must not keep the others from being seen. */
const checkMsMax = 30_000;

const checks: readonly Check[] = [...machineChecks, ...homeChecks, ...networkChecks, ...callChecks, ...containerChecks];

/** Runs every check, one after the other. Never rejects. */
export async function examine(setting: DoctorSetting): Promise<readonly Finding[]> {
  const scene = await sceneOf(setting);
  const findings: Finding[] = [];
  for (const check of checks) {
    if (setting.only?.includes(check.name) === false) continue;
    const finding = await findingOf(check, scene);
    setting.found?.(finding);
    findings.push(finding);
  }
  return findings;
}

async function findingOf({ name, remedy, look }: Check, scene: Scene): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${checkMsMax / 1000} s`)), checkMsMax);
  });
  try {
    const seen = await Promise.race([Promise.resolve(scene).then(look), late]);
    return typeof seen === 'string' ? { name, fine: true, detail: seen } : { name, fine: true, warning: true, ...seen };
  } catch (thrown) {
    const own = thrown instanceof Fault ? thrown.remedy : thrown instanceof CodedError ? thrown.wire.remedy : remedy;
    return { name, fine: false, detail: toWireError(thrown).message, remedy: own };
  } finally {
    clearTimeout(timer);
  }
}

async function sceneOf({ sources, nowMs, version, unitFile = unitFileUsual }: DoctorSetting): Promise<Scene> {
  const home = homeOf(sources);
  const { runDirectory } = await locateHost(sources);
  return {
    sources,
    nowMs,
    version,
    unitFile,
    home,
    runDirectory,
    config: await configOr(sources),
    holder: holderOf(home),
  };
}

/** A wrong configuration is a finding of its own; the other checks then look with the defaults. */
async function configOr(sources: ConfigSources): Promise<HostConfig> {
  try {
    return await loadHostConfig(sources);
  } catch {
    const flags = { home: homeOf(sources), settings: { 'listen.run_directory': '/run/aria' } };
    return composeConfig({ texts: [] }, { ...sources, environment: {}, flags }).config;
  }
}

/** Where it cannot be looked, the checks of the home say why. */
function holderOf(home: string): Scene['holder'] {
  try {
    return homeHolder(home);
  } catch {
    return 'unknown';
  }
}
