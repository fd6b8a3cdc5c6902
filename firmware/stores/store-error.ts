/** What a disk or SQLite says when it fails, as a coded error: every store reports full and broken disks alike. */
import { CodedError } from '#wit/errors';

const fullCodes = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];
const corruptCodes = /^SQLITE_(CORRUPT|NOTADB)/;
/** Of the rest of SQLite's codes, those that the world causes; a constraint or a misuse is a bug. */
const failedCodes = /^SQLITE_(IOERR|CANTOPEN|READONLY|BUSY|LOCKED|PERM|PROTOCOL|NOLFS)/;

/**
 * The coded form of what a store threw: `STORE_FULL`, `STORE_CORRUPT` or `IO_FAILED`. A coded error, and what is a bug, comes back as it is.
 * @param action what could not be done, as in "install the bundle".
 */
export function storeError(action: string, thrown: unknown): Error {
  if (thrown instanceof CodedError) return thrown;
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  const code = causeOf(thrown);
  if (code === undefined) return thrown;
  const details = { cause: code };
  if (fullCodes.includes(code))
    return new CodedError(
      'STORE_FULL',
      {
        message: `Cannot ${action}: there is no space left on the disk (${code})`,
        remedy: 'Free space on the disk of the data directory, then try again',
        details,
      },
      { cause: thrown },
    );
  if (corruptCodes.test(code))
    return new CodedError(
      'STORE_CORRUPT',
      { message: `Cannot ${action}: the database is damaged (${code})`, details },
      { cause: thrown },
    );
  return new CodedError(
    'IO_FAILED',
    { message: `Cannot ${action}: the disk failed (${code}, ${thrown.message})`, details },
    { cause: thrown },
  );
}

/** The code of an error of the file system or of SQLite; nothing for any other. */
function causeOf(error: Error): string | undefined {
  if (!('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  const ofDatabase = code.startsWith('SQLITE_');
  if (ofDatabase)
    return fullCodes.includes(code) || corruptCodes.test(code) || failedCodes.test(code) ? code : undefined;
  return 'syscall' in error ? code : undefined;
}
