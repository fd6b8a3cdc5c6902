/** Services of later releases: registered, so that clients are built against the whole package, and refused with a reason. */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { notServedYet } from './errors.ts';
import { type Methods, serverStream, unary } from './method.ts';

/** The services. */
export const laterServices = ['TaskService', 'SessionService', 'ContainerService'] as const;

/** Methods that refuse. */
export function laterMethods(service: string, definition: ServiceDefinition): Methods {
  const refuse = async (): Promise<never> => {
    throw notServedYet(service);
  };
  const refuseStream = (): AsyncIterable<never> => {
    throw notServedYet(service);
  };
  const methods = Object.entries(definition).map(([name, { responseStream }]) => [
    name,
    responseStream ? serverStream(refuseStream, { endless: false }) : unary(refuse),
  ]);
  return Object.fromEntries(methods) as Methods;
}
