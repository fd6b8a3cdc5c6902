/** Configurations for tests: texts instead of files. */
import { type LoadedConfig, composeConfig } from '../../../firmware/config/compose-config.ts';
import type { ConfigSources } from '../../../firmware/config/config-sources.ts';
import type { HostConfig } from '../../../firmware/config/host-config.ts';
import { CodedError } from '#wit/errors';

/** A user without any setting. */
export const plainSources: ConfigSources = {
  flags: {},
  environment: {},
  userHome: '/home/user',
  currentDirectory: '/home/user/project',
  uid: 1000,
};

/** The settings that one text comes to; its file is `/etc/aria.toml`. */
export function configOf(text: string, sources: Partial<ConfigSources> = {}): HostConfig {
  return loadedOf([text], sources).config;
}

/** The same of several files, `/etc/aria.toml`, `/etc/aria1.toml` and so on, the least one first. */
export function loadedOf(texts: readonly string[], sources: Partial<ConfigSources> = {}): LoadedConfig {
  return composeConfig(
    { texts: texts.map((text, index) => ({ file: `/etc/aria${index || ''}.toml`, text })) },
    { ...plainSources, ...sources },
  );
}

/** The error that a text is refused with. */
export function refusalOf(text: string, sources: Partial<ConfigSources> = {}): CodedError {
  try {
    configOf(text, sources);
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  throw new Error('It was taken');
}
