/** `aria.v1.NotificationService`: changes of bundles, as clients of older systems know them. */
import type { EventKind, HostEvent } from '#wit/api';
import { type GrpcRequest, type Methods, serverStream } from './method.ts';

/** What is told, and whether it is a success. */
const told: Partial<Record<EventKind, { readonly message: string; readonly success: boolean }>> = {
  'bundle.uploaded': { message: 'uploaded', success: true },
  'bundle.installed': { message: 'installed', success: true },
  'bundle.activated': { message: 'activated', success: true },
  'bundle.rolled-back': { message: 'rolled back', success: true },
  'bundle.removed': { message: 'removed', success: true },
  'bundle.quarantined': { message: 'quarantined: its content is corrupt', success: false },
  'upgrade.waiting': { message: 'waits for an approval', success: true },
  'upgrade.approved': { message: 'approved', success: true },
  'upgrade.rejected': { message: 'rejected', success: false },
};
const kinds = Object.keys(told) as EventKind[];

/** The methods. */
export const notificationService: Methods = {
  StreamNotifications: serverStream((request: GrpcRequest<object>) => notifications(request), { endless: true }),
};

async function* notifications({ api, options }: GrpcRequest<object>): AsyncGenerator<object> {
  for await (const event of api.events({ ...options, kinds })) {
    const message = notification(event);
    if (message !== undefined) yield message;
  }
}

function notification({ epoch, sequence, atMs, kind, data }: HostEvent): object | undefined {
  const known = told[kind];
  if (known === undefined) return undefined;
  const text = (field: string): string | undefined => (typeof data[field] === 'string' ? data[field] : undefined);
  return {
    id: `${epoch}-${sequence}`,
    timestamp: { seconds: Math.floor(atMs / 1000), nanos: Math.floor((atMs % 1000) * 1e6) },
    bundleUpload: {
      bundleName: text('name') ?? text('file') ?? '',
      progressPercent: 100,
      statusMessage: known.message,
      success: known.success,
      ...(!known.success && { errorMessage: text('reason') ?? known.message }),
    },
  };
}
