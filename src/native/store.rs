//! The folder in which a cluster is kept: one database with all objects, what the cluster is made of, and its secrets.
//!
//! The database is crash-safe: a write that was committed is there after the process or the machine ended in whatever way, one
//! that was not is gone as a whole.

use super::pki::{Authority, Pair};
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::records::Record;
use anyhow::{Context as _, anyhow, bail};
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The version of what is written. One that is greater cannot be read; of lower ones there are none.
const FORMAT: u64 = 1;
const FILE: &str = "state.redb";
const LOCK: &str = "lock";
/// Memory for pages of the database: all that is read is read once.
const CACHE: usize = 16 << 20;

const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("kubarium");
const OBJECTS: TableDefinition<'_, &str, &str> = TableDefinition::new("objects");

/// What was written since the last time.
#[derive(Debug)]
pub struct Batch {
    /// The revision up to which this goes.
    pub revision: u64,
    /// The time then.
    pub time: Timestamp,
    /// Whether these are all objects that there are.
    pub whole: bool,
    /// The changes, oldest first.
    pub records: Vec<Record>,
}

impl Batch {
    /// Adds one that follows.
    pub fn add(&mut self, next: Batch) {
        if next.whole {
            *self = next;
            return;
        }
        self.revision = next.revision;
        self.time = next.time;
        self.records.extend(next.records);
    }
}

/// What a cluster is beside its objects.
#[derive(Clone, Debug)]
pub struct About {
    /// Its description, as JSON.
    pub config: String,
    /// Who vouches for it.
    pub authority: Authority,
    /// The key of its tokens, as PKCS #8.
    pub token_key: Vec<u8>,
    /// How often it was started.
    pub starts: u64,
}

/// The objects of a cluster that was kept.
pub struct Objects {
    /// The revision of the last write.
    pub revision: u64,
    /// The time then.
    pub time: Timestamp,
    /// Each with its key.
    pub objects: Vec<(String, Value)>,
}

/// An open folder; nobody else can open it meanwhile.
pub struct Store {
    database: Database,
    path: PathBuf,
    _lock: File,
}

/// Where a cluster is kept if nobody says otherwise.
///
/// # Errors
/// Where there is no home directory.
pub fn default_dir(cluster: &str) -> anyhow::Result<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME").filter(|v| Path::new(v).is_absolute());
    let data = match data {
        Some(data) => PathBuf::from(data),
        None => {
            let home = std::env::var_os("HOME").context(
                "$HOME is not set: name a folder by --data-dir, or keep nothing by --ephemeral",
            )?;
            Path::new(&home).join(".local/share")
        }
    };
    Ok(data.join("kubarium").join(cluster))
}

/// Lets nobody else into the folder; `way_out` is what to do where somebody is in there.
fn lock(dir: &Path, way_out: &str) -> anyhow::Result<File> {
    let unusable = || {
        format!(
            "cannot keep the cluster in {} (--data-dir chooses another folder, --ephemeral keeps it in memory only)",
            dir.display()
        )
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(unusable)?;
    let mut file = options().open(dir.join(LOCK)).with_context(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // Who it is, if it can be read.
            let _ = file.read_to_string(&mut owner);
            bail!(
                "{} is in use by another kubarium (process {}): {way_out}",
                dir.display(),
                owner.trim()
            );
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(unusable),
    }
    file.set_len(0).with_context(unusable)?;
    file.rewind().with_context(unusable)?;
    writeln!(file, "{}", std::process::id()).with_context(unusable)?;
    Ok(file)
}

/// A file that only its owner reads.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn open(path: &Path) -> anyhow::Result<Database> {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true);
    builder.open(path).map_err(|error| match error {
        DatabaseError::UpgradeRequired(_) => {
            anyhow!("{} is in an old format that this version does not read", path.display())
        }
        DatabaseError::Storage(redb::StorageError::Io(e)) if e.kind() != ErrorKind::InvalidData => {
            anyhow!(e).context(format!("cannot read {}", path.display()))
        }
        error => anyhow!(
            "{} is damaged, or no state of kubarium ({error}): move it away to begin with a new cluster, or name another folder by --data-dir",
            path.display()
        ),
    })
}

impl Store {
    /// Opens the folder of a cluster, making it where there is none. What the cluster is comes from `make` then.
    ///
    /// # Errors
    /// In words for the user, where the folder cannot be used, is in use, or holds what cannot be read.
    pub fn open(
        dir: &Path,
        make: impl FnOnce() -> anyhow::Result<About>,
    ) -> anyhow::Result<(Self, About)> {
        let way_out =
            "--data-dir chooses another folder, --ephemeral keeps the cluster in memory only";
        let lock = lock(dir, way_out)?;
        let path = dir.join(FILE);
        if !path.exists() {
            create(dir, &path, &make()?)
                .with_context(|| format!("cannot make {}", path.display()))?;
        }
        let store = Self {
            database: open(&path)?,
            path,
            _lock: lock,
        };
        let mut about = store.about()?;
        about.starts += 1;
        store.write_about(&about)?;
        Ok((store, about))
    }

