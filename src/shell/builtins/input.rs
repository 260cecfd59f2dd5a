//! `read`, `mapfile`, `getopts`.

use super::super::interp::{Frame, Interp, ReadLine};
use super::super::kernel::Read;
use super::super::parser::is_name;
use super::super::process::Cx;
use super::super::vars::{Value, Var};
use super::End;

pub fn read(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut read = ReadLine {
        fd: 0,
        raw: false,
        delimiter: b'\n',
        count: None,
        deadline: None,
        names: Vec::new(),
        array: false,
        data: Vec::new(),
    };
    let mut i = 1;
    while let Some(arg) = argv.get(i).filter(|a| a.len() > 1 && a.starts_with('-')) {
        i += 1;
        if arg == "--" {
            break;
        }
        let letters: Vec<char> = arg[1..].chars().collect();
        for (j, c) in letters.iter().enumerate() {
            match c {
                'r' => read.raw = true,
                's' | 'e' => {}
                'p' | 'd' | 'n' | 'N' | 't' | 'u' | 'a' | 'i' => {
                    let rest: String = letters[j + 1..].iter().collect();
                    let value = if rest.is_empty() {
                        i += 1;
                        argv.get(i - 1).cloned()
                    } else {
                        Some(rest)
                    };
                    let Some(value) = value else {
                        interp.error(cx, format!("read: -{c}: option requires an argument"));
                        return End::Status(2);
                    };
                    if !set_option(interp, cx, &mut read, *c, value) {
                        return End::Status(1);
                    }
                    break;
                }
                _ => {
                    interp.error(cx, format!("read: -{c}: invalid option"));
                    return End::Status(2);
                }
            }
        }
    }
    read.names
        .extend_from_slice(argv.get(i..).unwrap_or_default());
    if let Some(bad) = read.names.iter().find(|n| !is_name(n)) {
        let bad = bad.clone();
        return interp.complain(cx, "read", format!("`{bad}': not a valid identifier"));
    }
    if !cx.proc.fds.contains_key(&read.fd) {
        let fd = read.fd;
        return interp.complain(
            cx,
            "read",
            format!("{fd}: invalid file descriptor: Bad file descriptor"),
        );
    }
    interp.push(Frame::ReadLine(Box::new(read)));
    End::Pushed
}

fn set_option(
    interp: &mut Interp,
    cx: &mut Cx,
    read: &mut ReadLine,
    option: char,
    value: String,
) -> bool {
    match option {
        'p' => {
            if cx.is_tty(0) {
                cx.write(2, value.as_bytes());
            }
        }
        'd' => read.delimiter = value.bytes().next().unwrap_or(0),
        'n' | 'N' => match value.parse() {
            Ok(n) => read.count = Some(n),
            Err(_) => {
                interp.complain(cx, "read", format!("{value}: invalid number"));
                return false;
            }
        },
        't' => match value.parse::<f64>() {
            Ok(seconds) if seconds >= 0.0 => {
                read.deadline = Some(cx.sys.now() + (seconds * 1e6) as u64);
            }
            _ => {
                interp.complain(
                    cx,
                    "read",
                    format!("{value}: invalid timeout specification"),
                );
                return false;
            }
        },
        'u' => match value.parse() {
            Ok(fd) => read.fd = fd,
            Err(_) => {
                interp.complain(
                    cx,
                    "read",
                    format!("{value}: invalid file descriptor specification"),
                );
                return false;
            }
        },
        'a' => {
            read.array = true;
            read.names.push(value);
        }
        _ => {}
    }
    true
}

/// Reads lines into an array. Input that is not all there yet makes it be called again.
pub fn mapfile(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let strip = argv.iter().any(|a| a == "-t");
    let name = argv[1..]
        .iter()
        .find(|a| !a.starts_with('-'))
        .map_or("MAPFILE", String::as_str)
        .to_string();
    let mut lines: crate::collections::SortedMap<i64, String> =
        crate::collections::SortedMap::new();
    loop {
        match cx.read_until(0, 1 << 20, Some(b'\n')) {
            Ok(Read::Data(data)) => {
                let mut line = String::from_utf8_lossy(&data).into_owned();
                if strip && line.ends_with('\n') {
                    line.pop();
                }
                lines.insert(lines.len() as i64, line);
            }
            Ok(Read::Block) => {
                interp.error(cx, "mapfile: input must be a file or here-document");
                return End::Status(1);
            }
            Ok(Read::Eof) | Err(_) => break,
        }
    }
    interp.state.vars.replace(
        &name,
        Some(Var {
            value: Value::Array(lines),
            ..Var::default()
        }),
    );
    End::Status(0)
}

pub fn getopts(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let (Some(spec), Some(name)) = (argv.get(1).cloned(), argv.get(2).cloned()) else {
        interp.error(cx, "getopts: usage: getopts optstring name [arg ...]");
        return End::Status(2);
    };
    let args = if argv.len() > 3 {
        argv[3..].to_vec()
    } else {
        interp.state.positional.clone()
    };
    let mut index: usize = interp
        .state
        .vars
        .text("OPTIND")
        .and_then(|t| t.parse().ok())
        .unwrap_or(1)
        .max(1);
    let mut offset = if interp.state.getopts.0 == index {
        interp.state.getopts.1.max(1)
    } else {
        1
    };
    let silent = spec.starts_with(':');
    let current = args.get(index - 1).cloned().unwrap_or_default();
    let ended = current.len() < 2 || !current.starts_with('-') || current == "--";
    if ended {
        if current == "--" {
            index += 1;
        }
        let _ = interp.state.vars.set(&name, "?");
        let _ = interp.state.vars.set("OPTIND", index.to_string());
        return End::Status(1);
    }
    let letter = current[offset..].chars().next().unwrap_or('?');
    offset += letter.len_utf8();
    let place = spec.find(letter).filter(|_| letter != ':');
    let wants_value = place.is_some_and(|p| spec[p + letter.len_utf8()..].starts_with(':'));
    let mut result = letter.to_string();
    let mut optarg = None;
    if place.is_none() {
        result = "?".to_string();
        if silent {
            optarg = Some(letter.to_string());
        } else {
            let line = format!("{}: illegal option -- {letter}\n", interp.state.name);
            cx.write(2, line.as_bytes());
        }
    } else if wants_value {
        if offset < current.len() {
            optarg = Some(current[offset..].to_string());
        } else if let Some(value) = args.get(index) {
            optarg = Some(value.clone());
            index += 1;
        } else if silent {
            result = ":".to_string();
            optarg = Some(letter.to_string());
        } else {
            result = "?".to_string();
            let line = format!(
                "{}: option requires an argument -- {letter}\n",
                interp.state.name
            );
            cx.write(2, line.as_bytes());
        }
        offset = current.len();
    }
    if offset >= current.len() {
        index += 1;
        offset = 1;
    }
    let _ = interp.state.vars.set(&name, result);
    let _ = interp.state.vars.set("OPTIND", index.to_string());
    interp.state.getopts = (index, offset);
    match optarg {
        Some(text) => {
            let _ = interp.state.vars.set("OPTARG", text);
        }
        None => {
            let _ = interp.state.vars.unset("OPTARG");
        }
    }
    End::Status(0)
}
