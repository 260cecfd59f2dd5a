//! `kubectl options` and what this kubectl does not do.

use super::{GLOBAL_FLAGS, ROOT};
use crate::apimachinery::strconv::quote;
use crate::kubectl::command::{Command, Found, Run, topic};
use crate::kubectl::error::Error;
use crate::kubectl::flags::Flag;
use crate::kubectl::help;

/// The command.
pub static OPTIONS: Command = Command {
    name: "options",
    short: "Print the list of flags inherited by all commands",
    run: Some(|cx| {
        Box::pin(async {
            cx.line(format!(
                "The following options can be passed to any command:\n\n{}\n",
                help::options(GLOBAL_FLAGS.iter())
            ));
            Ok(())
        })
    }),
    ..Command::NEW
};

/// `kubectl help`
pub static HELP: Command = Command {
    name: "help",
    args: "[command]",
    short: "Help about any command",
    hidden: true,
    run: Some(|cx| {
        Box::pin(async {
            match topic(&ROOT, &cx.args) {
                Ok(found) => cx.out(help::text(&found)),
                Err(words) => {
                    let words: Vec<String> = words.iter().map(|w| quoted(w)).collect();
                    let whole = help::text(&Found {
                        chain: vec![&ROOT],
                        rest: Vec::new(),
                    });
                    let usage = whole.find("Basic Commands").map_or("", |at| &whole[at..]);
                    cx.io.stderr(&format!(
                        "Unknown help topic [{}]\n\n\n{usage}",
                        words.join(" ")
                    ));
                }
            }
            Ok(())
        })
    }),
    ..Command::NEW
};

/// A word as Go's `%#q` quotes it.
fn quoted(word: &str) -> String {
    match word.contains(|c: char| c == '`' || c.is_control()) {
        true => quote(word),
        false => format!("`{word}`"),
    }
}

/// `kubectl alpha`
pub static ALPHA: Command = Command {
    name: "alpha",
    short: "Commands for features in alpha",
    hidden: true,
    run: Some(|_| {
        Box::pin(async {
            Err(Error::Plain(
                "No alpha commands are available in this version of kubectl".to_owned(),
            ))
        })
    }),
    ..Command::NEW
};

macro_rules! unsupported {
    ($($id:ident, $name:literal, $short:literal, $why:literal;)*) => { $(
        #[doc = concat!("`kubectl ", $name, "`, which is not supported.")]
        pub static $id: Command = Command {
            name: $name,
            short: $short,
            flags: &[ANY_FLAGS],
            run: Some(REFUSE as Run),
            long: concat!($short, ".\n\n Not supported: ", $why, "."),
            ..Command::NEW
        };
    )* };
}

const REFUSE: Run = |cx| {
    Box::pin(async {
        let why = cx
            .found
            .command()
            .long
            .split_once("Not supported: ")
            .map_or("", |(_, why)| why.trim_end_matches('.'));
        Err(Error::msg(format!(
            "{} is not supported in this kubectl: {why}",
            cx.found.path()
        )))
    })
};

/// Flags that these commands take upstream, so that the refusal is what the user reads.
const ANY_FLAGS: &[Flag] = &[Flag::bool("name-only", "").hidden()];

unsupported! {
    COMPLETION, "completion", "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)", "the terminal completes by itself, with Tab";
    PLUGIN, "plugin", "Provides utilities for interacting with plugins", "there are no plugins";
}
