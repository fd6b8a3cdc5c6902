/** Every operation of `aria:host` as JSON, made from the WIT: an operation that is added there is served here without a line. */
import { type HostFunction, type HostPackage, loadHostPackage } from '#wit/host-package';
import { type OperationName, operationNames } from '#wit/host-types';
import { pointerPart } from '#wit/values';
import { type BodyForm, BytesReader, type RequestBody } from './bytes.ts';
import { bodyInvalid } from './errors.ts';
import { type ValueForm, camelCase, valueForm } from './value-form.ts';

/** What an operation takes. */
export interface OperationArguments {
  readonly args: readonly unknown[];
  readonly blobs: readonly Uint8Array[];
}

/** An operation as JSON. */
export interface OperationForm {
  readonly name: OperationName;
  /** Reads the arguments of a body, all of them. @throws {CodedError} `INPUT_INVALID`. */
  readArguments(args: unknown, form: BodyForm): OperationArguments;
  /** Writes the value of a completion; `null` for an operation that has none. */
  writeValue(value: unknown, form: BodyForm): unknown;
}

let forms: ReadonlyMap<string, OperationForm> | undefined;

/** The forms of all operations, by name; made once. */
export function operationForms(): ReadonlyMap<string, OperationForm> {
  return (forms ??= loadForms());
}

function loadForms(): ReadonlyMap<string, OperationForm> {
  const host = loadHostPackage();
  const loaded = new Map<string, OperationForm>();
  for (const name of operationNames) {
    const found = host.functions.find((known) => `${known.interface}.${known.name}` === name);
    if (found) loaded.set(name, operationForm(host, name, found));
  }
  return loaded;
}

function operationForm(host: HostPackage, name: OperationName, found: HostFunction): OperationForm {
  const parameters = found.parameters.map((parameter) => ({
    name: camelCase(parameter.name),
    form: valueForm(host, found.interface, parameter.type),
  }));
  const ok = found.completion?.ok;
  const value = ok && valueForm(host, found.interface, ok);
  return {
    name,
    readArguments: (args, form) => readArguments(args, parameters, form),
    writeValue: (given, form) => (value ? value.write(given, form) : null),
  };
}

interface Parameter {
  readonly name: string;
  readonly form: ValueForm;
}

function readArguments(args: unknown, parameters: readonly Parameter[], form: BodyForm): OperationArguments {
  const names = parameters.map(({ name }) => name).join(', ');
  // Fewer are too few even where the last ones may be none: what a body means must not change with the WIT.
  if (!Array.isArray(args) || args.length !== parameters.length)
    throw bodyInvalid('/args', `it is not a list of ${parameters.length}`, `Send {"args": [${names}]}`);
  const reading = { bytes: new BytesReader(form), blobs: [] as Uint8Array[] };
  const read = parameters.map((parameter, index) =>
    parameter.form.read(args[index], `/args${pointerPart(index)}`, reading),
  );
  return { args: read, blobs: reading.blobs };
}

/** Reads a body of `POST /operations/…`. @throws {CodedError} `INPUT_INVALID`. */
export function operationArguments(form: OperationForm, body: RequestBody): OperationArguments {
  const { json } = body;
  if (typeof json !== 'object' || json === null || Array.isArray(json) || Object.keys(json).join() !== 'args')
    throw bodyInvalid('', 'it is no object with "args" alone', 'Send {"args": […]}');
  return form.readArguments((json as { readonly args: unknown }).args, body.form);
}
