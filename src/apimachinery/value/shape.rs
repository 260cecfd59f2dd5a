//! The names of a map's fields. Objects of a kind have the same fields again and again, so each list of fields that the schema
//! knows is kept once, as long as the program lives. Whoever sends objects may think of many such lists: there are [`MOST`] at most,
//! and maps with others have lists of their own.

use super::super::text::Text;
use super::Value;
use crate::collections::SortedMap;
use std::cell::RefCell;
use std::sync::Mutex;

/// Longer lists are not shared.
const LONGEST: usize = 32;
/// How many lists are kept at most; maps with others have their own.
const MOST: usize = 8192;
/// How many of one sum are kept at most: they are looked through one by one.
const MOST_ALIKE: usize = 16;
/// How many of them each thread finds without asking for all (a power of two).
const NEAR: usize = 1024;

/// A list of names in order that is kept for good.
pub(super) struct Shape {
    /// The sum of what its names count as ([`count`]).
    sum: u32,
    names: Vec<Text>,
    /// The marks of the names ([`mark`]): they stand side by side, so that a name is found without going through all of them.
    marks: Box<[u32]>,
}

/// The names of a map's fields, in order.
#[derive(Clone)]
pub(super) enum Names {
    /// A list that others have too.
    Shared(&'static Shape),
    /// A list of its own, since not all of its names are the schema's.
    Own(Box<List>),
}

/// A list that one map alone has. Most maps have none: behind a pointer it takes no room in them.
#[derive(Clone)]
pub(super) struct List(Vec<Text>);

impl From<Vec<Text>> for Names {
    fn from(names: Vec<Text>) -> Self {
        Names::Own(Box::new(List(names)))
    }
}

/// The lists that are kept for good.
struct Kept {
    by_sum: SortedMap<u32, Vec<&'static Shape>>,
    lists: usize,
}

static SHAPES: Mutex<Kept> = Mutex::new(Kept::new());

impl Kept {
    const fn new() -> Self {
        Kept {
            by_sum: SortedMap::new(),
            lists: 0,
        }
    }

    /// The list itself where it is kept, if it is or there is room for it.
    fn keep(&mut self, sum: u32, names: Vec<Text>) -> Result<&'static Shape, Vec<Text>> {
        let alike = self.by_sum.get(&sum).map_or(&[][..], Vec::as_slice);
        if let Some(known) = alike.iter().find(|s| s.names == names) {
            return Ok(known);
        }
        if self.lists >= MOST || alike.len() >= MOST_ALIKE {
            return Err(names);
        }
        let marks = names.iter().map(|name| mark(name)).collect();
        let shape: &'static Shape = Box::leak(Box::new(Shape { sum, names, marks }));
        self.by_sum.entry(sum).or_default().push(shape);
        self.lists += 1;
        Ok(shape)
    }
}

thread_local! {
    static RECENT: RefCell<[Option<&'static Shape>; NEAR]> = const { RefCell::new([None; NEAR]) };
}

/// A mark by which names mostly differ: their length, where they begin, and where they end.
#[inline]
fn mark(name: &str) -> u32 {
    let b = name.as_bytes();
    match (b.first(), b.last()) {
        (Some(first), Some(last)) => {
            u32::from_le_bytes([b.len() as u8, *first, b[b.len() / 2], *last])
        }
        _ => 0,
    }
}

/// What a name adds to the sum of its list; the sum does not depend on their order, which follows from the names.
fn count(name: &str) -> u32 {
    let x = mark(name).max(1).wrapping_mul(0x9e37_79b1);
    (x ^ (x >> 15)).wrapping_mul(0x85eb_ca77)
}

/// The shared list with that sum for which `is` holds.
fn recall(sum: u32, is: impl Fn(&[Text]) -> bool) -> Option<&'static Shape> {
    let place = (sum ^ (sum >> 16)) as usize % NEAR;
    let near = RECENT.with_borrow(|recent| recent[place]);
    if let Some(near) = near.filter(|s| s.sum == sum && is(&s.names)) {
        return Some(near);
    }
    let all = SHAPES.lock().unwrap_or_else(|broken| broken.into_inner());
    let found = all
        .by_sum
        .get(&sum)?
        .iter()
        .find(|s| is(&s.names))
        .copied()?;
    RECENT.with_borrow_mut(|recent| recent[place] = Some(found));
    Some(found)
}

