//! The tree of commands and how a command line finds its command (models cobra).

use super::context::Cx;
use super::env::LocalFuture;
use super::error::{Error, Outcome};
use super::flags::Flag;

/// What a command does.
pub type Run = for<'a> fn(&'a Cx) -> LocalFuture<'a, Outcome>;

/// One command or group of commands.
pub struct Command {
    /// Its word on the command line.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What follows it in the usage line, such as `NAME [--image=IMAGE]`.
    pub args: &'static str,
    /// One line about it.
    pub short: &'static str,
    /// More about it; "" where the line says it all.
    pub long: &'static str,
    /// Examples, one command per line, comments after `#`.
    pub examples: &'static str,
    /// Its flags, in groups so that commands can share them.
    pub flags: &'static [&'static [Flag]],
    /// The commands under it.
    pub commands: &'static [&'static Command],
    /// What it does; none for a group.
    pub run: Option<Run>,
    /// Left out of help and completion.
    pub hidden: bool,
}

impl Command {
    /// A command with everything empty, to build upon: `Command { name: "get", ..Command::NEW }`.
    pub const NEW: Command = Command {
        name: "",
        aliases: &[],
        args: "",
        short: "",
        long: "",
        examples: "",
        flags: &[],
        commands: &[],
        run: None,
        hidden: false,
    };

    /// The command under this one by name or alias.
    pub fn child(&self, word: &str) -> Option<&'static Command> {
        self.commands
            .iter()
            .copied()
            .find(|c| c.name == word || c.aliases.contains(&word))
    }
}

/// A command found on a command line.
#[derive(Clone)]
pub struct Found {
    /// From the root to the command.
    pub chain: Vec<&'static Command>,
    /// The words that are left: flags and arguments.
    pub rest: Vec<String>,
}

impl Found {
    /// The command.
    pub fn command(&self) -> &'static Command {
        self.chain[self.chain.len() - 1]
    }
    /// Whether it is `kubectl` itself.
    pub fn is_root(&self) -> bool {
        self.chain.len() == 1
    }
    /// `kubectl create secret`
    pub fn path(&self) -> String {
        let names: Vec<&str> = self.chain.iter().map(|c| c.name).collect();
        names.join(" ")
    }
    /// Its own and the global flags.
    pub fn flags(&self) -> Vec<Flag> {
        let own = if self.is_root() {
            &[][..]
        } else {
            self.command().flags
        };
        own.iter()
            .chain(super::cmd::ROOT.flags)
            .flat_map(|group| group.iter().copied())
            .collect()
    }
    /// The error for a word that is no command under this group.
    pub fn unknown_subcommand(&self, word: &str, args: &[String]) -> Error {
        if !self.is_root() {
            return Error::usage(
                &self.path(),
                format!("unknown command \"{}\"", args.join(" ")),
            );
        }
        let near = suggestions(self.command(), word);
        let hint = if near.is_empty() {
            String::new()
        } else {
            format!("\n\nDid you mean this?\n\t{}", near.join("\n\t"))
        };
        Error::msg(format!("unknown command \"{word}\" for \"kubectl\"{hint}"))
    }
}

/// What `kubectl help WORDS` shows: the command that the words lead to, or all the words
/// where the first one leads nowhere.
pub fn topic<'a>(root: &'static Command, words: &'a [String]) -> Result<Found, &'a [String]> {
    let mut found = Found {
        chain: vec![root],
        rest: Vec::new(),
    };
    for word in words {
        match found.command().child(word) {
            Some(child) => found.chain.push(child),
            None if found.is_root() => return Err(words),
            None => break,
        }
    }
    Ok(found)
}

/// Walks down the command tree. Words are taken out as commands; flags and arguments stay in order.
pub fn find(root: &'static Command, words: &[String]) -> Result<Found, Error> {
    let mut found = Found {
        chain: vec![root],
        rest: words.to_vec(),
    };
    while let Some(at) = first_argument(&found) {
        let Some(child) = found.command().child(&found.rest[at]) else {
            break;
        };
        found.rest.remove(at);
        found.chain.push(child);
    }
    if found.is_root()
        && let Some(at) = first_argument(&found)
    {
        let word = found.rest[at].clone();
        return Err(found.unknown_subcommand(&word, &[]));
    }
    Ok(found)
}

/// Index of the first word that is neither a flag nor a flag's value.
fn first_argument(found: &Found) -> Option<usize> {
    let flags = found.flags();
    let mut at = 0;
    while at < found.rest.len() {
        let word = found.rest[at].as_str();
        if word == "--" {
            return None;
        }
        let takes_next = if let Some(long) = word.strip_prefix("--") {
            !long.contains('=') && !flags.iter().any(|f| f.name == long && f.no_value.is_some())
        } else if let Some(shorts) = word.strip_prefix('-').filter(|s| !s.is_empty()) {
            shorts.chars().count() == 1
                && !flags
                    .iter()
                    .any(|f| f.short == shorts.chars().next() && f.no_value.is_some())
        } else {
            return Some(at);
        };
        at += if takes_next { 2 } else { 1 };
    }
    None
}

fn suggestions(group: &Command, word: &str) -> Vec<&'static str> {
    group
        .commands
        .iter()
        .filter(|c| !c.hidden)
        .filter(|c| {
            distance(word, c.name) <= 2 || c.name.to_lowercase().starts_with(&word.to_lowercase())
        })
        .map(|c| c.name)
        .collect()
}

/// Levenshtein distance, ignoring case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (
        a.to_lowercase().chars().collect(),
        b.to_lowercase().chars().collect(),
    );
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if ca == cb {
                diagonal
            } else {
                1 + diagonal.min(above).min(row[j])
            };
            diagonal = above;
        }
    }
    row[b.len()]
}
