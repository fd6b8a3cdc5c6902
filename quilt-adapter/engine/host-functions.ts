/** The host functions by number, as the agent names them; read once. */
import { type OperationName, operationNames } from '#wit/host-types';
import { type HostSignature, hostSignatures } from '#wit/turns';

/** A host function that starts an operation. */
export interface OperationSignature extends HostSignature {
  readonly name: OperationName;
  readonly completion: NonNullable<HostSignature['completion']>;
}

let known: readonly (OperationSignature | undefined)[] | undefined;
let byName: ReadonlyMap<string, OperationSignature> | undefined;

/** By number; none for a function that starts no operation. */
export function operationsByNumber(): readonly (OperationSignature | undefined)[] {
  known ??= hostSignatures().map(({ name, parameters, completion }) => {
    const operation = operationNames.find((found) => found === name);
    return operation && completion ? { name: operation, parameters, completion } : undefined;
  });
  return known;
}

/** By name. */
export function operationByName(name: OperationName): OperationSignature | undefined {
  byName ??= new Map(operationsByNumber().flatMap((found) => (found ? [[found.name, found] as const] : [])));
  return byName.get(name);
}
