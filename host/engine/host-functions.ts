/** What the host functions of `aria:host` do, as every engine has to know. */
import { type OperationName, hostFunctionNames, operationNames } from '#wit/host-types';

/** A host function: where it is imported, and what it does. */
export interface HostFunction {
  readonly interface: string;
  readonly name: string;
  /** `start`: starts the operation; the rest has no completion. */
  readonly kind: 'start' | 'log' | 'abandon' | 'abandon-stream';
}

/** Every host function, by its number. */
export const hostFunctions: readonly HostFunction[] = hostFunctionNames.map((qualified) => {
  const [interfaceName = '', name = ''] = qualified.split('.');
  return { interface: interfaceName, name, kind: kindOf(qualified) };
});

/** The operation that a host function starts, by its number; none where it starts none. */
export const operationNamesByNumber: readonly (OperationName | undefined)[] = hostFunctionNames.map((name) =>
  operationNames.find((operation) => operation === name),
);

function kindOf(name: (typeof hostFunctionNames)[number]): HostFunction['kind'] {
  switch (name) {
    case 'log.write':
      return 'log';
    case 'timer.clear':
    case 'net.abort':
      return 'abandon';
    case 'llm.close-stream':
      return 'abandon-stream';
    default:
      return 'start';
  }
}
