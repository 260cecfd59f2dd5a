//! A table of nftables as data: what it is to hold, the commands that make it so, and `nft`, which carries them out in the node's
//! network namespace, all or nothing.

use super::network;
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The table's family and name. Nothing else in the namespace is touched.
const TABLE: &str = "ip kubarium";

/// A set, or a map to verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// `map` or `set`.
    pub kind: &'static str,
    /// What stands between its braces: types and flags.
    pub declaration: String,
    /// What it holds: keys, and what a map says of each. What packets add by themselves is not told here, and stays.
    pub elements: BTreeMap<String, String>,
}

/// A chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Where packets enter it (`type … hook … priority …;`), "" where other chains lead to it.
    pub hook: &'static str,
    /// Its rules.
    pub rules: Vec<String>,
}

/// What the table holds, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Sets and maps.
    pub sets: BTreeMap<String, Set>,
    /// Chains.
    pub chains: BTreeMap<String, Chain>,
}

impl Table {
    /// Puts an element into a set or map that is there.
    pub fn enter(&mut self, set: &str, key: String, value: String) {
        if let Some(set) = self.sets.get_mut(set) {
            set.elements.insert(key, value);
        }
    }

    /// The commands that make the table `before` this one, where one is known; otherwise those that make it anew. Chains and sets
    /// that are no longer wanted are only emptied.
    pub fn changes(&self, before: Option<&Table>) -> String {
        let mut text = format!("add table {TABLE}\n");
        if before.is_none() {
            let _ = write!(text, "delete table {TABLE}\nadd table {TABLE}\n");
        }
        let nothing = Table::default();
        let before = before.unwrap_or(&nothing);
        for (name, set) in &self.sets {
            if !before.sets.contains_key(name) {
                let (kind, declaration) = (set.kind, &set.declaration);
                let _ = writeln!(text, "add {kind} {TABLE} {name} {{ {declaration} }}");
            }
        }
        for (name, chain) in &self.chains {
            if !before.chains.contains_key(name) {
                let hook = match chain.hook {
                    "" => String::new(),
                    hook => format!(" {{ {hook} }}"),
                };
                let _ = writeln!(text, "add chain {TABLE} {name}{hook}");
            }
        }
        for (name, chain) in &self.chains {
            let old = before.chains.get(name);
            if old == Some(chain) {
                continue;
            }
            if old.is_some() {
                let _ = writeln!(text, "flush chain {TABLE} {name}");
            }
            for rule in &chain.rules {
                let _ = writeln!(text, "add rule {TABLE} {name} {rule}");
            }
        }
        for (name, set) in &self.sets {
            let none = BTreeMap::new();
            let old = before.sets.get(name).map_or(&none, |s| &s.elements);
            for (key, value) in old {
                if set.elements.get(key) != Some(value) {
                    let _ = writeln!(text, "delete element {TABLE} {name} {{ {key} }}");
                }
            }
            for (key, value) in &set.elements {
                if old.get(key) != Some(value) {
                    let value = match value.as_str() {
                        "" => String::new(),
                        value => format!(" : {value}"),
                    };
                    let _ = writeln!(text, "add element {TABLE} {name} {{ {key}{value} }}");
                }
            }
        }
        for name in gone(&self.chains, &before.chains) {
            let _ = writeln!(text, "flush chain {TABLE} {name}");
        }
        text
    }
}

/// Names that are no longer wanted.
fn gone<'a, T>(
    now: &'a BTreeMap<String, T>,
    before: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = &'a String> {
    before.keys().filter(|name| !now.contains_key(*name))
}

/// Keeps a table of a network namespace.
pub struct Applier {
    namespace: PathBuf,
    applied: Option<Table>,
    /// What is empty and not wanted, and could not be removed yet (`chain …`, `set …`).
    stale: BTreeSet<String>,
}

impl Applier {
    /// For the namespace that is mounted at a file. What its table holds is not known, and is replaced.
    pub fn new(namespace: &Path) -> Self {
        Self {
            namespace: namespace.to_owned(),
            applied: None,
            stale: BTreeSet::new(),
        }
    }

    /// Makes the table this one, at once and wholly.
    ///
    /// # Errors
    /// What `nft` said; then all is as it was, and the next call makes the table anew.
    pub fn apply(&mut self, table: Table) -> anyhow::Result<()> {
        if self.applied.as_ref() == Some(&table) {
            return Ok(());
        }
        let before = self.applied.take();
        run(&self.namespace, &table.changes(before.as_ref()))?;
        let before = before.unwrap_or_default();
        let chains =
            gone(&table.chains, &before.chains).map(|name| format!("chain {TABLE} {name}"));
        let sets = gone(&table.sets, &before.sets)
            .map(|name| format!("{} {TABLE} {name}", before.sets[name].kind));
        self.stale.extend(chains.chain(sets));
        let wanted = |what: &String| {
            let name = what.rsplit(' ').next().unwrap_or_default();
            table.chains.contains_key(name) || table.sets.contains_key(name)
        };
        self.stale.retain(|what| !wanted(what));
        // Kernels refuse to remove in one go what the same commands took the last reference from.
        if !self.stale.is_empty() {
            let text: String = (self.stale.iter()).fold(String::new(), |text, what| {
                text + &format!("delete {what}\n")
            });
            match run(&self.namespace, &text) {
                Ok(()) => self.stale.clear(),
                Err(why) => tracing::debug!("empty chains are removed later: {why:#}"),
            }
        }
        self.applied = Some(table);
        Ok(())
    }
}

fn run(namespace: &Path, commands: &str) -> anyhow::Result<()> {
    let inside = format!("--net={}", namespace.display());
    let mut command = Command::new("nsenter");
    network::feed(command.args([&inside, "nft", "-f", "-"]), commands)
        .context("rules of the node's network cannot be changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rules: &[(&str, &str)], elements: &[(&str, &str)]) -> Table {
        let mut table = Table::default();
        let set = Set {
            kind: "map",
            declaration: "type inet_service : verdict;".into(),
            ..Set::default()
        };
        table.sets.insert("ports".into(), set);
        for (key, value) in elements {
            table.enter("ports", (*key).into(), (*value).into());
        }
        for (chain, rule) in rules {
            let chain = table.chains.entry((*chain).into()).or_default();
            chain.rules.push((*rule).into());
        }
        table
    }

    #[test]
    fn only_what_differs_is_changed() {
        let one = table(
            &[("a", "accept"), ("b", "drop")],
            &[("1", "goto a"), ("2", "goto b")],
        );
        let made = one.changes(None);
        assert!(made.starts_with("add table ip kubarium\ndelete table ip kubarium\nadd table"));
        assert!(made.contains("add map ip kubarium ports { type inet_service : verdict; }"));
        let two = table(
            &[("a", "accept"), ("c", "drop")],
            &[("1", "goto c"), ("3", "goto a")],
        );
        assert_eq!(
            two.changes(Some(&one)),
            "add table ip kubarium\n\
             add chain ip kubarium c\n\
             add rule ip kubarium c drop\n\
             delete element ip kubarium ports { 1 }\n\
             delete element ip kubarium ports { 2 }\n\
             add element ip kubarium ports { 1 : goto c }\n\
             add element ip kubarium ports { 3 : goto a }\n\
             flush chain ip kubarium b\n"
        );
        assert_eq!(two.changes(Some(&two)), "add table ip kubarium\n");
    }
}
