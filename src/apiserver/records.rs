//! The objects as somebody outside keeps them: each under a lasting name, so that a later server can begin with them.

use super::owners::Owners;
use super::registry::{self, custom};
use super::storage::{Change, Stored, TableId};
use super::{ApiServer, allocators::Taken};
use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::Arrange;

/// One object under its lasting name, or that it is gone.
#[derive(Clone, Debug)]
pub struct Record {
    /// `group/resource/namespace/name`, without a namespace where the resource has none.
    pub key: String,
    object: Option<Stored>,
}

impl Record {
    /// The object with the managers of its fields; none where it is gone. What that takes is worked out here.
    pub fn object(&self) -> Option<Value> {
        let stored = self.object.as_ref()?;
        let mut object = stored.object.clone();
        if let Some(owners) = &stored.owners {
            owners.dress(&mut object);
        }
        Some(object)
    }
}

impl ApiServer {
    /// The lasting name of a table.
    fn table_name(&self, table: TableId) -> Option<(&'static str, &'static str)> {
        let built_in = registry::all().iter().find(|r| r.table == table);
        let built_in = built_in.map(|r| (r.def.group, r.def.resource));
        built_in.or_else(|| self.customs.table_name(table))
    }

    fn record_of(&self, change: &Change) -> Option<Record> {
        let (group, resource) = self.table_name(change.table)?;
        Some(Record {
            key: format!("{group}/{resource}/{}", change.key),
            object: change.object.clone().map(|object| Stored {
                object,
                owners: change.owners.clone(),
            }),
        })
    }

    /// What was written after a revision, oldest first; none where that is no longer known.
    pub fn records_since(&self, revision: u64) -> Option<Vec<Record>> {
        let changes = self.storage.all_changes(revision)?;
        Some(changes.filter_map(|c| self.record_of(c)).collect())
    }

    /// All objects.
    pub fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for (table, key, stored) in self.storage.all() {
            if let Some((group, resource)) = self.table_name(table) {
                records.push(Record {
                    key: format!("{group}/{resource}/{key}"),
                    object: Some(stored.clone()),
                });
            }
        }
        records
    }

    /// Takes over the objects that an earlier server had at `revision`, in place of its own (there must be none yet). History
    /// begins there: watches from before have to begin anew. The keys of objects whose kind is not known.
    pub fn restore(&mut self, revision: u64, objects: Vec<(String, Value)>) -> Vec<String> {
        let definitions = format!("{}/{}/", custom::GROUP, custom::DEFINITIONS);
        let (first, others): (Vec<_>, Vec<_>) = objects
            .into_iter()
            .partition(|(key, _)| key.starts_with(&definitions));
        let mut unknown = Vec::new();
        for (key, object) in first.into_iter().chain(others) {
            if let Err(key) = self.restore_one(key, object) {
                unknown.push(key);
            }
        }
        let mut expiring: Vec<_> = std::mem::take(&mut self.expiring).into();
        expiring.arrange();
        self.expiring = expiring.into();
        self.storage.begin_at(revision);
        self.policies.invalidate();
        self.webhooks.invalidate();
        self.aggregation.invalidate();
        self.read_ranges();
        self.authz.invalidate();
        unknown
    }

    fn restore_one(&mut self, key: String, mut object: Value) -> Result<(), String> {
        let mut parts = key.splitn(3, '/');
        let (Some(group), Some(resource), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(key);
        };
        let built_in = registry::all()
            .iter()
            .find(|r| r.def.group == group && r.def.resource == resource);
        let table = built_in.map(|r| r.table);
        let Some(table) = table.or_else(|| self.customs.table_of(group, resource)) else {
            return Err(key);
        };
        let managers = object.remove_at(&["metadata", "managedFields"]);
        match (group, resource) {
            ("", "services") => {
                let taken = Taken::of_service(&object);
                // Whatever two services have come to share stays with both.
                for ip in taken.ips {
                    self.allocators.hold(ip);
                }
                for port in taken.ports {
                    let _ = self.allocators.take_port(port.into());
                }
            }
            ("networking.k8s.io", "ipaddresses") => {
                if let Ok(ip) = object.name().parse() {
                    self.allocators.hold(ip);
                }
            }
            ("", "events") => {
                let seen = [
                    object.get("lastTimestamp").str(),
                    object.meta().get("creationTimestamp").str(),
                ];
                let seen = seen.iter().filter_map(|t| Timestamp::parse(t)).max();
                let end = seen.unwrap_or_default() + self.config.event_ttl;
                let revision = object.resource_version().parse().unwrap_or(0);
                let (namespace, name) = name.split_once('/').unwrap_or(("", name));
                let name = [namespace, name].map(Text::from);
                self.expiring.push_back((end, name, revision));
            }
            (custom::GROUP, custom::DEFINITIONS) => self.follow_definition(name, &object),
            _ => {}
        }
        let stored = Stored {
            object,
            owners: managers.and_then(Owners::known),
        };
        self.storage.put(table, name, stored);
        Ok(())
    }
}
