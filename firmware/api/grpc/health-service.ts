/** `grpc.health.v1.Health`: whether the host takes calls. Ours, since the status is asked for, not set. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '#wit/errors';
import { type GrpcRequest, type Methods, serverStream, unary } from './method.ts';

/** Between two looks of a watcher, in milliseconds. */
const watchMs = 500;

interface HealthMessage {
  readonly service: string;
}

/** The methods. `services`: names that may be asked for, besides none at all. */
export function healthService(ready: () => boolean, services: ReadonlySet<string>): Methods {
  const statusOf = (service: string): string | undefined => {
    if (service !== '' && !services.has(service)) return undefined;
    return ready() ? 'SERVING' : 'NOT_SERVING';
  };
  return {
    Check: unary(async ({ message }: GrpcRequest<HealthMessage>) => {
      const status = statusOf(message.service);
      if (status !== undefined) return { status };
      throw new CodedError('NOT_FOUND', {
        message: `Cannot tell the health of "${message.service.slice(0, 128)}": the host has no such service`,
        remedy: 'Ask for the service "", which is the host',
      });
    }),
    Watch: serverStream((request: GrpcRequest<HealthMessage>) => watch(request, statusOf), { endless: true }),
  };
}

async function* watch(
  { message, options }: GrpcRequest<HealthMessage>,
  statusOf: (service: string) => string | undefined,
): AsyncGenerator<object> {
  const { signal } = options;
  let last: string | undefined;
  while (!signal.aborted) {
    const status = statusOf(message.service) ?? 'SERVICE_UNKNOWN';
    if (status !== last) yield { status };
    last = status;
    await sleep(watchMs, undefined, { signal, ref: false }).catch(() => {});
  }
}
