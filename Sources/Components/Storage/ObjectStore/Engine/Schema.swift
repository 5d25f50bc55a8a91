internal import GRDB

/// The tables, as named, append-only migrations.
///
/// Object keys are kept as BLOBs: S3 orders them by their UTF-8 bytes, and so does SQLite's `memcmp`, and the end of
/// a prefix is a byte string that need not be UTF-8.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 buckets, keys, grants, objects, uploads") { db in
      try db.execute(sql: bucketsAndKeys)
      try db.execute(sql: objects)
      try db.execute(sql: uploads)
    }
    migrator.registerMigration("2 witness of the encryption key") { db in
      try db.execute(sql: "CREATE TABLE encryption_witness (sealed BLOB NOT NULL) STRICT")
    }
    return migrator
  }

  private static let bucketsAndKeys = """
    CREATE TABLE bucket (
      id TEXT PRIMARY KEY NOT NULL,
      created INTEGER NOT NULL,
      mark TEXT UNIQUE,
      index_document TEXT,
      error_document TEXT,
      maximum_bytes INTEGER,
      maximum_objects INTEGER,
      used_bytes INTEGER NOT NULL DEFAULT 0,
      used_objects INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE bucket_alias (
      alias TEXT PRIMARY KEY NOT NULL,
      bucket TEXT NOT NULL REFERENCES bucket(id) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX bucket_alias_bucket ON bucket_alias(bucket);
    CREATE TABLE access_key (
      id TEXT PRIMARY KEY NOT NULL,
      sealed_secret BLOB NOT NULL,
      name TEXT NOT NULL,
      expiry INTEGER,
      may_create_buckets INTEGER NOT NULL,
      mark TEXT UNIQUE
    ) STRICT;
    CREATE TABLE access_grant (
      bucket TEXT NOT NULL REFERENCES bucket(id) ON DELETE CASCADE,
      key TEXT NOT NULL REFERENCES access_key(id) ON DELETE CASCADE,
      may_read INTEGER NOT NULL,
      may_write INTEGER NOT NULL,
      is_owner INTEGER NOT NULL,
      mark TEXT,
      PRIMARY KEY (bucket, key)
    ) STRICT;
    CREATE INDEX access_grant_key ON access_grant(key);
    """

  /// `content_kind` says where the bytes of an object are: `inline` in the table `inline_content`, `file` in one file,
  /// `parts` in the files of the upload `content`.
  private static let objects = """
    CREATE TABLE object (
      bucket TEXT NOT NULL REFERENCES bucket(id),
      key BLOB NOT NULL,
      size INTEGER NOT NULL,
      etag TEXT NOT NULL,
      modified INTEGER NOT NULL,
      headers TEXT NOT NULL,
      content_kind TEXT NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (bucket, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX object_file ON object(content, size) WHERE content_kind = 'file';
    CREATE TABLE inline_content (
      id TEXT PRIMARY KEY NOT NULL,
      bytes BLOB NOT NULL
    ) STRICT;
    """

  private static let uploads = """
    CREATE TABLE upload (
      id TEXT PRIMARY KEY NOT NULL,
      bucket TEXT NOT NULL REFERENCES bucket(id) ON DELETE CASCADE,
      key BLOB NOT NULL,
      started INTEGER NOT NULL,
      headers TEXT NOT NULL,
      is_complete INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX upload_bucket ON upload(bucket);
    CREATE TABLE part (
      upload TEXT NOT NULL REFERENCES upload(id) ON DELETE CASCADE,
      number INTEGER NOT NULL,
      size INTEGER NOT NULL,
      etag TEXT NOT NULL,
      modified INTEGER NOT NULL,
      file TEXT NOT NULL,
      PRIMARY KEY (upload, number)
    ) STRICT;
    CREATE INDEX part_file ON part(file, size);
    """
}
