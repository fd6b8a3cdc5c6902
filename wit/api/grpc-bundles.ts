/** Bundles and upgrades as messages of `aria.v1`, and back. */
import type { BundleDiff } from '#wit/diff';
import { parseJson } from '#wit/values';
import type { InstallResult, Upgrade } from './bundles.ts';

/** `Upgrade`. */
export interface UpgradeMessage extends Omit<Upgrade, 'diff'> {
  readonly diffJson?: string;
}

/** `UploadBundleResponse`. */
export interface InstallResultMessage extends Omit<InstallResult, 'upgrade'> {
  readonly bundleId: string;
  readonly success: boolean;
  readonly upgrade?: UpgradeMessage;
}

/** `BundleMetadata`. */
export interface BundleMetadataMessage {
  readonly name: string;
  readonly totalSizeBytes: number;
  readonly hash: string;
  readonly signature?: string | undefined;
  readonly offset: number;
  readonly allowDowngrade: boolean;
}

/** Longest chunk of an upload, in bytes: several of them wait in the buffers of a stream. */
export const uploadChunkBytesMax = 1024 * 1024;

/** The message of an upgrade. */
export function upgradeToMessage({ diff, ...rest }: Upgrade): UpgradeMessage {
  return { ...rest, ...(diff !== undefined && { diffJson: JSON.stringify(diff) }) };
}

/** The upgrade of a message. */
export function upgradeFromMessage({ diffJson, ...rest }: UpgradeMessage): Upgrade {
  return { ...rest, ...(diffJson !== undefined && { diff: parseJson(diffJson) as BundleDiff }) };
}

/** The response of an upload. */
export function installResultToMessage({ upgrade, ...rest }: InstallResult): InstallResultMessage {
  const id = { bundleId: `${rest.name}@${rest.version}`, success: true };
  return { ...rest, ...id, ...(upgrade !== undefined && { upgrade: upgradeToMessage(upgrade) }) };
}

/** What an installation came to. */
export function installResultFromMessage(message: InstallResultMessage): InstallResult {
  const { bundleId: _, success: _success, upgrade, ...rest } = message;
  return { ...rest, ...(upgrade !== undefined && { upgrade: upgradeFromMessage(upgrade) }) };
}
