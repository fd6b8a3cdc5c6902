/** Sets one key after the other in the store of the file that it is given, and says each number once it is kept. */
import process from 'node:process';
import { createKeyValueStore, keyValueMigrations } from '../../firmware/stores/key-value-store.ts';
import { openDatabase } from '../../firmware/stores/open-database.ts';

const [path = ''] = process.argv.slice(2);
const database = openDatabase(path, [keyValueMigrations]);
const store = createKeyValueStore(database);
for (let number = 0; ; number += 1) {
  store.set('n', String(number), Buffer.alloc(number % 5_000, number), { ifUnset: false });
  if (number % 3 === 2) store.delete('n', String(number - 1));
  process.stdout.write(`${number}\n`);
}
