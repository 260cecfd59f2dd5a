//! Flags as pflag reads them: what a command declares, how a command line is read against it, and the errors' words.

use crate::collections::SortedMap;
use std::time::Duration;

/// What a flag holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// true or false; may stand without a value.
    Bool,
    /// One string.
    String,
    /// One whole number.
    Int,
    /// One duration in Go's notation.
    Duration,
    /// Strings, given several times or separated by commas.
    Strings,
    /// Strings, given several times; commas belong to the value.
    StringArray,
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Long name.
    pub name: &'static str,
    /// One-letter name.
    pub short: Option<char>,
    /// What it holds.
    pub kind: FlagKind,
    /// Its value where it is not given.
    pub default: &'static str,
    /// Its value where it is given without one (booleans: `true`).
    pub no_value: Option<&'static str>,
    /// What it does, for the help.
    pub usage: &'static str,
    /// Why it should no longer be used.
    pub deprecated: Option<&'static str>,
    /// Whether the help leaves it out.
    pub hidden: bool,
    /// Whether the command fails without it.
    pub required: bool,
}

impl Flag {
    const fn new(
        name: &'static str,
        kind: FlagKind,
        default: &'static str,
        usage: &'static str,
    ) -> Self {
        Flag {
            name,
            short: None,
            kind,
            default,
            no_value: None,
            usage,
            deprecated: None,
            hidden: false,
            required: false,
        }
    }
    /// A boolean, false by default.
    pub const fn bool(name: &'static str, usage: &'static str) -> Self {
        let mut flag = Self::new(name, FlagKind::Bool, "false", usage);
        flag.no_value = Some("true");
        flag
    }
    /// A string, empty by default.
    pub const fn string(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, FlagKind::String, "", usage)
    }
    /// A whole number.
    pub const fn int(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, FlagKind::Int, default, usage)
    }
    /// A duration.
    pub const fn duration(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, FlagKind::Duration, default, usage)
    }
    /// Strings, separated by commas or given several times.
    pub const fn strings(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, FlagKind::Strings, "", usage)
    }
    /// Strings, given several times.
    pub const fn array(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, FlagKind::StringArray, "", usage)
    }
    /// With a one-letter name.
    pub const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }
    /// With a default value.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }
    /// With a value for when it is given without one.
    pub const fn no_value(mut self, value: &'static str) -> Self {
        self.no_value = Some(value);
        self
    }
    /// No longer to be used.
    pub const fn deprecated(mut self, why: &'static str) -> Self {
        self.deprecated = Some(why);
        self.hidden = true;
        self
    }
    /// Left out of the help.
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
    /// The command fails without it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// The values of a command line's flags.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    known: Vec<Flag>,
    set: SortedMap<&'static str, Vec<String>>,
    order: Vec<(&'static str, String)>,
}

impl Flags {
    fn values(&self, name: &str) -> Option<&Vec<String>> {
        self.set.get(name)
    }
    fn default(&self, name: &str) -> &'static str {
        self.known
            .iter()
            .find(|f| f.name == name)
            .map_or("", |f| f.default)
    }
    /// Whether the command has such a flag.
    pub fn has(&self, name: &str) -> bool {
        self.known.iter().any(|f| f.name == name)
    }
    /// Whether the flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }
    /// A string flag's value; of any other flag its last value as written.
    pub fn str(&self, name: &str) -> &str {
        match self.values(name).and_then(|v| v.last()) {
            Some(v) => v,
            None => self.default(name),
        }
    }
    /// A boolean flag's value; false where the command has no such flag.
    pub fn bool(&self, name: &str) -> bool {
        parse_bool(self.str(name)).unwrap_or(false)
    }
    /// A number flag's value.
    pub fn int(&self, name: &str) -> i64 {
        parse_int(self.str(name)).unwrap_or(0)
    }
    /// A duration flag's value in whole and parts of seconds; negative ones are zero (see [`Flags::is_negative`]).
    pub fn duration(&self, name: &str) -> Duration {
        parse_duration(self.str(name)).map_or(Duration::ZERO, |nanos| {
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
        })
    }
    /// Whether a duration flag is below zero.
    pub fn is_negative(&self, name: &str) -> bool {
        self.str(name).starts_with('-')
    }
    /// All values of a list flag.
    pub fn strings(&self, name: &str) -> Vec<String> {
        match self.values(name) {
            Some(v) => v.clone(),
            None => self
                .default(name)
                .split(',')
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }
    /// Flags that were given, with their values as written, in the order of the command line.
    pub fn in_order(&self) -> &[(&'static str, String)] {
        &self.order
    }
    /// Sets a flag as if it had been given.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.set.insert(name, vec![value.into()]);
    }
}

