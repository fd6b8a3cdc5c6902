/** Where a tool runs, and why there: what it needs, what its author asks for, and what the build was told. */
import { type ManifestTool, manifestMaxima } from '#wit/manifest';
import { parseToken } from '#wit/tokens';
import type { BundledTool } from '../emit/bundle-source.ts';
import type { BuildTarget } from '../read/build-target.ts';
import type { ReadTool } from '../read/project.ts';

/**
 * A tool that asks for more compute than this is placed where a compiler makes machine code of it: the guest engine interprets, and computes
 * ten to fifty times slower than Bun. A minute there is a second or two in a container, against whose start it no longer matters.
 */
export const sandboxComputeMsMax = 60_000;

/** Where a tool is placed, as the manifest says it. */
export type Placement = Pick<ManifestTool, 'engine' | 'substrate' | 'placement' | 'native'>;

/** Places a tool that has been bundled. */
export function placeTool(tool: ReadTool, { engine, needs, native }: BundledTool, target: BuildTarget): Placement {
  if (target === 'wasm') return { engine: 'quickjs', substrate: 'wasm' };
  const reasons = [
    ...needs,
    ...askedReasons(tool),
    ...(target === 'container' ? ['the target is "container"'] : []),
  ].map((reason) => reason.slice(0, manifestMaxima.placementCharacters).toWellFormed());
  if (reasons.length === 0) return { engine, substrate: 'wasm' };
  const placement = [...new Set(reasons)].slice(0, manifestMaxima.placementReasons);
  return { engine, substrate: 'container', placement, ...(native && { native }) };
}

/** What the guest engine could run, and had better not. */
function askedReasons({ trust, tokens, computeMs }: ReadTool): readonly string[] {
  const spawning = tokens.filter((token) => parseToken(token).kind === 'spawn');
  return [
    ...(trust === 'untrusted' ? ['its author calls it untrusted'] : []),
    ...spawning.map((token) => `its token "${token}" starts processes`),
    ...(computeMs > sandboxComputeMsMax
      ? [`it asks for ${computeMs} ms of compute, and the sandbox is meant for at most ${sandboxComputeMsMax} ms`]
      : []),
  ];
}
