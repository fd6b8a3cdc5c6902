/** Writes `generated.ts`: all messages and services as one JSON text, so that nobody parses .proto files while a host boots or a command starts. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The module that holds the descriptors of all .proto files of this folder. */
export function generateDescriptor(): string {
  const root = new protobuf.Root();
  // What Google publishes with protobuf itself comes with the parser.
  root.resolvePath = (_, path) => (path.startsWith('google/protobuf/') ? path : `${folder}${path}`);
  root.loadSync(protoFiles(), { keepCase: false });
  root.resolveAll();
  const text = JSON.stringify(root.toJSON())
    .replaceAll('\\', String.raw`\\`)
    .replaceAll("'", String.raw`\'`);
  return [
    '/** Generated from the .proto files of wit/proto by `npm run generate`: do not edit. */',
    'export const descriptorText =',
    `  '${text}';`,
    '',
  ].join('\n');
}

function protoFiles(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.proto'))
    .toSorted();
}
