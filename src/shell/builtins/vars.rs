//! Variables and options: `export`, `local`, `declare`, `set`, `shopt`, `let`.

use super::super::arith;
use super::super::ast::{Part, Word};
use super::super::escape;
use super::super::expand::Expander;
use super::super::interp::Interp;
use super::super::parser::is_name;
use super::super::process::Cx;
use super::super::vars::{Value, Var};
use super::End;

/// What a declaration does to each name.
#[derive(Clone, Default)]
struct Attributes {
    export: Option<bool>,
    readonly: bool,
    integer: Option<bool>,
    array: bool,
    assoc: bool,
    lower: bool,
    upper: bool,
    local: bool,
    print: bool,
    functions: bool,
}

pub fn export(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let off = argv.iter().any(|a| a == "-n");
    let attributes = Attributes {
        export: Some(!off),
        ..Attributes::default()
    };
    let args: Vec<&String> = argv[1..]
        .iter()
        .filter(|a| !matches!(a.as_str(), "-n" | "-p" | "--" | "-f"))
        .collect();
    if args.is_empty() {
        let lines: Vec<String> = interp
            .state
            .vars
            .iter()
            .filter(|(_, v)| v.export)
            .map(|(n, v)| {
                if interp.state.bash() {
                    declaration(n, v)
                } else {
                    plain_export(n, v)
                }
            })
            .collect();
        lines.iter().for_each(|line| cx.out(line));
        return End::Status(0);
    }
    declare_all(interp, cx, "export", &args, &attributes)
}

fn plain_export(name: &str, var: &Var) -> String {
    match var.text() {
        Some(text) => format!("export {name}={}\n", escape::single_quote(text)),
        None => format!("export {name}\n"),
    }
}

pub fn readonly(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let attributes = Attributes {
        readonly: true,
        ..Attributes::default()
    };
    let args: Vec<&String> = argv[1..]
        .iter()
        .filter(|a| !matches!(a.as_str(), "-p" | "--" | "-a" | "-A"))
        .collect();
    if args.is_empty() {
        let readonly = interp.state.vars.iter().filter(|(_, v)| v.readonly);
        let lines: Vec<String> = readonly.map(|(n, v)| declaration(n, v)).collect();
        lines.iter().for_each(|line| cx.out(line));
        return End::Status(0);
    }
    declare_all(interp, cx, "readonly", &args, &attributes)
}

pub fn local(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    if !interp.state.vars.in_function() {
        if !interp.state.bash() {
            interp.error(cx, "local: not in a function");
            return End::Exit(2);
        }
        return interp.complain(cx, "local", "can only be used in a function");
    }
    declare_with(interp, cx, argv, true)
}

pub fn declare(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let local = interp.state.vars.in_function();
    declare_with(interp, cx, argv, local)
}

fn declare_with(interp: &mut Interp, cx: &mut Cx, argv: &[String], local: bool) -> End {
    let mut attributes = Attributes {
        local,
        ..Attributes::default()
    };
    let mut names = Vec::new();
    for arg in &argv[1..] {
        let on = arg.starts_with('-');
        if !names.is_empty() || arg.len() < 2 || !(on || arg.starts_with('+')) {
            names.push(arg);
            continue;
        }
        for c in arg[1..].chars() {
            match c {
                'x' => attributes.export = Some(on),
                'r' => attributes.readonly = on,
                'i' => attributes.integer = Some(on),
                'a' => attributes.array = on,
                'A' => attributes.assoc = on,
                'l' => attributes.lower = on,
                'u' => attributes.upper = on,
                'g' => attributes.local = false,
                'p' => attributes.print = true,
                'f' | 'F' => attributes.functions = true,
                '-' | 'n' => {}
                _ => {
                    interp.error(cx, format!("{}: -{c}: invalid option", argv[0]));
                    return End::Status(2);
                }
            }
        }
    }
    if attributes.functions {
        let found = names
            .iter()
            .all(|n| interp.state.functions.contains_key(*n));
        let all: Vec<String> = interp.state.functions.keys().cloned().collect();
        let listed = if names.is_empty() {
            all
        } else {
            names.iter().map(|n| n.to_string()).collect()
        };
        if found {
            listed.iter().for_each(|n| cx.out(format!("{n}\n")));
        }
        return End::Status(i32::from(!found));
    }
    if attributes.print || names.is_empty() {
        return print(interp, cx, &argv[0], &names);
    }
    declare_all(interp, cx, &argv[0], &names, &attributes)
}