/// A command line, read.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Its flags.
    pub flags: Flags,
    /// Everything else.
    pub args: Vec<String>,
    /// How many of `args` stood before `--`, if there was one.
    pub dash_at: Option<usize>,
    /// Lines to show about deprecated flags.
    pub deprecations: Vec<String>,
}

/// Reads a command line. Errors are pflag's words.
pub fn parse(known: &[Flag], words: &[String]) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    parsed.flags.known = known.to_vec();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        at += 1;
        if word == "--" {
            parsed.dash_at = Some(parsed.args.len());
            parsed.args.extend_from_slice(&words[at..]);
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            parse_long(&mut parsed, known, long, word, words, &mut at)?;
        } else if word.len() > 1 && word.starts_with('-') {
            parse_shorts(&mut parsed, known, &word[1..], words, &mut at)?;
        } else {
            parsed.args.push(word.clone());
        }
    }
    Ok(parsed)
}

fn parse_long(
    parsed: &mut Parsed,
    known: &[Flag],
    long: &str,
    word: &str,
    words: &[String],
    at: &mut usize,
) -> Result<(), String> {
    if long.is_empty() || long.starts_with('-') || long.starts_with('=') {
        return Err(format!("bad flag syntax: {word}"));
    }
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (long, None),
    };
    let name = name.replace('_', "-");
    let Some(flag) = known.iter().find(|f| f.name == name) else {
        return Err(format!("unknown flag: --{name}"));
    };
    let value = match (value, flag.no_value) {
        (Some(v), _) => v,
        (None, Some(v)) => v.to_owned(),
        (None, None) => {
            let Some(v) = words.get(*at) else {
                return Err(format!("flag needs an argument: --{name}"));
            };
            *at += 1;
            v.clone()
        }
    };
    set(parsed, flag, value)
}

fn parse_shorts(
    parsed: &mut Parsed,
    known: &[Flag],
    shorts: &str,
    words: &[String],
    at: &mut usize,
) -> Result<(), String> {
    let mut rest = shorts;
    while let Some(c) = rest.chars().next() {
        let whole = rest;
        rest = &rest[c.len_utf8()..];
        let Some(flag) = known.iter().find(|f| f.short == Some(c)) else {
            return Err(format!("unknown shorthand flag: '{c}' in -{whole}"));
        };
        // As pflag: a `=` with nothing behind it is itself the value.
        if let Some(value) = rest.strip_prefix('=').filter(|v| !v.is_empty()) {
            return set(parsed, flag, value.to_owned());
        }
        if let Some(value) = flag.no_value {
            set(parsed, flag, value.to_owned())?;
            continue;
        }
        if !rest.is_empty() {
            return set(parsed, flag, rest.to_owned());
        }
        let Some(value) = words.get(*at) else {
            return Err(format!("flag needs an argument: '{c}' in -{whole}"));
        };
        *at += 1;
        return set(parsed, flag, value.clone());
    }
    Ok(())
}

fn set(parsed: &mut Parsed, flag: &Flag, value: String) -> Result<(), String> {
    if let Err(why) = check(flag, &value) {
        let name = match flag.short {
            Some(c) => format!("-{c}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        return Err(format!(
            "invalid argument {value:?} for \"{name}\" flag: {why}"
        ));
    }
    if let Some(why) = flag.deprecated {
        let line = format!("Flag --{} has been deprecated, {why}", flag.name);
        if !parsed.deprecations.contains(&line) {
            parsed.deprecations.push(line);
        }
    }
    let flags = &mut parsed.flags;
    flags.order.push((flag.name, value.clone()));
    let values = flags.set.entry(flag.name).or_default();
    match flag.kind {
        FlagKind::StringArray => values.push(value),
        FlagKind::Strings => values.extend(split_csv(&value)),
        _ => *values = vec![value],
    }
    Ok(())
}

