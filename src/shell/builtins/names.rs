//! What a command name means: `type`, `command`, `alias`.

use super::super::escape;
use super::super::interp::Interp;
use super::super::launch;
use super::super::process::Cx;
use super::End;

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do",
    "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc",
];

/// What a name stands for.
enum Meaning {
    Alias(String),
    Keyword,
    Function,
    Builtin,
    File(String),
}

fn meaning(interp: &Interp, cx: &mut Cx, name: &str) -> Option<Meaning> {
    let state = &interp.state;
    if let Some(text) = state
        .aliases
        .get(name)
        .filter(|_| state.options.expand_aliases)
    {
        return Some(Meaning::Alias(text.clone()));
    }
    if KEYWORDS.contains(&name) {
        return Some(Meaning::Keyword);
    }
    if state.functions.contains_key(name) {
        return Some(Meaning::Function);
    }
    if super::find(name, state.dialect).is_some() {
        return Some(Meaning::Builtin);
    }
    file(interp, cx, name).map(Meaning::File)
}

fn file(interp: &Interp, cx: &mut Cx, name: &str) -> Option<String> {
    let path = interp
        .state
        .vars
        .text("PATH")
        .unwrap_or_default()
        .to_string();
    let found = launch::find(cx.sys, name, &cx.proc.cwd, &path).ok()?;
    Some(if name.contains('/') {
        name.to_string()
    } else {
        found.path().to_string()
    })
}

pub fn type_(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut status = 0;
    let short = argv.iter().any(|a| a == "-t");
    let path = argv.iter().any(|a| a == "-p" || a == "-P");
    for name in argv[1..].iter().filter(|a| !a.starts_with('-')) {
        let found = meaning(interp, cx, name);
        let bash = interp.state.bash();
        let line = match (&found, short, path) {
            (None, _, _) => {
                if !short && !path {
                    let message = if bash {
                        format!("type: {name}: not found")
                    } else {
                        format!("{name}: not found")
                    };
                    if bash {
                        interp.error(cx, message);
                    } else {
                        cx.out(message + "\n");
                    }
                }
                status = if bash { 1 } else { 127 };
                continue;
            }
            (Some(Meaning::File(file)), _, true) => file.clone(),
            (Some(_), _, true) => continue,
            (Some(Meaning::Alias(_)), true, _) => "alias".to_string(),
            (Some(Meaning::Keyword), true, _) => "keyword".to_string(),
            (Some(Meaning::Function), true, _) => "function".to_string(),
            (Some(Meaning::Builtin), true, _) => "builtin".to_string(),
            (Some(Meaning::File(_)), true, _) => "file".to_string(),
            (Some(Meaning::Alias(text)), _, _) if bash => format!("{name} is aliased to `{text}'"),
            (Some(Meaning::Alias(text)), _, _) => format!("{name} is an alias for {text}"),
            (Some(Meaning::Keyword), _, _) => format!("{name} is a shell keyword"),
            (Some(Meaning::Function), _, _) if bash => format!("{name} is a function"),
            (Some(Meaning::Function), _, _) => format!("{name} is a shell function"),
            (Some(Meaning::Builtin), _, _) => format!("{name} is a shell builtin"),
            (Some(Meaning::File(file)), _, _) => format!("{name} is {file}"),
        };
        cx.out(line + "\n");
    }
    End::Status(status)
}

pub fn command(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.get(1).map(String::as_str) {
        None => End::Status(0),
        Some("-v") => {
            let mut status = 1;
            for name in &argv[2..] {
                let line = match meaning(interp, cx, name) {
                    None => continue,
                    Some(Meaning::Alias(text)) => {
                        format!("alias {name}={}", escape::single_quote(&text))
                    }
                    Some(Meaning::File(file)) => file,
                    Some(_) => name.clone(),
                };
                status = 0;
                cx.out(line + "\n");
            }
            End::Status(if status != 0 && !interp.state.bash() {
                127
            } else {
                status
            })
        }
        Some("-V") => {
            let mut args = vec!["type".to_string()];
            args.extend_from_slice(&argv[2..]);
            type_(interp, cx, &args)
        }
        Some("-p" | "--") => End::Run(argv[2..].to_vec()),
        Some(_) => End::Run(argv[1..].to_vec()),
    }
}

pub fn builtin(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.get(1) {
        None => End::Status(0),
        Some(name) if super::find(name, interp.state.dialect).is_some() => {
            End::Run(argv[1..].to_vec())
        }
        Some(name) => interp.complain(cx, "builtin", format!("{name}: not a shell builtin")),
    }
}

pub fn alias(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let bash = interp.state.bash();
    let show = |name: &str, text: &str| {
        let start = if bash { "alias " } else { "" };
        format!("{start}{name}={}\n", escape::single_quote(text))
    };
    let args: Vec<&String> = argv[1..].iter().filter(|a| *a != "-p").collect();
    if args.is_empty() {
        for (name, text) in &interp.state.aliases {
            cx.out(show(name, text));
        }
    }
    let mut status = 0;
    for arg in args {
        match arg.split_once('=') {
            Some((name, text)) if !name.is_empty() => {
                interp
                    .state
                    .aliases
                    .insert(name.to_string(), text.to_string());
            }
            _ => match interp.state.aliases.get(arg.as_str()) {
                Some(text) => {
                    let line = show(arg, text);
                    cx.out(line);
                }
                None => {
                    interp.error(cx, format!("alias: {arg}: not found"));
                    status = 1;
                }
            },
        }
    }
    End::Status(status)
}

pub fn unalias(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut status = 0;
    for arg in &argv[1..] {
        if arg == "-a" {
            interp.state.aliases.clear();
        } else if interp.state.aliases.remove(arg).is_none() {
            interp.error(cx, format!("unalias: {arg}: not found"));
            status = 1;
        }
    }
    End::Status(status)
}
