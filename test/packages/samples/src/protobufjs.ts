import { tool } from '@aria/sdk';
import protobuf from 'protobufjs/light.js';

const schema = {
  nested: {
    Kind: { values: { UNKNOWN: 0, ADMIN: 1 } },
    Person: { fields: { name: { type: 'string', id: 1 }, age: { type: 'int32', id: 2 }, big: { type: 'uint64', id: 3 }, tags: { rule: 'repeated', type: 'string', id: 4 }, kind: { type: 'Kind', id: 5 }, scores: { keyType: 'string', type: 'double', id: 6 }, raw: { type: 'bytes', id: 7 } } },
  },
};
const Person = protobuf.Root.fromJSON(schema as protobuf.INamespace).lookupType('Person');

export const protobufjs = tool({ description: 'Messages of a schema in JSON: written, read, verified; maps, enums, 64 bits, bytes' }, ({ name, bytes }: { name: string; bytes: Uint8Array }) => {
  const value = { name, age: -5, big: '12345678901234567890', tags: ['ä', '😀'], kind: 1, scores: { x: 0.1 }, raw: bytes };
  const written = Person.encode(Person.fromObject(value)).finish();
  return { written: Uint8Array.from(written), read: JSON.stringify(Person.toObject(Person.decode(written), { longs: String, enums: String, bytes: String })), fault: Person.verify({ name: 5 }), broken: faultOf(() => Person.decode(written.slice(0, 5))) };
});

function faultOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

export const inputs = [{ name: 'Zoë', bytes: new Uint8Array([0, 255, 128]) }];