fn check(flag: &Flag, value: &str) -> Result<(), String> {
    match flag.kind {
        FlagKind::Bool if parse_bool(value).is_none() => Err(format!(
            "strconv.ParseBool: parsing {value:?}: invalid syntax"
        )),
        FlagKind::Int => parse_int(value)
            .map(|_| ())
            .map_err(|why| format!("strconv.ParseInt: parsing {value:?}: {why}")),
        FlagKind::Duration => parse_duration(value).map(|_| ()),
        _ => Ok(()),
    }
}

/// Splits a list as `encoding/csv` reads one line: commas separate, quotes protect.
pub fn split_csv(value: &str) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    if !value.contains('"') {
        return value.split(',').map(str::to_owned).collect();
    }
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if let Some(last) = out.last_mut() {
                    last.push('"');
                }
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => {
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

/// Reads a boolean as Go's `strconv.ParseBool`.
pub fn parse_bool(s: &str) -> Option<bool> {
    match s {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Reads a whole number as Go's `strconv.ParseInt(s, 0, 64)`; the error is its reason.
pub fn parse_int(s: &str) -> Result<i64, &'static str> {
    let (sign, digits) = match s.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, s.strip_prefix('+').unwrap_or(s)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("invalid syntax");
    }
    i64::from_str_radix(digits, radix)
        .map(|n| sign * n)
        .map_err(|_| "value out of range")
}

/// Reads a duration as Go's `time.ParseDuration`, in nanoseconds; the error is its words.
pub fn parse_duration(s: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {s:?}");
    let (sign, mut rest) = match s.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, s.strip_prefix('+').unwrap_or(s)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "" => return Err(format!("time: missing unit in duration {s:?}")),
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            unit => return Err(format!("time: unknown unit {unit:?} in duration {s:?}")),
        };
        total += number * unit;
        rest = &rest[letters..];
    }
    Ok((sign * total) as i64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::string("output", "").short('o'),
        Flag::bool("watch", "").short('w'),
        Flag::bool("all-namespaces", "").short('A'),
        Flag::string("selector", "").short('l'),
        Flag::int("replicas", "1", ""),
        Flag::strings("filename", "").short('f'),
        Flag::array("from-literal", ""),
        Flag::duration("timeout", "0s", ""),
        Flag::string("dry-run", "")
            .default("none")
            .no_value("unchanged"),
    ];

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        parse(FLAGS, &words)
    }

    #[test]
    fn command_lines_are_read_as_pflag_reads_them() {
        let p = read("pods -wA -l a=b,c --replicas=3 x -oyaml --from-literal=a,b --from-literal c -f a,b -f c -- -z").unwrap();
        assert_eq!(p.args, ["pods", "x", "-z"]);
        assert_eq!(p.dash_at, Some(2));
        assert!(p.flags.bool("watch") && p.flags.bool("all-namespaces"));
        assert_eq!(
            (p.flags.str("selector"), p.flags.str("output")),
            ("a=b,c", "yaml")
        );
        assert_eq!(p.flags.int("replicas"), 3);
        assert_eq!(p.flags.strings("from-literal"), ["a,b", "c"]);
        assert_eq!(p.flags.strings("filename"), ["a", "b", "c"]);
        assert_eq!(
            read("--dry-run x").unwrap().flags.str("dry-run"),
            "unchanged"
        );
        assert_eq!(
            read("--timeout=1m30s").unwrap().flags.duration("timeout"),
            Duration::from_secs(90)
        );
    }

    #[test]
    fn errors_are_worded_as_pflag_words_them() {
        let cases = [
            ("--nosuch", "unknown flag: --nosuch"),
            ("-wz", "unknown shorthand flag: 'z' in -z"),
            ("--output", "flag needs an argument: --output"),
            ("-o", "flag needs an argument: 'o' in -o"),
            (
                "--replicas=x",
                "invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (
                "--watch=maybe",
                "invalid argument \"maybe\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                "--timeout=5",
                "invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\"",
            ),
        ];
        for (line, error) in cases {
            assert_eq!(read(line).unwrap_err(), error, "{line}");
        }
    }
}