/// Makes room for one more in a list of entries: no more than that where it is short, since objects grow seldom and are kept for long.
pub(super) fn make_room<T>(list: &mut Vec<T>) {
    match list.len() < LONGEST {
        true => list.reserve_exact(1),
        false => list.reserve(1),
    }
}

impl Names {
    /// The names of entries, if that very list is known; then they are in order, and each is there once.
    pub fn known(entries: &[(Text, Value)]) -> Option<Names> {
        let mut sum: u32 = 0;
        for (name, _) in entries {
            if !matches!(name, Text::Static(_)) {
                return None;
            }
            sum = sum.wrapping_add(count(name));
        }
        let same = |names: &[Text]| {
            names.len() == entries.len() && names.iter().zip(entries).all(|(a, (b, _))| a == b)
        };
        recall(sum, same).map(Names::Shared)
    }

    /// A list of names in order, each there once.
    pub fn of(names: Vec<Text>) -> Names {
        let shared = |name: &Text| matches!(name, Text::Static(_));
        if names.len() > LONGEST || !names.iter().all(shared) {
            return names.into();
        }
        let sum = names
            .iter()
            .fold(0, |sum: u32, n| sum.wrapping_add(count(n)));
        match recall(sum, |known| known == names) {
            Some(known) => Names::Shared(known),
            None => {
                let mut all = SHAPES.lock().unwrap_or_else(|broken| broken.into_inner());
                all.keep(sum, names).map_or_else(Names::from, Names::Shared)
            }
        }
    }

    /// The names.
    pub fn list(&self) -> &[Text] {
        match self {
            Names::Shared(shape) => &shape.names,
            Names::Own(own) => &own.0,
        }
    }

    /// Where a name stands.
    #[inline]
    pub fn position(&self, name: &str) -> Option<usize> {
        match self {
            Names::Shared(shape) => {
                let wanted = mark(name);
                let mut marks = shape.marks.iter().enumerate();
                let is = |i: usize| shape.names[i].as_str() == name;
                marks.find_map(|(i, mark)| (*mark == wanted && is(i)).then_some(i))
            }
            Names::Own(own) => own.0.binary_search_by(|k| k.as_str().cmp(name)).ok(),
        }
    }

    /// The same with a name that is not in the list, at its place.
    pub fn with(&self, at: usize, name: Text) -> Names {
        let old = self.list();
        if let (Names::Shared(shape), Text::Static(_)) = (self, &name) {
            let sum = shape.sum.wrapping_add(count(&name));
            let is = |names: &[Text]| {
                names.len() == old.len() + 1
                    && names[at] == name
                    && names[..at] == old[..at]
                    && names[at + 1..] == old[at..]
            };
            if let Some(known) = recall(sum, is) {
                return Names::Shared(known);
            }
        }
        let mut names = Vec::with_capacity(old.len() + 1);
        names.extend_from_slice(&old[..at]);
        names.push(name);
        names.extend_from_slice(&old[at..]);
        match self {
            Names::Shared(_) => Names::of(names),
            Names::Own(_) => names.into(),
        }
    }

    /// Puts a name that is not in the list at its place.
    pub fn insert(&mut self, at: usize, name: Text) {
        match self {
            Names::Own(own) => {
                make_room(&mut own.0);
                own.0.insert(at, name);
            }
            Names::Shared(_) => *self = self.with(at, name),
        }
    }

    /// Takes a name out.
    pub fn remove(&mut self, at: usize) {
        match self {
            Names::Own(own) => {
                let names = &mut own.0;
                // With the last name that somebody thought of gone, others may have that list.
                if !matches!(names.remove(at), Text::Static(_)) && names.len() <= LONGEST {
                    *self = Names::of(std::mem::take(names));
                }
            }
            Names::Shared(shape) => {
                let old = &shape.names;
                let sum = shape.sum.wrapping_sub(count(&old[at]));
                let is = |names: &[Text]| {
                    names.len() + 1 == old.len()
                        && names[..at] == old[..at]
                        && names[at..] == old[at + 1..]
                };
                *self = match recall(sum, is) {
                    Some(known) => Names::Shared(known),
                    None => {
                        let mut names = old.clone();
                        names.remove(at);
                        Names::of(names)
                    }
                };
            }
        }
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Names::Shared(a), Names::Shared(b)) if std::ptr::eq(*a, *b) => true,
            _ => self.list() == other.list(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::value::Map;
    use crate::tree;

    fn shape(map: &Value) -> Option<&'static Shape> {
        let entries: Vec<(Text, Value)> = map
            .as_map()?
            .entries()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        match Names::known(&entries)? {
            Names::Shared(shape) => Some(shape),
            Names::Own(_) => None,
        }
    }

