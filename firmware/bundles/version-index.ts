/** The index of the bundle store: which versions there are, of which objects, and which is active. Each method that changes it is one commit. */
import type { Activation, SignedBy, StoredVersion } from '../service/ports.ts';
import type { Database, Statement } from '../stores/open-database.ts';
import type { ObjectFacts } from './object-files.ts';

/** What a version is made of. */
export interface VersionContent {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly manifestHash: string;
  readonly manifestBytes: number;
  readonly archiveBytes: number;
  readonly objects: readonly { readonly path: string; readonly hash: string; readonly bytes: number }[];
}

/** A version as the index has it. */
export interface IndexedVersion {
  readonly stored: StoredVersion;
  /** The object that is its manifest. */
  readonly manifest: ObjectFacts;
}

/** The highest sequence number of a name, and whose it is. */
export interface HighestSequence {
  readonly sequence: number;
  readonly hash: string;
}

interface VersionRow {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly version: string;
  readonly manifest_hash: string;
  readonly manifest_bytes: number;
  readonly archive_bytes: number;
  readonly sequence: number;
  readonly signature: string | null;
  readonly key_id: string | null;
  readonly installed_at_ms: number;
}

interface ActivationRow {
  readonly name: string;
  readonly hash: string;
  readonly version: string;
  readonly activated_at_ms: number;
  readonly entry: number;
}

/** Rows of the history that stay, for each name; the way back is as long at most. */
const historyRowsMax = 1_000;

/**
 * From each active entry down to the first that a rollback can use: of another version, which still is there and is fine.
 * `:name` narrows it to one bundle.
 */
const previousSql = `
  WITH RECURSIVE way (name, active, hash, below, usable) AS (
    SELECT a.name, h.hash, h.hash, h.below, FALSE
    FROM bundle_activations a JOIN bundle_activation_history h ON h.id = a.entry
    WHERE :name IS NULL OR a.name = :name
    UNION ALL
    SELECT way.name, way.active, h.hash, h.below,
      h.hash <> way.active AND EXISTS (SELECT 1 FROM bundle_versions v WHERE v.hash = h.hash) AND NOT EXISTS (
        SELECT 1 FROM bundle_damage d
        CROSS JOIN bundle_version_objects o ON o.object = d.object
        CROSS JOIN bundle_versions v ON v.id = o.version
        WHERE v.hash = h.hash
      )
    FROM way JOIN bundle_activation_history h ON h.id = way.below
    WHERE NOT way.usable
  )
  SELECT name, hash, below FROM way WHERE usable`;

