//! Keys and values of ConfigMaps and Secrets from literals, files, directories and env files.

use crate::kubectl::context::Cx;
use crate::kubectl::env::FileKind;
use crate::kubectl::error::Error;
use crate::kubectl::flags::Flag;

/// `--from-file`, `--from-literal`, `--from-env-file`, `--append-hash`.
pub const SOURCE_FLAGS: &[Flag] = &[
    Flag::bool("append-hash", "Add a hash of the content to the name."),
    Flag::strings("from-env-file", "File of KEY=VALUE lines."),
    Flag::strings("from-file", "File or directory, or KEY=FILE."),
    Flag::array("from-literal", "KEY=VALUE."),
];

/// A key, its value, and whether the value is text that the user wrote (a literal or a line of an env file).
pub type Entry = (String, Vec<u8>, bool);

/// What one `--from-file` gives.
pub fn of_file(cx: &Cx, source: &str) -> Result<Vec<Entry>, Error> {
    let mut out = Vec::new();
    from_file(cx, source, &mut out)?;
    Ok(out)
}

/// Reads all sources in kubectl's order.
pub fn collect(cx: &Cx) -> Result<Vec<Entry>, Error> {
    let (files, literals, envs) = (
        cx.flags.strings("from-file"),
        cx.flags.strings("from-literal"),
        cx.flags.strings("from-env-file"),
    );
    if !envs.is_empty() && (!files.is_empty() || !literals.is_empty()) {
        return Err(Error::msg(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut out = Vec::new();
    for literal in &literals {
        let (key, value) = parse_literal(literal)?;
        out.push((key, value.into_bytes(), true));
    }
    for file in &files {
        from_file(cx, file, &mut out)?;
    }
    for file in &envs {
        from_env_file(cx, file, &mut out)?;
    }
    Ok(out)
}

fn parse_literal(source: &str) -> Result<(String, String), Error> {
    match source.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::msg(format!(
            "invalid literal source {source}, expected key=value"
        ))),
    }
}

fn from_file(cx: &Cx, source: &str, out: &mut Vec<Entry>) -> Result<(), Error> {
    let parts: Vec<&str> = source.split('=').collect();
    let (key, path) = match parts[..] {
        [path] => (None, path),
        ["", _] => {
            return Err(Error::msg(format!(
                "key name for file path {} missing",
                parts[1]
            )));
        }
        [key, ""] => return Err(Error::msg(format!("file path for key name {key} missing"))),
        [key, path] => (Some(key), path),
        _ => return Err(Error::msg("key names or file paths cannot contain '='")),
    };
    let reading = |e| Error::msg(format!("error reading {path}: {e}"));
    match cx.io.stat(path).map_err(reading)? {
        FileKind::File => {
            let base = path.rsplit('/').next().unwrap_or(path);
            let bytes = super::read_file(cx, path)?;
            out.push((key.unwrap_or(base).to_owned(), bytes, false));
        }
        FileKind::Directory if key.is_some() => {
            return Err(Error::msg("cannot give a key name for a directory path"));
        }
        FileKind::Directory => {
            let names = cx
                .io
                .list(path)
                .map_err(|e| Error::msg(format!("error listing files in {path}: {e}")))?;
            for name in names {
                let file = format!("{}/{name}", path.trim_end_matches('/'));
                if cx.io.stat(&file) == Ok(FileKind::File) {
                    out.push((name, super::read_file(cx, &file)?, false));
                }
            }
        }
    }
    Ok(())
}

fn from_env_file(cx: &Cx, path: &str, out: &mut Vec<Entry>) -> Result<(), Error> {
    match cx.io.stat(path) {
        Ok(FileKind::File) => {}
        Ok(FileKind::Directory) => {
            return Err(Error::msg("env config file cannot be a directory"));
        }
        Err(e) => return Err(Error::msg(format!("error reading {path}: {e}"))),
    }
    let bytes = super::read_file(cx, path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::msg(format!("env file {path} contains invalid utf8 bytes")))?;
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (line, None),
        };
        check_env_name(key)?;
        let value = value.unwrap_or_else(|| cx.io.env(key).unwrap_or_default());
        out.push((key.to_owned(), value.into_bytes(), true));
    }
    Ok(())
}

/// Refuses what cannot be the name of an environment variable.
pub fn check_env_name(key: &str) -> Result<(), Error> {
    let ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let why = if key.is_empty()
        || key.starts_with(|c: char| c.is_ascii_digit())
        || !key.chars().all(ok)
    {
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
    } else if key == "." {
        "must not be '.'"
    } else if key.starts_with("..") {
        "must not start with '..'"
    } else {
        return Ok(());
    };
    Err(Error::msg(format!(
        "\"{key}\" is not a valid key name: {why}"
    )))
}

/// What is wrong with a key of a ConfigMap or Secret, if anything.
pub fn key_error(key: &str) -> Option<String> {
    let ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if key.len() > 253 {
        return Some(crate::apimachinery::names::max_len_error(253));
    }
    if key.is_empty() || !key.chars().all(ok) {
        return Some("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')".to_owned());
    }
    match key {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        k if k.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

/// The suffix that `--append-hash` puts after a name: ten characters of the content's SHA-256 without vowels and look-alikes.
pub fn content_hash(json: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(json.as_bytes());
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    hex.chars()
        .take(10)
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            c => c,
        })
        .collect()
}
