/** Homes that hosts of the benchmarks start on. Prepared once, removed by their owner. */
import { rm } from 'node:fs/promises';
import { makeHome } from '../../test/firmware/host/host-under-test.ts';
import { type BundleCount, installBundles } from './many-bundles.ts';

/** A home with installed bundles. */
export interface PreparedHome extends AsyncDisposable {
  readonly home: string;
  readonly tools: number;
}

/** Makes one. */
export async function prepareHome(count: BundleCount): Promise<PreparedHome> {
  const { home, key } = await makeHome();
  const remove = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    await installBundles(home, key, count);
  } catch (error) {
    await remove();
    throw error;
  }
  return { home, tools: count.bundles * count.toolsEach, [Symbol.asyncDispose]: remove };
}
