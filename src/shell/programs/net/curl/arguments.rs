//! curl's command line, and the text of `-w`.

use super::super::super::super::process::{Cx, Start};
use super::super::super::super::system::Micros;
use super::super::super::options;
use super::super::Url;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub url: String,
    pub silent: bool,
    pub show_error: bool,
    pub head: bool,
    pub include: bool,
    pub verbose: bool,
    pub follow: bool,
    pub fail: bool,
    pub insecure: bool,
    pub version: bool,
    pub data: Option<String>,
    pub headers: Vec<String>,
    pub agent: Option<String>,
    pub write_out: Option<String>,
    pub max_time: Option<Micros>,
    pub connect_time: Option<Micros>,
    method: Option<String>,
    output: Option<String>,
    remote_name: bool,
}

const LONG: &[(&str, char)] = &[
    ("silent", 's'),
    ("show-error", 'S'),
    ("head", 'I'),
    ("include", 'i'),
    ("verbose", 'v'),
    ("location", 'L'),
    ("fail", 'f'),
    ("insecure", 'k'),
    ("cacert", 'C'),
    ("output", 'o'),
    ("remote-name", 'O'),
    ("write-out", 'w'),
    ("max-time", 'm'),
    ("connect-timeout", 'c'),
    ("request", 'X'),
    ("header", 'H'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("user-agent", 'A'),
    ("version", 'V'),
    ("ipv4", '4'),
    ("no-progress-meter", 'p'),
    ("http1.1", '1'),
    ("no-buffer", 'N'),
];

/// Reads the command line.
pub fn read(cx: &mut Cx) -> Result<Arguments, Start> {
    let given = options::parse(cx, "sSIivLfkOV4p1No:w:m:c:X:H:d:A:C:", LONG, 2)?;
    let text = |letter| given.value(letter).map(str::to_owned);
    let pieces: Vec<&str> = given.values('d').collect();
    let arguments = Arguments {
        url: given.operands.first().cloned().unwrap_or_default(),
        silent: given.has('s') || given.has('p'),
        show_error: given.has('S') || given.has('p'),
        head: given.has('I'),
        include: given.has('i'),
        verbose: given.has('v'),
        follow: given.has('L'),
        fail: given.has('f'),
        // A file of certificates that is there is the cluster's: there are no others.
        insecure: given.has('k') || given.has('C'),
        version: given.has('V'),
        data: (!pieces.is_empty()).then(|| pieces.join("&")),
        headers: given.values('H').map(str::to_owned).collect(),
        agent: text('A'),
        write_out: text('w'),
        max_time: seconds(given.value('m')),
        connect_time: seconds(given.value('c')),
        method: text('X'),
        output: text('o'),
        remote_name: given.has('O'),
    };
    if arguments.url.is_empty() && !arguments.version {
        cx.complain("(2) no URL specified");
        cx.write(
            2,
            b"curl: try 'curl --help' or 'curl --manual' for more information\n",
        );
        return Err(Start::Done(2));
    }
    if let Some(file) = given.value('C')
        && cx.read_file(file).is_err()
    {
        let why = format!(
            "(77) error setting certificate verify locations:  CAfile: {file} CApath: none"
        );
        return Err(cx.fail(77, why));
    }
    if given.operands.len() > 1 {
        return Err(cx.fail(2, "(2) only one URL at a time is supported on this machine"));
    }
    Ok(arguments)
}

fn seconds(text: Option<&str>) -> Option<Micros> {
    let seconds: f64 = text?.parse().ok()?;
    (seconds > 0.0).then_some((seconds * 1e6).min(4e18) as Micros)
}

impl Arguments {
    /// The request's method.
    pub fn verb(&self) -> String {
        match (&self.method, &self.data, self.head) {
            (Some(verb), ..) => verb.clone(),
            (_, _, true) => "HEAD".to_owned(),
            (_, Some(_), _) => "POST".to_owned(),
            _ => "GET".to_owned(),
        }
    }

    /// The file that the answer is written to; none for standard output.
    pub fn file(&self, url: &Url) -> Option<String> {
        match &self.output {
            Some(name) if name == "-" => None,
            Some(name) => Some(name.clone()),
            None if self.remote_name => {
                let path = url.path.split('?').next().unwrap_or_default();
                path.rsplit('/').next().map(str::to_owned)
            }
            None => None,
        }
    }
}

/// The text of `-w`: `%{name}` is a value, `\n` a line end.
pub fn write_out(format: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("%{")
            && let Some((name, after)) = inner.split_once('}')
        {
            match value(name) {
                Some(text) => out.push_str(&text),
                None => out.push_str(&["%{", name, "}"].concat()),
            }
            rest = after;
            continue;
        }
        let escaped = [("\\n", '\n'), ("\\t", '\t'), ("\\r", '\r'), ("%%", '%')];
        let found = escaped.iter().find(|(text, _)| rest.starts_with(text));
        out.push(found.map_or(c, |(_, c)| *c));
        rest = &rest[found.map_or(c.len_utf8(), |(text, _)| text.len())..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_out_knows_its_variables() {
        let text = write_out("%{http_code} 100%% %{what}\\n", &|name| {
            (name == "http_code").then(|| "200".to_owned())
        });
        assert_eq!(text, "200 100% %{what}\n");
    }
}
