//! The store behind the API server: every object under one global revision, with bounded history (etcd's model).

use super::owners::Owners;
use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::Key;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Names the table of one kind of stored objects (shared by all versions in which the kind is served).
pub type TableId = u16;

/// One committed write.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision the write made.
    pub revision: u64,
    /// When it was committed.
    pub time: Timestamp,
    /// The table it went to.
    pub table: TableId,
    /// The object's key in the table: `namespace/name`, or the name alone.
    pub key: Key,
    /// The object before; none where it was created.
    pub previous: Option<Value>,
    /// The object after; none where it was deleted. For deletions see [`Change::last`].
    pub object: Option<Value>,
    /// For deletions, the last state under the revision of the deletion.
    pub last: Option<Value>,
    /// Who managed the fields before.
    pub previous_owners: Option<Owners>,
    /// Who manages the fields after; for deletions, who did last.
    pub owners: Option<Owners>,
}

/// An object, and who manages its fields: beside it, because hardly anybody asks.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The object, without `metadata.managedFields`.
    pub object: Value,
    /// Who manages its fields, where that is tracked.
    pub owners: Option<Owners>,
}

/// What can go wrong between a request and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// There is such an object already.
    #[error("object exists")]
    Exists,
    /// There is no such object.
    #[error("object not found")]
    NotFound,
    /// The revision asked for is no longer kept; the oldest that is.
    #[error("too old resource version: {asked} ({oldest})")]
    TooOld {
        /// What was asked for.
        asked: u64,
        /// The oldest revision still kept.
        oldest: u64,
    },
}

/// A versioned store of objects. Writes are serial: each gets the next revision of one global counter, and the object
/// is stored with that revision as its `metadata.resourceVersion`.
pub trait Storage {
    /// The revision of the last write.
    fn revision(&self) -> u64;
    /// The oldest revision from which changes can still be read.
    fn oldest(&self) -> u64;
    /// One object as it is now.
    fn get(&self, table: TableId, key: &str) -> Option<&Value>;
    /// Who manages the fields of an object.
    fn owners(&self, table: TableId, key: &str) -> Option<&Owners>;
    /// All objects of a table whose key begins with `prefix`, in order of keys, after the key `after` (exclusive, "" for all).
    fn list<'a>(
        &'a self,
        table: TableId,
        prefix: &'a str,
        after: &str,
    ) -> Box<dyn Iterator<Item = (&'a Key, &'a Value)> + 'a>;
    /// The table as it was right after `revision`.
    ///
    /// # Errors
    /// [`StorageError::TooOld`] where that revision was compacted.
    fn list_at(
        &self,
        table: TableId,
        prefix: &str,
        revision: u64,
    ) -> Result<BTreeMap<Key, Stored>, StorageError>;
    /// Puts a new object.
    ///
    /// # Errors
    /// [`StorageError::Exists`].
    fn create(
        &mut self,
        table: TableId,
        key: &str,
        object: Stored,
        now: Timestamp,
    ) -> Result<&Change, StorageError>;
    /// Puts a new state of an object in place of the present one.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    fn update(
        &mut self,
        table: TableId,
        key: &str,
        object: Stored,
        now: Timestamp,
    ) -> Result<&Change, StorageError>;
    /// Takes an object out. `last` is its final state where the deletion itself changed it.
    ///
    /// # Errors
    /// [`StorageError::NotFound`].
    fn delete(
        &mut self,
        table: TableId,
        key: &str,
        last: Option<Value>,
        now: Timestamp,
    ) -> Result<&Change, StorageError>;
    /// The changes of a table after `revision`, oldest first.
    ///
    /// # Errors
    /// [`StorageError::TooOld`] where some of them were compacted.
    fn changes(
        &self,
        table: TableId,
        revision: u64,
    ) -> Result<Box<dyn Iterator<Item = &Change> + '_>, StorageError>;
    /// Forgets history up to and including `revision`.
    fn compact(&mut self, revision: u64);
}

/// The store in memory. States are structurally shared, so history costs what changed.
#[derive(Clone, Debug, Default)]
pub struct Mvcc {
    revision: u64,
    compacted: u64,
    tables: Vec<BTreeMap<Key, Stored>>,
    history: VecDeque<Change>,
}

