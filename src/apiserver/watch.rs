//! Open watches: one queue per watcher, and an index from changes to the watchers they concern, so that a change costs what
//! it delivers and not what is open (the cacher's watcher indexes).

use super::owners::Owners;
use super::registry::Resource;
use super::selection::Selection;
use super::storage::{Change, TableId};
use crate::apimachinery::http::{ReaderId, WatchEvent, WatchId, WatchType};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Text, Timestamp, Value};
use crate::collections::{SortedMap, SortedSet};
use crate::tree;
use std::collections::VecDeque;
use std::time::Duration;

/// Events that one watcher may leave unread before it is cut off, as the cacher does with slow readers.
const MAX_UNREAD: usize = 200_000;

/// In which form events are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventForm {
    /// Whole objects.
    Object,
    /// `PartialObjectMetadata`.
    Metadata,
    /// `Table`, with the objects included as asked.
    Table(super::negotiate::IncludeObject),
}

/// What a watch asks for.
#[derive(Clone)]
pub struct WatchSpec {
    /// The resource in the version that was asked for.
    pub resource: &'static Resource,
    /// Namespace and selectors.
    pub selection: Selection,
    /// Form of the events.
    pub form: EventForm,
    /// How long events take to reach the reader.
    pub latency: Duration,
    /// Whom events wake.
    pub reader: Option<ReaderId>,
    /// Whether bookmarks may be sent (`allowWatchBookmarks`).
    pub bookmarks: bool,
    /// Whether the reader has a use for `managedFields`.
    pub managers: bool,
}

impl WatchSpec {
    /// The object of a bookmark: nothing but its kind and a revision.
    pub fn bookmark(&self, revision: u64) -> Value {
        tree!({
            "apiVersion": self.resource.storage_version.as_str(), "kind": self.resource.def.kind,
            "metadata": {"resourceVersion": revision.to_string()},
        })
    }
}

/// What happened to which object, and who manages its fields where the reader wants to know.
pub(super) type Event = (WatchType, Value, Option<Owners>);

#[derive(Clone)]
struct Watcher {
    spec: WatchSpec,
    queue: VecDeque<(Timestamp, Event)>,
    /// Whether the reader was told of the head of the queue.
    announced: bool,
    /// Whether the columns of a Table were sent.
    headed: bool,
    overrun: bool,
}

/// Where a watcher is entered in the index.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Any,
    Node(Text),
    Name(Text),
}

impl Slot {
    fn of(selection: &Selection) -> Slot {
        if let Some(name) = selection.required_field("metadata.name") {
            Slot::Name(name.into())
        } else if let Some(node) = selection.required_field("spec.nodeName") {
            Slot::Node(node.into())
        } else {
            Slot::Any
        }
    }
}

/// All open watches.
#[derive(Clone, Default)]
pub struct Watches {
    next: u64,
    watchers: SortedMap<WatchId, Watcher>,
    index: SortedMap<(TableId, Slot), Vec<WatchId>>,
    /// Heads of queues whose readers were not told yet.
    pending: SortedSet<(Timestamp, WatchId)>,
    /// Watches of which readers were told and that they have not read to the end.
    fresh: SortedMap<ReaderId, Vec<WatchId>>,
}

impl Watches {
    /// Opens a watch with the events that it starts with; they are deliverable at once.
    pub fn open(&mut self, spec: WatchSpec, initial: Vec<Event>, now: Timestamp) -> WatchId {
        self.next += 1;
        let id = WatchId(self.next);
        self.index
            .entry((spec.resource.table, Slot::of(&spec.selection)))
            .or_default()
            .push(id);
        let queue: VecDeque<_> = initial.into_iter().map(|e| (now, e)).collect();
        if !queue.is_empty() {
            self.pending.insert((now, id));
        }
        self.watchers.insert(
            id,
            Watcher {
                spec,
                queue,
                announced: false,
                headed: false,
                overrun: false,
            },
        );
        id
    }

    /// Ends a watch; unread events are dropped.
    pub fn close(&mut self, id: WatchId) {
        let Some(w) = self.watchers.remove(&id) else {
            return;
        };
        if let Some((at, ..)) = w.queue.front() {
            self.pending.remove(&(*at, id));
        }
        self.forget_news(w.spec.reader, id);
        let key = (w.spec.resource.table, Slot::of(&w.spec.selection));
        if let Some(list) = self.index.get_mut(&key) {
            list.retain(|x| *x != id);
            if list.is_empty() {
                self.index.remove(&key);
            }
        }
    }

    /// Appends a bookmark where one was asked for and everything else was read.
    pub fn bookmark(&mut self, id: WatchId, revision: u64, now: Timestamp) {
        if let Some(w) = self.watchers.get_mut(&id)
            && w.spec.bookmarks
            && w.queue.is_empty()
        {
            let object = w.spec.bookmark(revision);
            if push(w, now, (WatchType::Bookmark, object, None)) && !w.announced {
                self.pending.insert((now, id));
            }
        }
    }

    /// Breaks the watches of picked readers: unread events are dropped, an error takes their place, nothing follows it.
    pub fn break_off(&mut self, pick: &mut dyn FnMut(ReaderId) -> bool, now: Timestamp) {
        for (id, w) in &mut self.watchers {
            if w.overrun || !w.spec.reader.is_some_and(&mut *pick) {
                continue;
            }
            if let Some((at, ..)) = w.queue.front() {
                self.pending.remove(&(*at, *id));
            }
            w.overrun = true;
            w.announced = false;
            w.queue.clear();
            let status = Status::expired("The connection was lost.");
            w.queue
                .push_back((now, (WatchType::Error, status.into(), None)));
            self.pending.insert((now, *id));
        }
    }

