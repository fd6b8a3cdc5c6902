/** Where this checkout's native engine is, and where what was built of it is kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { NativePlaces } from './build.ts';

/** The places of this checkout. Results are kept outside of it, so that fresh clones find them. */
export function nativePlaces(): NativePlaces {
  const kept =
    process.env['ARIA_BUILD_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'aria');
  return {
    crate: fileURLToPath(new URL('../../host/native', import.meta.url)),
    cache: join(kept, 'native'),
    out: fileURLToPath(new URL('../../host/native/out', import.meta.url)),
  };
}
