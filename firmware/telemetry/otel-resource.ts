/** Who tells all this, in OpenTelemetry's words. Loaded with the SDK. */
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';

/** The host that tells. */
export interface ResourceFacts {
  readonly version: string;
  /** Of this run of the host: its epoch. */
  readonly instance: string;
}

/** The resource of this host. */
export function createResource({ version, instance }: ResourceFacts): Resource {
  return resourceFromAttributes({
    'service.name': 'aria',
    'service.version': version,
    'service.instance.id': instance,
  });
}