    /// What is kept of a cluster that does not run, left as it is.
    ///
    /// # Errors
    /// In words for the user, where there is none, it runs, or what is kept cannot be read.
    pub fn look(dir: &Path) -> anyhow::Result<(About, Option<Objects>)> {
        let path = dir.join(FILE);
        if !path.exists() {
            bail!("no cluster is kept in {}", dir.display());
        }
        let lock = lock(
            dir,
            "save it by its kubeconfig, without --name and --data-dir",
        )?;
        let store = Self {
            database: open(&path)?,
            path,
            _lock: lock,
        };
        Ok((store.about()?, store.objects()?))
    }

    fn damaged(&self, what: &str) -> anyhow::Error {
        anyhow!(
            "{} is damaged ({what}): move it away to begin with a new cluster, or name another folder by --data-dir",
            self.path.display()
        )
    }

    fn about(&self) -> anyhow::Result<About> {
        let transaction = self.database.begin_read()?;
        let Ok(table) = transaction.open_table(ABOUT) else {
            bail!(
                "{} is a database of another program: name another folder by --data-dir",
                self.path.display()
            );
        };
        let bytes = |key: &str| -> anyhow::Result<Vec<u8>> {
            let found = table
                .get(key)?
                .ok_or_else(|| self.damaged(&format!("no {key}")))?;
            Ok(found.value().to_vec())
        };
        let text = |key: &str| -> anyhow::Result<String> {
            String::from_utf8(bytes(key)?).map_err(|_| self.damaged(key))
        };
        let number = |key: &str| -> anyhow::Result<u64> {
            text(key)?.parse().map_err(|_| self.damaged(key))
        };
        let format = number("format")?;
        if format > FORMAT {
            bail!(
                "{} was written by a newer kubarium (format {format}; this one reads {FORMAT}): use that one, or name another folder by --data-dir",
                self.path.display()
            );
        }
        Ok(About {
            config: text("config")?,
            authority: Authority(Pair {
                certificate: text("ca.crt")?,
                key: text("ca.key")?,
            }),
            token_key: bytes("sa.key")?,
            starts: number("starts")?,
        })
    }

    /// Writes what the cluster is.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn write_about(&self, about: &About) -> anyhow::Result<()> {
        write_about(&self.database, about)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// All objects; none where the cluster never came to be.
    ///
    /// # Errors
    /// Where the database is damaged.
    pub fn objects(&self) -> anyhow::Result<Option<Objects>> {
        let transaction = self.database.begin_read()?;
        let about = transaction.open_table(ABOUT)?;
        let number = |key: &str| -> anyhow::Result<Option<i64>> {
            let Some(found) = about.get(key)? else {
                return Ok(None);
            };
            let text = String::from_utf8_lossy(found.value());
            text.parse().map(Some).map_err(|_| self.damaged(key))
        };
        let (Some(revision), Some(time)) = (number("revision")?, number("time")?) else {
            return Ok(None);
        };
        let mut objects = Vec::new();
        for entry in transaction.open_table(OBJECTS)?.iter()? {
            let (key, text) = entry?;
            let object =
                Value::from_json(text.value().as_bytes()).map_err(|_| self.damaged(key.value()))?;
            objects.push((key.value().to_owned(), object));
        }
        Ok(Some(Objects {
            revision: u64::try_from(revision).unwrap_or(0),
            time: Timestamp(time),
            objects,
        }))
    }

    /// Writes changes. Once this returns they are kept for good.
    ///
    /// # Errors
    /// Where the disk does not take them; then none of them is kept.
    pub fn write(&self, batch: &Batch) -> anyhow::Result<()> {
        // Of several states of an object the last one counts.
        let last: BTreeMap<&str, &Record> =
            batch.records.iter().map(|r| (r.key.as_str(), r)).collect();
        let write = || -> anyhow::Result<()> {
            let transaction = self.database.begin_write()?;
            if batch.whole {
                transaction.delete_table(OBJECTS)?;
            }
            {
                let mut objects = transaction.open_table(OBJECTS)?;
                for (key, record) in last {
                    match record.object() {
                        Some(object) => objects.insert(key, object.to_json().as_str())?,
                        None => objects.remove(key)?,
                    };
                }
                let mut about = transaction.open_table(ABOUT)?;
                let (revision, time) = (batch.revision.to_string(), batch.time.0.to_string());
                about.insert("revision", revision.as_bytes())?;
                about.insert("time", time.as_bytes())?;
            }
            Ok(transaction.commit()?)
        };
        write().with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn write_about(database: &Database, about: &About) -> anyhow::Result<()> {
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(ABOUT)?;
        let Pair { certificate, key } = &about.authority.0;
        table.insert("format", FORMAT.to_string().as_bytes())?;
        table.insert("config", about.config.as_bytes())?;
        table.insert("ca.crt", certificate.as_bytes())?;
        table.insert("ca.key", key.as_bytes())?;
        table.insert("sa.key", about.token_key.as_slice())?;
        table.insert("starts", about.starts.to_string().as_bytes())?;
    }
    transaction.open_table(OBJECTS)?;
    Ok(transaction.commit()?)
}

/// Makes the database under another name first, so that there is never half of one.
fn create(dir: &Path, path: &Path, about: &About) -> anyhow::Result<()> {
    let draft = path.with_extension("new");
    match std::fs::remove_file(&draft) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    drop(options().open(&draft)?);
    let database = Database::create(&draft)?;
    write_about(&database, about)?;
    drop(database);
    std::fs::rename(&draft, path)?;
    Ok(File::open(dir)?.sync_all()?)
}