impl Mvcc {
    /// An empty store of `tables` tables. The first write gets revision 2, as on a fresh etcd.
    pub fn new(tables: usize) -> Self {
        Mvcc {
            revision: 1,
            compacted: 1,
            tables: vec![BTreeMap::new(); tables],
            history: VecDeque::new(),
        }
    }
    /// Makes one more table.
    pub fn add_table(&mut self) -> TableId {
        self.tables.push(BTreeMap::new());
        TableId::try_from(self.tables.len() - 1).unwrap_or(TableId::MAX)
    }
    /// The changes after `revision` of all tables, oldest first; none where some of them were compacted.
    pub fn all_changes(&self, revision: u64) -> Option<impl Iterator<Item = &Change>> {
        let from = self.history.partition_point(|c| c.revision <= revision);
        (revision >= self.compacted).then(|| self.history.range(from..))
    }
    /// All objects of all tables.
    pub fn all(&self) -> impl Iterator<Item = (TableId, &Key, &Stored)> {
        let tables = (0..TableId::MAX).zip(&self.tables);
        tables.flat_map(|(id, table)| table.iter().map(move |(key, stored)| (id, key, stored)))
    }
    /// Puts an object as an earlier store had it, without a write.
    pub fn put(&mut self, table: TableId, key: &str, object: Stored) {
        self.tables[usize::from(table)].insert(Key::from(key), object);
    }
    /// Makes `revision` that of the last write, before which nothing is known.
    pub fn begin_at(&mut self, revision: u64) {
        self.history.clear();
        self.revision = revision;
        self.compacted = revision;
    }
    /// How many objects a table holds.
    pub fn len(&self, table: TableId) -> usize {
        self.tables[usize::from(table)].len()
    }
    /// Who managed the fields of an object that the last write took out.
    pub fn last_owners(&self, table: TableId, key: &str) -> Option<Owners> {
        let last = self.history.back()?;
        let same = last.table == table && last.key.as_str() == key;
        last.owners.clone().filter(|_| same)
    }
    /// Forgets changes beyond `count`, and those older than `age`.
    pub fn bound_history(&mut self, count: usize, age: Duration, now: Timestamp) {
        let since = now - age;
        let mut upto = None;
        let excess = self.history.len().saturating_sub(count);
        for (i, c) in self.history.iter().enumerate() {
            if i >= excess && c.time >= since {
                break;
            }
            upto = Some(c.revision);
        }
        if let Some(revision) = upto {
            self.compact(revision);
        }
    }
    fn commit(&mut self, mut change: Change) -> &Change {
        self.revision += 1;
        change.revision = self.revision;
        let rev = Text::from(self.revision.to_string());
        for object in [&mut change.object, &mut change.last].into_iter().flatten() {
            object.meta_mut().set("resourceVersion", rev.clone());
        }
        let table = &mut self.tables[usize::from(change.table)];
        match &change.object {
            Some(object) => table.insert(
                change.key.clone(),
                Stored {
                    object: object.clone(),
                    owners: change.owners.clone(),
                },
            ),
            None => table.remove(&change.key),
        };
        self.history.push_back(change);
        self.history.back().expect("pushed just above")
    }
}

impl Storage for Mvcc {
    fn revision(&self) -> u64 {
        self.revision
    }

    fn oldest(&self) -> u64 {
        self.compacted
    }

    fn get(&self, table: TableId, key: &str) -> Option<&Value> {
        self.tables[usize::from(table)]
            .get(key.as_bytes())
            .map(|s| &s.object)
    }

    fn owners(&self, table: TableId, key: &str) -> Option<&Owners> {
        self.tables[usize::from(table)]
            .get(key.as_bytes())?
            .owners
            .as_ref()
    }

