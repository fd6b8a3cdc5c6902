/** The packages that each of our sides needs, out of all descriptors: what is loaded costs the boot of a host, and is listed by its reflection. */
import { descriptorText } from './generated.ts';

/** A namespace as protobufjs writes it in JSON. */
export interface DescriptorNamespace {
  readonly nested?: Readonly<Record<string, DescriptorNamespace>>;
}

/** What a host serves to its clients: `aria.v1`, and what every gRPC server has. */
export function hostDescriptor(): DescriptorNamespace {
  const { quilt: _, ...nested } = allPackages();
  return { nested };
}

/** What the token scheduler serves: `quilt.sync.v1`, and the wire error that its refusals carry. */
export function syncDescriptor(): DescriptorNamespace {
  const { aria, google = {}, quilt } = allPackages();
  const { WireError = {} } = aria?.nested?.['v1']?.nested ?? {};
  const sync = quilt?.nested?.['sync'] ?? {};
  return { nested: { aria: { nested: { v1: { nested: { WireError } } } }, google, quilt: { nested: { sync } } } };
}

/** What a public Quilt daemon serves: `quilt`. */
export function quiltDescriptor(): DescriptorNamespace {
  const { quilt } = allPackages();
  const { sync: _, ...nested } = quilt?.nested ?? {};
  return { nested: { quilt: { ...quilt, nested } } };
}

function allPackages(): Readonly<Record<string, DescriptorNamespace>> {
  return (JSON.parse(descriptorText) as DescriptorNamespace).nested ?? {};
}
