/** What aria.toml says for a whole bundle, as the manifest carries it. Secrets are never part of it. */
import { z } from 'zod';
import { manifestMaxima } from './limits.ts';

const ttlMs = z.int().min(1).max(manifestMaxima.cacheMs);
const memoryTier = z.strictObject({
  ttlMs,
  bytesMax: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
});

/** The settings; a table that aria.toml does not have is absent, and the host's own holds. */
export const settingsSchema = z.strictObject({
  cache: z.strictObject({ enabled: z.boolean(), ttlMs, fastPathThreshold: z.number().min(0).max(1) }).optional(),
  memory: z.strictObject({ shortTerm: memoryTier, longTerm: memoryTier }).optional(),
  streaming: z.strictObject({ intervalMs: z.int().min(1).max(60_000) }).optional(),
});

/** The settings of a bundle. */
export type ManifestSettings = z.infer<typeof settingsSchema>;
