//! Sets of fields as trees (`structured-merge-diff/fieldpath`).

use super::element::Element;
use super::typed::Ty;
use crate::apimachinery::{Map, Text, Value};
use crate::collections::Arrange;

/// A set of paths. A node's own membership and that of what is below it are independent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set(Vec<(Element, Node)>);

#[derive(Clone, Debug, Default, PartialEq)]
struct Node {
    member: bool,
    children: Set,
}

static EMPTY: Set = Set(Vec::new());

impl Set {
    /// An empty set.
    pub const fn new() -> Set {
        Set(Vec::new())
    }
    /// The set of some paths of field names.
    pub fn of_fields(paths: &[&[&str]]) -> Set {
        let mut set = Set::new();
        for path in paths {
            let path: Vec<Element> = path.iter().map(|s| Element::Field(Text::key(s))).collect();
            set.insert(&path);
        }
        set
    }
    /// Whether it has no member.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    fn node(&self, e: &Element) -> Option<&Node> {
        let i = self.0.binary_search_by(|(x, _)| x.cmp(e)).ok()?;
        Some(&self.0[i].1)
    }
    /// Adds a path; its parents are not added. The empty path is never a member.
    pub fn insert(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let i = match self.0.binary_search_by(|(x, _)| x.cmp(first)) {
            Ok(i) => i,
            Err(i) => {
                self.0.insert(i, (first.clone(), Node::default()));
                i
            }
        };
        let node = &mut self.0[i].1;
        if rest.is_empty() {
            node.member = true;
        } else {
            node.children.insert(rest);
        }
    }
    /// Whether a path is a member.
    pub fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.node(last).is_some_and(|n| n.member),
            [first, rest @ ..] => self.under(first).has(rest),
        }
    }
    /// The members below a step.
    pub fn under(&self, e: &Element) -> &Set {
        self.node(e).map_or(&EMPTY, |n| &n.children)
    }
    /// Members of either.
    pub fn union(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a || b)
    }
    /// Members of both.
    pub fn intersection(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a && b)
    }
    /// Members of this set that are not in the other. Only the paths themselves are taken out, not what is below them.
    pub fn difference(&self, other: &Set) -> Set {
        self.zip(other, |a, b| a && !b)
    }
    fn zip(&self, other: &Set, keep: fn(bool, bool) -> bool) -> Set {
        let mut out = Vec::new();
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return Set(out),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(x), Some(y)) => x.0.cmp(&y.0),
            };
            let left = if order.is_le() { a.next() } else { None };
            let right = if order.is_ge() { b.next() } else { None };
            match (left, right) {
                (Some(l), None) if keep(true, false) => out.push(l.clone()),
                (None, Some(r)) if keep(false, true) => out.push(r.clone()),
                (Some((e, l)), Some((_, r))) => {
                    let node = Node {
                        member: keep(l.member, r.member),
                        children: l.children.zip(&r.children, keep),
                    };
                    if node.member || !node.children.is_empty() {
                        out.push((e.clone(), node));
                    }
                }
                _ => {}
            }
        }
    }
    /// Takes out the other's members with all that is below them.
    pub fn without(&self, other: &Set) -> Set {
        let nodes = self.0.iter().filter_map(|(e, n)| {
            let Some(gone) = other.node(e) else {
                return Some((e.clone(), n.clone()));
            };
            let children = n.children.without(&gone.children);
            let whole = gone.member || (!n.member && children.is_empty());
            let member = n.member;
            (!whole).then(|| (e.clone(), Node { member, children }))
        });
        Set(nodes.collect())
    }
    /// Keeps only what lies at or below a path of field names.
    pub fn only(&self, path: &[&str]) -> Set {
        let Some((first, rest)) = path.split_first() else {
            return self.clone();
        };
        let e = Element::Field(Text::key(first));
        let Some(node) = self.node(&e) else {
            return Set::new();
        };
        let children = node.children.only(rest);
        let member = node.member && rest.is_empty();
        if !member && children.is_empty() {
            return Set::new();
        }
        Set(vec![(e, Node { member, children })])
    }
    /// The set with the named fields of objects as members where something below them is one.
    pub fn with_named_fields(&self, ty: Option<Ty>) -> Set {
        let nodes = self.0.iter().map(|(e, n)| {
            let (child, named) = match (ty, e) {
                (Some(ty), Element::Field(name)) => ty.field(name),
                (Some(ty), Element::Key(_)) => (ty.item(), false),
                _ => (None, false),
            };
            let node = Node {
                member: n.member || (named && !n.children.is_empty()),
                children: n.children.with_named_fields(child),
            };
            (e.clone(), node)
        });
        Set(nodes.collect())
    }
    /// Calls `f` with each member, those of one object before those below.
    pub fn each(&self, path: &mut Vec<Element>, f: &mut dyn FnMut(&[Element])) {
        for (e, _) in self.0.iter().filter(|(_, n)| n.member) {
            path.push(e.clone());
            f(path);
            path.pop();
        }
        for (e, n) in &self.0 {
            path.push(e.clone());
            n.children.each(path, f);
            path.pop();
        }
    }
    /// `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut map = Vec::with_capacity(self.0.len());
        for (e, n) in &self.0 {
            let mut below = n.children.to_value();
            if n.member && !n.children.is_empty() {
                below.set(".", Value::object());
            }
            map.push((Text::from(e.text()), below));
        }
        Value::Map(map.into_iter().collect::<Map>())
    }
    /// Reads `fieldsV1`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_value(v: &Value) -> Result<Set, String> {
        let mut nodes = Vec::new();
        for (key, below) in v.fields().filter(|(k, _)| *k != ".") {
            let children = Set::from_value(below)?;
            let member = below.has(".") || children.is_empty();
            nodes.push((Element::parse(key)?, Node { member, children }));
        }
        nodes.arrange_by(|a, b| a.0.cmp(&b.0));
        Ok(Set(nodes))
    }
}
