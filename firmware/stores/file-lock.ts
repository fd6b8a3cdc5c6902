/**
 * A lock on a file that the kernel holds for this process and frees with it, however it ends.
 * Node has none of its own; SQLite's is a lock of `fcntl`, by inode, which also counts between containers that share a directory.
 * Such a lock is lost when this process opens and closes the file by other means: nobody but SQLite may open it.
 */
import Database from 'better-sqlite3';

/** Held until disposed. */
export type FileLock = Disposable;

/**
 * Takes the lock of a file, which is made where it is missing and stays empty.
 * @param waitMs how long a holder that only looks is waited for.
 * @returns nothing where somebody else has it.
 * @throws what SQLite throws where the file cannot be opened or the file system has no locks.
 */
export function lockFile(path: string, waitMs: number): FileLock | undefined {
  const database = new Database(path, { timeout: waitMs });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (isBusy(thrown)) return undefined;
    throw thrown;
  }
  return { [Symbol.dispose]: () => void database.close() };
}

/** Whether somebody has the lock. Takes a shared one for as long as the look takes. @throws as `lockFile`; also where there is no file. */
export function isLocked(path: string): boolean {
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    database.exec('SELECT * FROM sqlite_schema');
    return false;
  } catch (thrown) {
    if (isBusy(thrown)) return true;
    throw thrown;
  } finally {
    database.close();
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(thrown.code);
}