    fn list<'a>(
        &'a self,
        table: TableId,
        prefix: &'a str,
        after: &str,
    ) -> Box<dyn Iterator<Item = (&'a Key, &'a Value)> + 'a> {
        use std::ops::Bound;
        let start = if after > prefix {
            Bound::Excluded(after.as_bytes())
        } else {
            Bound::Included(prefix.as_bytes())
        };
        Box::new(
            self.tables[usize::from(table)]
                .range::<[u8], _>((start, Bound::Unbounded))
                .take_while(move |(k, _)| k.as_bytes().starts_with(prefix.as_bytes()))
                .map(|(k, s)| (k, &s.object)),
        )
    }

    fn list_at(
        &self,
        table: TableId,
        prefix: &str,
        revision: u64,
    ) -> Result<BTreeMap<Key, Stored>, StorageError> {
        if revision < self.compacted {
            return Err(StorageError::TooOld {
                asked: revision,
                oldest: self.compacted,
            });
        }
        let mut state: BTreeMap<Key, Stored> = self.tables[usize::from(table)]
            .range::<[u8], _>((
                std::ops::Bound::Included(prefix.as_bytes()),
                std::ops::Bound::Unbounded,
            ))
            .take_while(|(k, _)| k.as_bytes().starts_with(prefix.as_bytes()))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let undone = self
            .history
            .iter()
            .rev()
            .take_while(|c| c.revision > revision)
            .filter(|c| c.table == table && c.key.as_bytes().starts_with(prefix.as_bytes()));
        for change in undone {
            match &change.previous {
                Some(before) => state.insert(
                    change.key.clone(),
                    Stored {
                        object: before.clone(),
                        owners: change.previous_owners.clone(),
                    },
                ),
                None => state.remove(&change.key),
            };
        }
        Ok(state)
    }

    fn create(
        &mut self,
        table: TableId,
        key: &str,
        object: Stored,
        now: Timestamp,
    ) -> Result<&Change, StorageError> {
        if self.get(table, key).is_some() {
            return Err(StorageError::Exists);
        }
        Ok(self.commit(Change {
            revision: 0,
            time: now,
            table,
            key: Key::from(key),
            previous: None,
            object: Some(object.object),
            last: None,
            previous_owners: None,
            owners: object.owners,
        }))
    }

    fn update(
        &mut self,
        table: TableId,
        key: &str,
        object: Stored,
        now: Timestamp,
    ) -> Result<&Change, StorageError> {
        let (key, previous) = self.tables[usize::from(table)]
            .get_key_value(key.as_bytes())
            .map(|(k, v)| (k.clone(), v.clone()))
            .ok_or(StorageError::NotFound)?;
        Ok(self.commit(Change {
            revision: 0,
            time: now,
            table,
            key,
            previous: Some(previous.object),
            object: Some(object.object),
            last: None,
            previous_owners: previous.owners,
            owners: object.owners,
        }))
    }

    fn delete(
        &mut self,
        table: TableId,
        key: &str,
        last: Option<Value>,
        now: Timestamp,
    ) -> Result<&Change, StorageError> {
        let (key, previous) = self.tables[usize::from(table)]
            .get_key_value(key.as_bytes())
            .map(|(k, v)| (k.clone(), v.clone()))
            .ok_or(StorageError::NotFound)?;
        let last = last.unwrap_or_else(|| previous.object.clone());
        Ok(self.commit(Change {
            revision: 0,
            time: now,
            table,
            key,
            previous: Some(previous.object),
            object: None,
            last: Some(last),
            previous_owners: previous.owners.clone(),
            owners: previous.owners,
        }))
    }

    fn changes(
        &self,
        table: TableId,
        revision: u64,
    ) -> Result<Box<dyn Iterator<Item = &Change> + '_>, StorageError> {
        if revision < self.compacted {
            return Err(StorageError::TooOld {
                asked: revision,
                oldest: self.compacted,
            });
        }
        let from = self.history.partition_point(|c| c.revision <= revision);
        Ok(Box::new(
            self.history.range(from..).filter(move |c| c.table == table),
        ))
    }

    fn compact(&mut self, revision: u64) {
        let upto = revision.min(self.revision);
        while self.history.front().is_some_and(|c| c.revision <= upto) {
            self.history.pop_front();
        }
        self.compacted = self.compacted.max(upto);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tree;

    fn names(state: &BTreeMap<Key, Stored>) -> Vec<&str> {
        state.keys().map(Key::as_str).collect()
    }

    fn unowned(object: Value) -> Stored {
        Stored {
            object,
            owners: None,
        }
    }

    #[test]
    fn history_rebuilds_old_states_until_it_is_compacted() {
        let mut s = Mvcc::new(1);
        let t = Timestamp::from_secs(1);
        for name in ["a/x", "a/y", "b/x"] {
            s.create(0, name, unowned(tree!({"metadata": {"name": name}})), t)
                .unwrap();
        }
        let before = s.revision();
        s.delete(0, "a/x", None, t).unwrap();
        s.update(0, "a/y", unowned(tree!({"metadata": {"name": "new"}})), t)
            .unwrap();
        assert_eq!(
            s.create(0, "b/x", unowned(Value::object()), t).unwrap_err(),
            StorageError::Exists
        );
        let old = s.list_at(0, "a/", before).unwrap();
        assert_eq!(names(&old), ["a/x", "a/y"]);
        assert_eq!(old["a/y".as_bytes()].object.name(), "a/y");
        assert_eq!(s.list(0, "a/", "").count(), 1);
        assert_eq!(s.changes(0, before).unwrap().count(), 2);
        s.compact(before + 1);
        assert!(matches!(
            s.list_at(0, "a/", before),
            Err(StorageError::TooOld { .. })
        ));
        assert_eq!(s.changes(0, before + 1).unwrap().count(), 1);
        s.bound_history(0, Duration::from_secs(300), t);
        assert_eq!(s.oldest(), s.revision());
    }

    #[test]
    fn pages_go_on_after_a_key() {
        let mut s = Mvcc::new(1);
        for name in ["k1", "k2", "k3"] {
            s.create(0, name, unowned(Value::object()), Timestamp::default())
                .unwrap();
        }
        let rest: Vec<&str> = s.list(0, "", "k1").map(|(k, _)| k.as_str()).collect();
        assert_eq!(rest, ["k2", "k3"]);
    }
}