fn print(interp: &mut Interp, cx: &mut Cx, command: &str, names: &[&String]) -> End {
    let mut status = 0;
    if names.is_empty() {
        let lines: Vec<String> = interp
            .state
            .vars
            .iter()
            .map(|(n, v)| declaration(n, v))
            .collect();
        lines.iter().for_each(|line| cx.out(line));
    }
    for name in names {
        match interp.state.vars.get(name) {
            Some(var) => {
                let line = declaration(name, var);
                cx.out(line);
            }
            None => {
                interp.error(cx, format!("{command}: {name}: not found"));
                status = 1;
            }
        }
    }
    End::Status(status)
}

fn declare_all(
    interp: &mut Interp,
    cx: &mut Cx,
    command: &str,
    names: &[&String],
    attributes: &Attributes,
) -> End {
    let mut status = 0;
    for arg in names {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (arg.as_str(), None),
        };
        let (name, append) = match name.strip_suffix('+') {
            Some(name) if value.is_some() => (name, true),
            _ => (name, false),
        };
        if !is_name(name) {
            let message = if interp.state.bash() {
                format!("{command}: `{arg}': not a valid identifier")
            } else {
                format!("{command}: {name}: bad variable name")
            };
            interp.error(cx, message);
            if !interp.state.bash() && !interp.state.interactive {
                return End::Exit(2);
            }
            status = 1;
            continue;
        }
        if let Err(message) = declare_one(interp, cx, name, value, append, attributes) {
            interp.error(cx, format!("{command}: {message}"));
            status = 1;
        }
    }
    End::Status(status)
}

fn declare_one(
    interp: &mut Interp,
    cx: &mut Cx,
    name: &str,
    value: Option<&str>,
    append: bool,
    attributes: &Attributes,
) -> Result<(), String> {
    if attributes.local {
        interp.state.vars.make_local(name);
    }
    let var = interp.state.vars.entry(name);
    if let Some(integer) = attributes.integer {
        var.integer = integer;
    }
    var.lower |= attributes.lower;
    var.upper |= attributes.upper;
    if attributes.assoc && !matches!(var.value, Value::Assoc(_)) {
        var.value = Value::Assoc(Default::default());
    } else if attributes.array && var.value == Value::Unset {
        var.value = Value::Array(Default::default());
    }
    if let Some(value) = value {
        let integer = var.integer;
        let mut text = value.to_string();
        if append && !integer {
            text = format!("{}{text}", var.text().unwrap_or_default());
        } else if integer {
            let old = if append {
                var.text().unwrap_or("0").to_string() + "+"
            } else {
                String::new()
            };
            let mut expander = Expander::new(&mut interp.state, cx, &[]);
            text = arith::eval(&format!("{old}({text})"), &mut expander)?.to_string();
        }
        interp.state.vars.set(name, text)?;
    }
    let var = interp.state.vars.entry(name);
    if let Some(export) = attributes.export {
        var.export = export;
    }
    var.readonly |= attributes.readonly;
    Ok(())
}

