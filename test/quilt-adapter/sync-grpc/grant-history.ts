/**
 * Judges what clients saw: whether there is one order of grants, that of their epochs, which explains all of it.
 *
 * Every grant was made at some moment between its question and its answer, and ended at some moment after its release was asked for, or after its lease. The
 * earliest such moments are taken one after the other in the order of the epochs: where one of them is later than the answer, there is no such order.
 */
import { conflicts, parseToken } from '#wit/tokens';

/** A grant as its client saw it; moments in milliseconds of one clock. */
export interface SeenGrant {
  readonly id: string;
  readonly epoch: number;
  readonly holder: string;
  readonly tokens: readonly string[];
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly leaseMs: number;
  /** When the last renewal that was granted was asked for. */
  renewedMs?: number;
  /** When the release was asked for. */
  releasedMs?: number;
  /** Whether the release was answered. */
  givenBack?: boolean;
}

/** What no order explains; nothing where all is well. */
export function contradictions(seen: readonly SeenGrant[]): readonly string[] {
  const found: string[] = [];
  const placed: { readonly grant: SeenGrant; readonly endMs: number }[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastEpoch = 0;
  for (const grant of seen.toSorted((left, right) => left.epoch - right.epoch)) {
    if (grant.epoch === lastEpoch) found.push(`two grants have the epoch ${grant.epoch}`);
    const blockers = placed.filter(({ grant: earlier }) => exclude(earlier, grant));
    const atMs = Math.max(grant.askedMs, lastMs, ...blockers.map(({ endMs }) => endMs));
    if (atMs > grant.answeredMs) found.push(reasonOf(grant, atMs, blockers));
    const leaseEndMs = Math.max(atMs, grant.renewedMs ?? atMs) + grant.leaseMs;
    placed.push({ grant, endMs: Math.min(leaseEndMs, Math.max(atMs, grant.releasedMs ?? Infinity)) });
    lastMs = Math.min(atMs, grant.answeredMs);
    lastEpoch = grant.epoch;
  }
  return found;
}

function exclude(left: SeenGrant, right: SeenGrant): boolean {
  if (left.holder === right.holder) return false;
  return left.tokens.some((one) => right.tokens.some((other) => conflicts(parseToken(one), parseToken(other))));
}

function reasonOf(
  { epoch, answeredMs }: SeenGrant,
  atMs: number,
  blockers: readonly { readonly grant: SeenGrant; readonly endMs: number }[],
): string {
  const blocker = blockers.find(({ endMs }) => endMs === atMs);
  const late = `${(atMs - answeredMs).toFixed(3)} ms`;
  if (blocker === undefined) return `epoch ${epoch} was answered ${late} before an earlier epoch was asked for`;
  return `epoch ${epoch} was answered ${late} before epoch ${blocker.grant.epoch}, which excludes it, could end`;
}