    fn forget_news(&mut self, reader: Option<ReaderId>, id: WatchId) {
        if let Some(fresh) = reader.and_then(|r| self.fresh.get_mut(&r)) {
            fresh.retain(|x| *x != id);
        }
    }

    /// The watches of a reader that have something to read.
    pub fn news(&self, reader: ReaderId) -> &[WatchId] {
        self.fresh.get(&reader).map_or(&[], Vec::as_slice)
    }

    /// How many watches are open.
    pub fn len(&self) -> usize {
        self.watchers.len()
    }

    /// Puts a committed change into the queues of the watchers that it concerns.
    pub fn publish(&mut self, change: &Change) {
        if self.watchers.is_empty() {
            return;
        }
        let mut slots = vec![Slot::Any];
        let newest = change.object.as_ref().or(change.last.as_ref());
        if let Some(object) = newest {
            slots.push(Slot::Name(object.name().into()));
        }
        for object in [change.previous.as_ref(), newest].into_iter().flatten() {
            if let Some(node) = object.at(&["spec", "nodeName"]).as_str() {
                let slot = Slot::Node(node.into());
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
            }
        }
        for slot in slots {
            let Some(ids) = self.index.get(&(change.table, slot)) else {
                continue;
            };
            for id in ids {
                if let Some(w) = self.watchers.get_mut(id)
                    && let Some(event) = event_of(change, &w.spec)
                {
                    let at = change.time + w.spec.latency;
                    if push(w, at, event) && !w.announced {
                        self.pending.insert((at, *id));
                    }
                }
            }
        }
    }

    /// The next event that has reached the reader by `now`, in the form asked for.
    pub fn poll(&mut self, id: WatchId, now: Timestamp) -> Option<WatchEvent> {
        let w = self.watchers.get_mut(&id)?;
        let head = w.queue.front().map(|(at, ..)| *at);
        let Some(at) = head.filter(|at| *at <= now) else {
            if w.announced {
                w.announced = false;
                if let Some(at) = head {
                    self.pending.insert((at, id));
                }
            }
            let reader = w.spec.reader;
            self.forget_news(reader, id);
            return None;
        };
        self.pending.remove(&(at, id));
        let (_, (kind, mut object, owners)) = w.queue.pop_front()?;
        if let Some(owners) = owners {
            owners.dress(&mut object);
        }
        w.announced = true;
        if !w.queue.front().is_some_and(|(next, ..)| *next <= now) {
            w.announced = false;
            if let Some((next, ..)) = w.queue.front() {
                self.pending.insert((*next, id));
            }
        }
        let columns = !w.headed;
        w.headed = true;
        Some(WatchEvent {
            kind,
            object: dress(kind, object, &w.spec, columns, now),
        })
    }

    /// Readers whose watches have events that became deliverable, each once.
    pub fn take_woken(&mut self, now: Timestamp) -> Vec<ReaderId> {
        let mut readers = SortedSet::new();
        while let Some((at, id)) = self.pending.first().copied() {
            if at > now {
                break;
            }
            self.pending.pop_first();
            if let Some(w) = self.watchers.get_mut(&id) {
                w.announced = true;
                if let Some(reader) = w.spec.reader {
                    readers.insert(reader);
                    let fresh = self.fresh.entry(reader).or_default();
                    if !fresh.contains(&id) {
                        fresh.push(id);
                    }
                }
            }
        }
        readers.into_iter().collect()
    }

    /// When the next event becomes deliverable of which its reader does not know yet.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.pending.first().map(|(at, _)| *at)
    }
}

/// Appends an event; says whether it is now the head of the queue.
fn push(w: &mut Watcher, at: Timestamp, event: Event) -> bool {
    if w.overrun {
        return false;
    }
    if w.queue.len() >= MAX_UNREAD {
        w.overrun = true;
        w.queue.clear();
        let status = Status::expired("The watch was closed because its reader is too slow.");
        w.queue
            .push_back((at, (WatchType::Error, status.into(), None)));
        return true;
    }
    w.queue.push_back((at, event));
    w.queue.len() == 1
}

/// What a change means to a watcher: an object that enters or leaves the selection is added or deleted there.
pub(super) fn event_of(change: &Change, spec: &WatchSpec) -> Option<Event> {
    let shown = |owners: &Option<Owners>| owners.clone().filter(|_| spec.managers);
    let was = change
        .previous
        .as_ref()
        .filter(|o| spec.selection.matches(o));
    match (&change.object, was) {
        (Some(object), was) if spec.selection.matches(object) => {
            let kind = if was.is_some() {
                WatchType::Modified
            } else {
                WatchType::Added
            };
            Some((kind, object.clone(), shown(&change.owners)))
        }
        (Some(object), Some(was)) => {
            let mut last = was.clone();
            last.meta_mut()
                .set("resourceVersion", object.resource_version());
            Some((WatchType::Deleted, last, shown(&change.previous_owners)))
        }
        (None, Some(_)) => {
            let last = change.last.clone();
            last.map(|o| (WatchType::Deleted, o, shown(&change.owners)))
        }
        _ => None,
    }
}

fn dress(kind: WatchType, object: Value, spec: &WatchSpec, columns: bool, now: Timestamp) -> Value {
    if kind == WatchType::Error {
        return object;
    }
    let object = spec.resource.from_storage(object);
    match &spec.form {
        EventForm::Object => object,
        EventForm::Metadata if kind == WatchType::Bookmark => object,
        EventForm::Metadata => super::negotiate::partial_metadata(&object),
        EventForm::Table(include) => {
            let rows = [object];
            let mut table = super::printers::table(spec.resource, &rows, *include, columns, now);
            if kind == WatchType::Bookmark {
                table.set("metadata", rows[0].meta());
            }
            table
        }
    }
}
