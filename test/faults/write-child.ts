/** Writes below the directory of its argument in every way that Node and SQLite know; each step is told on stdout. */
import Database from 'better-sqlite3';
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { open, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const [directory = '.', part = 'sync'] = process.argv.slice(2);
const at = (name: string): string => join(directory, name);
const told = (step: string): void => void writeSync(1, `${step}\n`);

async function attempt(step: string, work: () => unknown): Promise<void> {
  try {
    await work();
    told(step);
  } catch (thrown) {
    told(`${step} ${thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)}`);
  }
}

if (part === 'sync') {
  const file = openSync(at('a'), 'w');
  await attempt('write', () => writeSync(file, 'abcdefgh'));
  await attempt('pwrite', () => writeSync(file, Buffer.from('ABCD'), 0, 4, 0));
  await attempt('writev', () => writevSync(file, [Buffer.from('12'), Buffer.from('34')]));
  await attempt('ftruncate', () => ftruncateSync(file, 4));
  await attempt('fsync', () => fsyncSync(file));
  await attempt('fdatasync', () => fdatasyncSync(file));
  closeSync(file);
  await attempt('rename', () => renameSync(at('a'), at('b')));
  await attempt('unlink', () => unlinkSync(at('b')));
  await attempt('elsewhere', () => rmSync(join(directory, '..', 'elsewhere'), { force: true }));
} else if (part === 'async') {
  process.chdir(directory);
  await attempt('writeFile', () => writeFile('a', 'abcdefgh'));
  const file = await open('a', 'r+');
  await attempt('fsync', () => file.sync());
  await attempt('fdatasync', () => file.datasync());
  await file.close();
  await attempt('rename', () => rename('a', 'b'));
  await attempt('unlink', () => unlink('b'));
  await attempt('open', async () => (await open('c', 'w')).close());
  await attempt('rm', () => rm('c'));
} else {
  const database = new Database(at('a.db'));
  await attempt('wal', () => database.pragma('journal_mode = WAL'));
  database.pragma('synchronous = FULL');
  await attempt('table', () => database.exec('CREATE TABLE t (v TEXT) STRICT'));
  await attempt('insert', () => database.exec("INSERT INTO t VALUES ('one')"));
  await attempt('checkpoint', () => database.pragma('wal_checkpoint(TRUNCATE)'));
  database.close();
}
