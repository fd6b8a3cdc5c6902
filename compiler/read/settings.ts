/** The settings of aria.toml as the manifest carries them. */
import { type ManifestSettings, settingsDefaults } from '#wit/manifest';
import type { Tuning } from './tuning.ts';

const mebibyte = 1024 * 1024;

/** The settings that aria.toml has, the rest of each table filled with its defaults; nothing where it has none. */
export function settingsOf({ settings: { values } }: Tuning): { readonly settings?: ManifestSettings } {
  const number = (key: string, scale: number, otherwise: number): number => {
    const value = values.get(key)?.value;
    return typeof value === 'number' ? Math.round(value * scale) : otherwise;
  };
  const has = (table: string): boolean => [...values.keys()].some((key) => key.startsWith(`${table}.`));
  const { cache, shortTerm, longTerm, streaming } = settingsDefaults;
  const enabled = values.get('cache.enabled')?.value;
  const threshold = values.get('cache.fast_path_threshold')?.value;
  const settings: ManifestSettings = {
    ...(has('cache') && {
      cache: {
        enabled: typeof enabled === 'boolean' ? enabled : cache.enabled,
        ttlMs: number('cache.ttl_sec', 1000, cache.ttlMs),
        fastPathThreshold: typeof threshold === 'number' ? threshold : cache.fastPathThreshold,
      },
    }),
    ...(has('memory') && {
      memory: {
        shortTerm: {
          ttlMs: number('memory.short_term.ttl_sec', 1000, shortTerm.ttlMs),
          bytesMax: number('memory.short_term.max_mb', mebibyte, shortTerm.bytesMax),
        },
        longTerm: {
          ttlMs: number('memory.long_term.ttl_sec', 1000, longTerm.ttlMs),
          bytesMax: number('memory.long_term.max_mb', mebibyte, longTerm.bytesMax),
        },
      },
    }),
    ...(has('streaming') && { streaming: { intervalMs: number('streaming.interval_ms', 1, streaming.intervalMs) } }),
  };
  return Object.keys(settings).length === 0 ? {} : { settings };
}
