/** Looks at a database that another process may be writing, without changing anything in it. */
import Database from 'better-sqlite3';

/** Faults that are told; where there are more, the database is lost anyway. */
const faultsMax = 10;
/** A page is read in some microseconds from the cache, and in some hundred from a slow disk. */
const pagesMax = 65_536;

/** Opens a database to read it; the caller owns it. @throws what SQLite throws, also where there is no such file. */
export function openForReading(path: string): Database.Database {
  return new Database(path, { readonly: true, fileMustExist: true, timeout: 1000 });
}

/** What is wrong inside; nothing where all is well, `large` where looking would take too long. @throws what SQLite throws for what is no database. */
export function faultsOf(database: Database.Database): readonly string[] | 'large' {
  if (Number(database.pragma('page_count', { simple: true })) > pagesMax) return 'large';
  const rows = database.pragma(`quick_check(${faultsMax})`) as readonly { readonly quick_check: string }[];
  return rows.map((row) => row.quick_check).filter((text) => text !== 'ok');
}