/** Tables of `bundleMigrations`. The database is the caller's. */
export class VersionIndex {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement<unknown[]>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest of a bundle first. */
  versions(): readonly IndexedVersion[] {
    const reasons = this.#damage();
    return this.#all<VersionRow>('SELECT * FROM bundle_versions ORDER BY name, id DESC').map((row) =>
      indexedVersion(row, reasons.get(row.id)),
    );
  }

  version(hash: string): IndexedVersion | undefined {
    const row = this.#get<VersionRow>('SELECT * FROM bundle_versions WHERE hash = ?', hash);
    return row === undefined ? undefined : indexedVersion(row, this.#damage().get(row.id));
  }

  /** Which hash has this version of this bundle. */
  hashOf(name: string, version: string): string | undefined {
    const sql = 'SELECT hash FROM bundle_versions WHERE name = ? AND version = ?';
    return this.#get<{ hash: string }>(sql, name, version)?.hash;
  }

  highestSequence(name: string): HighestSequence | undefined {
    return this.#get<HighestSequence>('SELECT sequence, hash FROM bundle_sequences WHERE name = ?', name);
  }

  /** Hashes of all objects. */
  objects(): ReadonlySet<string> {
    return new Set(this.#all<{ hash: string }>('SELECT hash FROM bundle_objects').map(({ hash }) => hash));
  }

  /** Objects with their sizes in bytes. */
  objectSizes(): ReadonlyMap<string, number> {
    return new Map(
      this.#all<ObjectFacts>('SELECT hash, bytes FROM bundle_objects').map(({ hash, bytes }) => [hash, bytes]),
    );
  }

  hasObject(hash: string): boolean {
    return this.#get('SELECT 1 FROM bundle_objects WHERE hash = ?', hash) !== undefined;
  }

  usage(): { readonly bytes: number; readonly objects: number } {
    const sql = 'SELECT count(*) AS objects, coalesce(sum(bytes), 0) AS bytes FROM bundle_objects';
    return this.#get<{ objects: number; bytes: number }>(sql) ?? { objects: 0, bytes: 0 };
  }

  activations(): readonly Activation[] {
    const previous = new Map(this.#previous(null).map(({ name, hash }) => [name, hash]));
    const sql = `SELECT a.name, a.entry, h.hash, h.version, h.activated_at_ms
      FROM bundle_activations a JOIN bundle_activation_history h ON h.id = a.entry ORDER BY a.name`;
    return this.#all<ActivationRow>(sql).map((row) => activation(row, previous.get(row.name)));
  }

  activation(name: string): Activation | undefined {
    const row = this.#active(name);
    return row === undefined ? undefined : activation(row, this.#previous(name)[0]?.hash);
  }

  /** Keeps a version whose objects are on disk and were compared with their hashes; its signature, where it is a newer one. */
  install(content: VersionContent, signedBy: SignedBy, nowMs: number): void {
    this.#commit(() => {
      for (const { hash, bytes } of content.objects) {
        this.#run('INSERT INTO bundle_objects (hash, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING', hash, bytes);
        this.#run('DELETE FROM bundle_damage WHERE object = ?', hash);
      }
      if (this.hashOf(content.name, content.version) === undefined) this.#insert(content, signedBy, nowMs);
      this.#sign(content, signedBy);
    });
  }

  /** Makes a version active; nothing changes where it is. */
  activate({ name, hash, version }: StoredVersion, nowMs: number): Activation {
    return this.#commit(() => {
      const active = this.#active(name);
      const [previous] = this.#previous(name);
      if (active?.hash === hash) return activation(active, previous?.hash);
      // Going back takes the way back with it: another rollback goes further, and never to what was rolled back.
      const below = previous?.hash === hash ? previous.below : (active?.entry ?? null);
      const entry = this.#run(
        'INSERT INTO bundle_activation_history (name, hash, version, activated_at_ms, below) VALUES (?, ?, ?, ?, ?)',
        ...[name, hash, version, Math.trunc(nowMs), below],
      );
      this.#run(
        'INSERT INTO bundle_activations (name, entry) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry',
        ...[name, entry],
      );
      this.#run(
        `DELETE FROM bundle_activation_history WHERE name = ? AND id <=
          (SELECT id FROM bundle_activation_history WHERE name = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        ...[name, name, historyRowsMax],
      );
      const activatedAtMs = Math.trunc(nowMs);
      return activation({ name, hash, version, activated_at_ms: activatedAtMs, entry }, this.#previous(name)[0]?.hash);
    });
  }

  /** Nothing of the name is active any more, and there is no way back. */
  deactivate(name: string): void {
    this.#commit(() => {
      this.#run('DELETE FROM bundle_activations WHERE name = ?', name);
      this.#run('DELETE FROM bundle_activation_history WHERE name = ?', name);
    });
  }

  remove(hash: string): void {
    this.#commit(() => this.#run('DELETE FROM bundle_versions WHERE hash = ?', hash));
  }

  /** Marks objects whose content is not their own: their versions are quarantined with this commit. */
  markDamaged(damage: readonly { readonly object: string; readonly reason: string }[]): void {
    const sql = `INSERT INTO bundle_damage (object, reason) SELECT hash, ? FROM bundle_objects WHERE hash = ?
      ON CONFLICT DO NOTHING`;
    this.#commit(() => {
      for (const { object, reason } of damage) this.#run(sql, reason, object);
    });
  }

  /**
   * Forgets versions, and all objects that no version names but `pinned` ones. It always commits something, so that no earlier commit
   * whose end is unknown can come back.
   * @returns hashes of the objects that were forgotten.
   */
  forget(versions: readonly string[], pinned: (object: string) => boolean): readonly string[] {
    return this.#commit(() => {
      this.#run('UPDATE bundle_collections SET count = count + 1');
      for (const hash of versions) this.#run('DELETE FROM bundle_versions WHERE hash = ?', hash);
      const unused = this.#unused().filter((hash) => !pinned(hash));
      for (const hash of unused) this.#run('DELETE FROM bundle_objects WHERE hash = ?', hash);
      return unused;
    });
  }

  /** Whether `forget` would forget an object without a version. */
  hasUnused(pinned: (object: string) => boolean): boolean {
    return this.#unused().some((hash) => !pinned(hash));
  }

  #unused(): readonly string[] {
    const sql = `SELECT hash FROM bundle_objects b
      WHERE NOT EXISTS (SELECT 1 FROM bundle_version_objects o WHERE o.object = b.hash)`;
    return this.#all<{ hash: string }>(sql).map(({ hash }) => hash);
  }

  #insert(content: VersionContent, { signature, keyId, sequence }: SignedBy, nowMs: number): void {
    const id = this.#run(
      `INSERT INTO bundle_versions
        (hash, name, version, manifest_hash, manifest_bytes, archive_bytes, sequence, signature, key_id, installed_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[content.hash, content.name, content.version, content.manifestHash, content.manifestBytes],
      ...[content.archiveBytes, sequence, signature ?? null, keyId ?? null, Math.trunc(nowMs)],
    );
    for (const { path, hash } of content.objects)
      this.#run('INSERT INTO bundle_version_objects (version, path, object) VALUES (?, ?, ?)', id, path, hash);
  }

  /** Takes the signature if it is a newer one, and remembers the sequence number. */
  #sign({ name, hash }: VersionContent, { signature, keyId, sequence }: SignedBy): void {
    if (signature === undefined) return;
    this.#run(
      'UPDATE bundle_versions SET signature = ?, key_id = ?, sequence = ? WHERE hash = ? AND (signature IS NULL OR sequence <= ?)',
      ...[signature, keyId ?? null, sequence, hash, sequence],
    );
    this.#run(
      `INSERT INTO bundle_sequences (name, sequence, hash) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash WHERE excluded.sequence > sequence`,
      ...[name, sequence, hash],
    );
  }

  /** Why versions are quarantined, by id; the first reason of each. CROSS: it starts from the damage, of which there is none. */
  #damage(): ReadonlyMap<number, string> {
    const sql = `SELECT o.version, o.path, d.reason FROM bundle_damage d
      CROSS JOIN bundle_version_objects o ON o.object = d.object ORDER BY o.version, o.path DESC`;
    const rows = this.#all<{ version: number; path: string; reason: string }>(sql);
    return new Map(rows.map(({ version, path, reason }) => [version, `${JSON.stringify(path)} ${reason}`]));
  }

  #active(name: string): ActivationRow | undefined {
    const sql = `SELECT a.name, a.entry, h.hash, h.version, h.activated_at_ms
      FROM bundle_activations a JOIN bundle_activation_history h ON h.id = a.entry WHERE a.name = ?`;
    return this.#get<ActivationRow>(sql, name);
  }

  #previous(name: string | null): readonly { name: string; hash: string; below: number | null }[] {
    return this.#all(previousSql, { name });
  }

  #commit<Result>(change: () => Result): Result {
    return this.#database.transaction(change).immediate();
  }

  #statement(sql: string): Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #all<Row>(sql: string, ...values: readonly unknown[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #get<Row>(sql: string, ...values: readonly unknown[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** @returns the id of the row that it inserted, if it did. */
  #run(sql: string, ...values: readonly unknown[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }
}

function indexedVersion(row: VersionRow, reason: string | undefined): IndexedVersion {
  return { stored: storedVersion(row, reason), manifest: { hash: row.manifest_hash, bytes: row.manifest_bytes } };
}

function storedVersion(row: VersionRow, reason: string | undefined): StoredVersion {
  return {
    name: row.name,
    version: row.version,
    hash: row.hash,
    manifestHash: row.manifest_hash,
    archiveBytes: row.archive_bytes,
    sequence: row.sequence,
    signature: row.signature ?? undefined,
    keyId: row.key_id ?? undefined,
    installedAtMs: row.installed_at_ms,
    ...(reason === undefined ? {} : { quarantined: reason }),
  };
}

function activation(row: ActivationRow, previousHash: string | undefined): Activation {
  return {
    name: row.name,
    hash: row.hash,
    version: row.version,
    activatedAtMs: row.activated_at_ms,
    ...(previousHash === undefined ? {} : { previousHash }),
  };
}