    #[test]
    fn maps_with_the_same_fields_share_their_names_however_they_were_made() {
        let whole = tree!({"kind": "Pod", "apiVersion": "v1", "metadata": {}});
        let mut grown = Value::object();
        for field in ["metadata", "kind", "apiVersion", "spec"] {
            grown.set(field, 1);
        }
        grown.remove("spec");
        let read = Value::from_json(br#"{"metadata": {}, "kind": 1, "apiVersion": 2}"#);
        let read = read.expect("JSON");
        let shapes = [&whole, &grown, &read].map(|v| shape(v).expect("known names") as *const _);
        assert!(shapes[0] == shapes[1] && shapes[1] == shapes[2]);
        assert!(shape(&tree!({"kind": 1})).is_some_and(|s| !std::ptr::eq(s, shapes[0])));
    }

    #[test]
    fn what_senders_think_of_is_kept_within_bounds() {
        let word = |n: usize| Text::from(format!("word-{n}"));
        let own = Names::of(vec![word(1), word(2)]);
        assert!(matches!(own, Names::Own(_)));
        let mut kept = Kept::new();
        // Of one sum.
        let kept_of_one = (0..100).filter(|n| kept.keep(7, vec![word(*n)]).is_ok());
        assert_eq!(kept_of_one.count(), MOST_ALIKE);
        assert!(kept.keep(7, vec![word(0)]).is_ok());
        // Of many.
        for n in 0..2 * MOST {
            let sum = 100 + u32::try_from(n).expect("few");
            let _ = kept.keep(sum, vec![word(n)]);
        }
        assert_eq!(
            (kept.lists, kept.by_sum.len()),
            (MOST, MOST - MOST_ALIKE + 1)
        );
    }

    #[test]
    fn a_map_with_names_of_its_own_grows_and_shrinks_in_place() {
        let mut names = Names::of(vec![Text::from("made-up".to_owned())]);
        names.insert(0, Text::key("kind"));
        assert!(matches!(&names, Names::Own(own) if own.0.len() == 2));
        names.remove(1);
        assert!(matches!(&names, Names::Shared(shape) if shape.names == [Text::key("kind")]));
    }

    #[test]
    fn maps_are_what_sorted_maps_are() {
        let names = [
            "kind", "name", "spec", "own-1", "uid", "x", "own-2", "status",
        ];
        let mut rng = fastrand::Rng::with_seed(3);
        let (mut ours, mut theirs) = (Map::new(), SortedMap::<String, i64>::new());
        let mut before: Vec<(Map, SortedMap<String, i64>)> = Vec::new();
        for step in 0..4000 {
            let name = names[rng.usize(..names.len())];
            match rng.u8(..8) {
                0..3 => {
                    let old = ours.insert(name, step).and_then(|v| v.as_i64());
                    assert_eq!(old, theirs.insert(name.into(), step));
                }
                3 => {
                    *ours.entry(name) = step.into();
                    theirs.insert(name.into(), step);
                }
                4 | 5 => {
                    let old = ours.remove(name).and_then(|v| v.as_i64());
                    assert_eq!(old, theirs.remove(name));
                }
                6 => {
                    ours.retain(|k, _| k != name);
                    theirs.retain(|k, _| k != name);
                }
                _ => {
                    for (_, value) in ours.iter_mut() {
                        *value = step.into();
                    }
                    for value in theirs.values_mut() {
                        *value = step;
                    }
                }
            }
            before.push((ours.clone(), theirs.clone()));
            before.drain(..before.len().saturating_sub(5));
            // What was taken from a map before it changed has not changed with it.
            for (ours, theirs) in &before {
                let seen = ours.iter().map(|(k, v)| (k, v.as_i64()));
                assert!(seen.eq(theirs.iter().map(|(k, v)| (k.as_str(), Some(*v)))));
                assert_eq!(ours.is_empty(), theirs.is_empty());
                assert_eq!(
                    ours.get(name).and_then(Value::as_i64),
                    theirs.get(name).copied()
                );
                let anew: Map = ours
                    .entries()
                    .rev()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                assert!(anew == *ours);
            }
        }
    }
}
