//! Command line options as GNU's `getopt_long` reads them.

use super::super::process::{Cx, Start};

/// Options and operands of a command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Letter and value (empty without one), in order.
    pub given: Vec<(char, String)>,
    pub operands: Vec<String>,
}

impl Options {
    pub fn has(&self, letter: char) -> bool {
        self.given.iter().any(|(l, _)| *l == letter)
    }

    /// The last value given for a letter.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.given
            .iter()
            .rev()
            .find(|(l, _)| *l == letter)
            .map(|(_, v)| v.as_str())
    }

    /// All values given for a letter.
    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.given
            .iter()
            .filter(move |(l, _)| *l == letter)
            .map(|(_, v)| v.as_str())
    }
}

/// Reads `cx`'s arguments. `short` lists letters, each followed by `:` if it takes a value; `long` gives the letter for
/// each long name. Options may stand after operands unless `short` begins with `+`. `code` is the exit code of a mistake.
pub fn parse(cx: &mut Cx, short: &str, long: &[(&str, char)], code: i32) -> Result<Options, Start> {
    let args = cx.args();
    let mut options = Options::default();
    let permute = !short.starts_with('+');
    let mut i = 0;
    while let Some(arg) = args.get(i) {
        i += 1;
        if arg == "--" {
            options.operands.extend_from_slice(&args[i..]);
            break;
        }
        if let Some(name) = arg.strip_prefix("--") {
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_string())),
                None => (name, None),
            };
            let exact = long.iter().find(|(n, _)| *n == name);
            let Some((full, letter)) =
                exact.or_else(|| long.iter().find(|(n, _)| n.starts_with(name)))
            else {
                return Err(usage(cx, code, &format!("unrecognized option '{arg}'")));
            };
            let value = match (takes_value(short, *letter), value) {
                (true, Some(value)) => value,
                (true, None) => {
                    i += 1;
                    match args.get(i - 1) {
                        Some(value) => value.clone(),
                        None => {
                            return Err(usage(
                                cx,
                                code,
                                &format!("option '--{full}' requires an argument"),
                            ));
                        }
                    }
                }
                (false, value) => value.unwrap_or_default(),
            };
            options.given.push((*letter, value));
        } else if arg.len() > 1 && arg.starts_with('-') {
            cluster(cx, short, &args, &mut i, &mut options, code)?;
        } else {
            options.operands.push(arg.clone());
            if !permute {
                options.operands.extend_from_slice(&args[i..]);
                break;
            }
        }
    }
    Ok(options)
}

/// `-abc`, `-n5`, `-n 5`: the argument before `i`.
fn cluster(
    cx: &mut Cx,
    short: &str,
    args: &[String],
    i: &mut usize,
    options: &mut Options,
    code: i32,
) -> Result<(), Start> {
    let arg = args[*i - 1].clone();
    for (at, letter) in arg.char_indices().skip(1) {
        if letter == ':' || letter == '+' || !short.contains(letter) {
            return Err(usage(cx, code, &format!("invalid option -- '{letter}'")));
        }
        if !takes_value(short, letter) {
            options.given.push((letter, String::new()));
            continue;
        }
        let rest = &arg[at + letter.len_utf8()..];
        let value = if rest.is_empty() {
            *i += 1;
            match args.get(*i - 1) {
                Some(value) => value.clone(),
                None => {
                    return Err(usage(
                        cx,
                        code,
                        &format!("option requires an argument -- '{letter}'"),
                    ));
                }
            }
        } else {
            rest.to_string()
        };
        options.given.push((letter, value));
        break;
    }
    Ok(())
}

fn takes_value(short: &str, letter: char) -> bool {
    short
        .find(letter)
        .is_some_and(|at| short[at + letter.len_utf8()..].starts_with(':'))
}

/// The message of a mistake on the command line.
fn usage(cx: &mut Cx, code: i32, message: &str) -> Start {
    let name = cx.name().to_string();
    cx.complain(message);
    if !cx.busybox() {
        cx.write(
            2,
            format!("Try '{name} --help' for more information.\n").as_bytes(),
        );
    }
    Start::Done(code)
}