/// `declare -x NAME="value"`.
fn declaration(name: &str, var: &Var) -> String {
    let mut flags = String::new();
    flags.push_str(match var.value {
        Value::Array(_) => "a",
        Value::Assoc(_) => "A",
        _ => "",
    });
    for (on, flag) in [
        (var.integer, 'i'),
        (var.lower, 'l'),
        (var.readonly, 'r'),
        (var.upper, 'u'),
        (var.export, 'x'),
    ] {
        if on {
            flags.push(flag);
        }
    }
    let flags = if flags.is_empty() {
        "-".to_string()
    } else {
        flags
    };
    let double = |text: &str| {
        let mut out = String::from("\"");
        for c in text.chars() {
            if "\"\\$`".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        out + "\""
    };
    let value = match &var.value {
        Value::Unset => return format!("declare -{flags} {name}\n"),
        Value::Scalar(text) => double(text),
        _ => {
            let items = var.keys().into_iter().zip(var.elements());
            let items: Vec<String> = items
                .map(|(k, v)| format!("[{k}]={}", double(&v)))
                .collect();
            let tail = if matches!(var.value, Value::Assoc(_)) && !items.is_empty() {
                " "
            } else {
                ""
            };
            format!("({}{tail})", items.join(" "))
        }
    };
    format!("declare -{flags} {name}={value}\n")
}

pub fn unset(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let (mut functions, mut variables) = (false, false);
    let mut status = 0;
    for arg in &argv[1..] {
        match arg.as_str() {
            "-f" => functions = true,
            "-v" => variables = true,
            _ => {
                if let Err(message) = unset_one(interp, cx, arg, functions, variables) {
                    interp.error(cx, format!("unset: {message}"));
                    status = 1;
                }
            }
        }
    }
    End::Status(status)
}

fn unset_one(
    interp: &mut Interp,
    cx: &mut Cx,
    arg: &str,
    functions: bool,
    variables: bool,
) -> Result<(), String> {
    if functions {
        interp.state.functions.remove(arg);
        return Ok(());
    }
    if let Some((name, rest)) = arg.split_once('[') {
        let key = rest.trim_end_matches(']').to_string();
        let at = if interp.state.vars.is_assoc(name) {
            0
        } else {
            let mut expander = Expander::new(&mut interp.state, cx, &[]);
            arith::eval(&key, &mut expander)?
        };
        match &mut interp.state.vars.entry(name).value {
            Value::Array(items) => {
                items.remove(&at);
            }
            Value::Assoc(items) => {
                items.remove(&key);
            }
            _ => {}
        }
        return Ok(());
    }
    if !variables && interp.state.vars.get(arg).is_none() {
        interp.state.functions.remove(arg);
        return Ok(());
    }
    interp.state.vars.unset(arg)
}

pub fn set(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    if argv.len() == 1 {
        let lines: Vec<String> = interp
            .state
            .vars
            .iter()
            .filter_map(|(n, v)| Some(format!("{n}={}\n", escape::quote(v.text()?))))
            .collect();
        lines.iter().for_each(|line| cx.out(line));
        return End::Status(0);
    }
    let mut i = 1;
    while let Some(arg) = argv.get(i) {
        let on = arg.starts_with('-');
        if arg == "--" || arg == "-" {
            interp.state.positional = argv[i + 1..].to_vec();
            return End::Status(0);
        }
        if arg.len() < 2 || !(on || arg.starts_with('+')) {
            interp.state.positional = argv[i..].to_vec();
            return End::Status(0);
        }
        for c in arg[1..].chars() {
            let known = match c {
                'o' => {
                    i += 1;
                    match argv.get(i) {
                        Some(name) => interp.state.options.set_long(name, on),
                        None => {
                            for (name, on) in interp.state.options.all() {
                                cx.out(format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
                            }
                            true
                        }
                    }
                }
                c => interp.state.options.set_letter(c, on),
            };
            if !known {
                let what = if c == 'o' {
                    argv[i].clone()
                } else {
                    format!("-{c}")
                };
                let why = if c == 'o' {
                    "invalid option name"
                } else {
                    "invalid option"
                };
                interp.error(cx, format!("set: {what}: {why}"));
                return End::Status(2);
            }
        }
        i += 1;
    }
    End::Status(0)
}

pub fn shopt(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut set = None;
    let mut status = 0;
    for arg in &argv[1..] {
        let slot = match arg.as_str() {
            "-s" => {
                set = Some(true);
                continue;
            }
            "-u" => {
                set = Some(false);
                continue;
            }
            "-q" | "-p" | "-o" => continue,
            "nullglob" => &mut interp.state.options.nullglob,
            "nocasematch" => &mut interp.state.options.nocasematch,
            "expand_aliases" => &mut interp.state.options.expand_aliases,
            // Known to bash, without effect here.
            "checkwinsize" | "histappend" | "globstar" | "extglob" | "cmdhist"
            | "inherit_errexit" | "lastpipe" | "progcomp" | "sourcepath" | "dotglob"
            | "failglob" | "nocaseglob" | "autocd" => continue,
            other => {
                status = match interp.complain(
                    cx,
                    "shopt",
                    format!("{other}: invalid shell option name"),
                ) {
                    End::Status(status) => status,
                    _ => 1,
                };
                continue;
            }
        };
        match set {
            Some(on) => *slot = on,
            None => {
                let on = *slot;
                cx.out(format!("{arg:<15}\t{}\n", if on { "on" } else { "off" }));
                status = i32::from(!on);
            }
        }
    }
    End::Status(status)
}

pub fn shift(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let n = match argv.get(1).map(|a| a.parse::<usize>()) {
        None => 1,
        Some(Ok(n)) => n,
        Some(Err(_)) => {
            return interp.complain(
                cx,
                "shift",
                format!("{}: numeric argument required", argv[1]),
            );
        }
    };
    if n > interp.state.positional.len() {
        if !interp.state.bash() {
            interp.error(cx, "shift: can't shift that many");
            return End::Exit(2);
        }
        return End::Status(1);
    }
    interp.state.positional.drain(..n);
    End::Status(0)
}

pub fn let_(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut value = 0;
    for arg in &argv[1..] {
        let mut expander = Expander::new(&mut interp.state, cx, &[]);
        let word = Word {
            parts: vec![Part::Quoted(arg.clone())],
            assign: false,
        };
        match expander.arith(&word) {
            Ok(v) => value = v,
            Err(super::super::expand::Stop::Fail(message)) => {
                return interp.complain(cx, "let", message);
            }
            Err(_) => return End::Status(1),
        }
    }
    End::Status(i32::from(value == 0))
}
