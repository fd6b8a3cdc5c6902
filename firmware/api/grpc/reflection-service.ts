/**
 * `grpc.reflection.v1` and `v1alpha`: what the host serves, for tools like grpcurl. Ours, since the package for it answers without back-pressure
 * and leaves out which file needs which.
 */
import type { PackageDefinition } from '@grpc/proto-loader';
import { grpcStatuses } from '#wit/proto';
import type { Methods } from './method.ts';

/** Packages that messages of others come from; the loader does not say. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
  'aria.v1': ['google.protobuf'],
  'google.rpc': ['google.protobuf'],
};
/** Numbers of fields of `google.protobuf.FileDescriptorProto`, as tags on the wire. */
const tags = { name: 0x0a, package: 0x12, dependency: 0x1a } as const;

interface ReflectionRequest {
  readonly host: string;
  readonly fileByFilename?: string;
  readonly fileContainingSymbol?: string;
  readonly fileContainingExtension?: object;
  readonly allExtensionNumbersOfType?: string;
  readonly listServices?: string;
}

/** The methods. */
export function reflectionService(definition: PackageDefinition): Methods {
  const index = new DescriptorIndex(definition);
  const run = (message: object): object => {
    const request = message as ReflectionRequest;
    return { validHost: request.host, originalRequest: request, ...index.answer(request) };
  };
  return { ServerReflectionInfo: { kind: 'each', run } };
}

/** Files by name and by what they declare. */
class DescriptorIndex {
  readonly #files = new Map<string, Buffer>();
  /** The file of a package. */
  readonly #packages = new Map<string, string>();
  readonly #services: string[] = [];
  readonly #symbols = new Set<string>();

  constructor(definition: PackageDefinition) {
    for (const [name, entry] of Object.entries(definition)) {
      this.#symbols.add(name);
      if ('format' in entry) continue;
      this.#services.push(name);
      for (const method of Object.keys(entry)) this.#symbols.add(`${name}.${method}`);
    }
    const [any] = Object.values(definition).filter((entry) => 'fileDescriptorProtos' in entry);
    for (const file of (any as { fileDescriptorProtos: Buffer[] } | undefined)?.fileDescriptorProtos ?? []) {
      const name = leadingText(file, tags.name, 0);
      const packageName = leadingText(file, tags.package, 2 + Buffer.byteLength(name));
      this.#packages.set(packageName, name);
      this.#files.set(name, file);
    }
    for (const [packageName, needed] of Object.entries(dependencies)) this.#depend(packageName, needed);
  }

  answer(request: ReflectionRequest): object {
    const { fileByFilename, fileContainingSymbol, listServices } = request;
    if (listServices !== undefined)
      return { listServicesResponse: { service: this.#services.map((name) => ({ name })) } };
    if (fileByFilename !== undefined)
      return this.#file(fileByFilename, `there is no file "${fileByFilename.slice(0, 128)}"`);
    if (fileContainingSymbol === undefined) return refused(grpcStatuses.NOT_FOUND, 'there are no extensions');
    const known = this.#symbols.has(fileContainingSymbol);
    const name = known ? this.#packages.get(this.#packageOf(fileContainingSymbol)) : undefined;
    return this.#file(name, `there is no symbol "${fileContainingSymbol.slice(0, 128)}"`);
  }

  #file(name: string | undefined, state: string): object {
    const file = name === undefined ? undefined : this.#files.get(name);
    if (file === undefined) return refused(grpcStatuses.NOT_FOUND, state);
    return { fileDescriptorResponse: { fileDescriptorProto: [file] } };
  }

  /** The longest package that a name is in. */
  #packageOf(symbol: string): string {
    const parts = symbol.split('.');
    while (parts.length > 0 && !this.#packages.has(parts.join('.'))) parts.pop();
    return parts.join('.');
  }

  /** Fields of protobuf may be appended: the bytes of a message and more of a repeated field are a message. */
  #depend(packageName: string, needed: readonly string[]): void {
    const name = this.#packages.get(packageName);
    const file = name === undefined ? undefined : this.#files.get(name);
    if (name === undefined || file === undefined) return;
    const names = needed.flatMap((one) => this.#packages.get(one) ?? []).map((one) => Buffer.from(one));
    this.#files.set(
      name,
      Buffer.concat([file, ...names.flatMap((one) => [Buffer.of(tags.dependency, one.length), one])]),
    );
  }
}

/** A text of fewer than 128 bytes at a place where the loader writes it. */
function leadingText(file: Buffer, tag: number, at: number): string {
  const length = file[at + 1] ?? 0;
  if (file[at] !== tag || length > 127) throw new Error('the loader writes descriptors in another order');
  return file.toString('utf8', at + 2, at + 2 + length);
}

function refused(errorCode: number, errorMessage: string): object {
  return { errorResponse: { errorCode, errorMessage: `Cannot describe it: ${errorMessage}` } };
}
