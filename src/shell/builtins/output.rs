//! `echo`, `printf`, and the working directory.

use super::super::escape::echo_escapes;
use super::super::format;
use super::super::interp::Interp;
use super::super::io;
use super::super::process::{Cx, Start};
use super::super::system::{Dialect, Errno};
use super::super::vars::Var;
use super::End;

pub fn echo(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let bytes = echo_bytes(&argv[1..], interp.state.dialect);
    cx.out(bytes);
    End::Status(0)
}

/// `echo` as a program.
pub fn echo_program(cx: &mut Cx) -> Start {
    let bytes = echo_bytes(&cx.args(), Dialect::Bash);
    cx.out(bytes);
    Start::Done(0)
}

fn echo_bytes(args: &[String], dialect: Dialect) -> Vec<u8> {
    let (mut newline, mut escapes) = (true, dialect == Dialect::Dash);
    let mut args = args;
    while let Some((first, rest)) = args.split_first() {
        let allowed = if dialect == Dialect::Dash { "n" } else { "neE" };
        let option = first.len() > 1
            && first.starts_with('-')
            && first[1..].chars().all(|c| allowed.contains(c));
        if !option {
            break;
        }
        for c in first[1..].chars() {
            match c {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        args = rest;
    }
    let text = args.join(" ");
    let mut bytes = if escapes {
        let (bytes, stop) = echo_escapes(&text);
        newline &= !stop;
        bytes
    } else {
        text.into_bytes()
    };
    if newline {
        bytes.push(b'\n');
    }
    bytes
}

pub fn printf(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut args = &argv[1..];
    let mut variable = None;
    if let [first, name, rest @ ..] = args
        && first == "-v"
        && interp.state.bash()
    {
        variable = Some(name.clone());
        args = rest;
    }
    if args.first().is_some_and(|a| a == "--") {
        args = &args[1..];
    }
    let Some((template, args)) = args.split_first() else {
        interp.error(cx, "printf: usage: printf [-v var] format [arguments]");
        return End::Status(2);
    };
    let printed = format::printf(template, args);
    let status = i32::from(!printed.complaints.is_empty());
    for complaint in &printed.complaints {
        interp.error(cx, format!("printf: {complaint}"));
    }
    match variable {
        Some(name) => {
            let text = String::from_utf8_lossy(&printed.out).into_owned();
            if let Err(message) = interp.state.vars.set(&name, text) {
                return interp.complain(cx, "printf", message);
            }
        }
        None => cx.out(&printed.out),
    }
    End::Status(status)
}

/// `printf` as a program.
pub fn printf_program(cx: &mut Cx) -> Start {
    let args = cx.args();
    let Some((template, args)) = args.split_first() else {
        return cx.fail(1, "missing operand");
    };
    let printed = format::printf(template, args);
    printed.complaints.iter().for_each(|c| cx.complain(c));
    cx.out(&printed.out);
    Start::Done(i32::from(!printed.complaints.is_empty()))
}

pub fn pwd(_interp: &mut Interp, cx: &mut Cx, _argv: &[String]) -> End {
    let cwd = cx.proc.cwd.clone();
    cx.out(format!("{cwd}\n"));
    End::Status(0)
}

pub fn cd(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let args: Vec<&String> = argv[1..]
        .iter()
        .filter(|a| !matches!(a.as_str(), "-L" | "-P" | "--"))
        .collect();
    if args.len() > 1 && interp.state.bash() {
        return interp.complain(cx, "cd", "too many arguments");
    }
    let (target, print) = match args.first().map(|a| a.as_str()) {
        None | Some("") => match interp.state.vars.text("HOME") {
            Some(home) if args.is_empty() => (home.to_string(), false),
            _ if args.is_empty() => return interp.complain(cx, "cd", "HOME not set"),
            _ => (cx.proc.cwd.clone(), false),
        },
        Some("-") => match interp.state.vars.text("OLDPWD") {
            Some(old) => (old.to_string(), true),
            None => return interp.complain(cx, "cd", "OLDPWD not set"),
        },
        Some(dir) => (dir.to_string(), false),
    };
    match change_dir(interp, cx, &target) {
        Ok(()) => {
            if print {
                cx.out(format!("{target}\n"));
            }
            End::Status(0)
        }
        Err(error) => {
            let message = match interp.state.dialect {
                Dialect::Bash => format!("cd: {target}: {error}"),
                Dialect::Dash => format!("cd: can't cd to {target}"),
                Dialect::Ash => format!("cd: can't cd to {target}: {error}"),
            };
            interp.error(cx, message);
            End::Status(if interp.state.dialect == Dialect::Dash {
                2
            } else {
                1
            })
        }
    }
}

fn change_dir(interp: &mut Interp, cx: &mut Cx, target: &str) -> Result<(), Errno> {
    let path = io::normalize(&cx.path(target));
    if !cx.sys.fs().stat(&path, true)?.is_dir() {
        return Err(Errno::NotDir);
    }
    let old = std::mem::replace(&mut cx.proc.cwd, path.clone());
    for (name, text) in [("OLDPWD", old), ("PWD", path)] {
        let export = true;
        interp.state.vars.replace(
            name,
            Some(Var {
                export,
                ..Var::scalar(&text)
            }),
        );
    }
    Ok(())
}

pub fn pushd(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let Some(dir) = argv.get(1).cloned() else {
        return interp.complain(cx, "pushd", "no other directory");
    };
    let old = cx.proc.cwd.clone();
    match change_dir(interp, cx, &dir) {
        Ok(()) => {
            interp.state.dir_stack.push(old);
            dirs(interp, cx, argv)
        }
        Err(error) => interp.complain(cx, "pushd", format!("{dir}: {error}")),
    }
}

pub fn popd(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let Some(dir) = interp.state.dir_stack.pop() else {
        return interp.complain(cx, "popd", "directory stack empty");
    };
    match change_dir(interp, cx, &dir) {
        Ok(()) => dirs(interp, cx, argv),
        Err(error) => interp.complain(cx, "popd", format!("{dir}: {error}")),
    }
}

pub fn dirs(interp: &mut Interp, cx: &mut Cx, _argv: &[String]) -> End {
    let home = interp.state.vars.text("HOME").unwrap_or("/").to_string();
    let short = |dir: &str| match dir.strip_prefix(&home) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
        _ => dir.to_string(),
    };
    let mut all = vec![short(&cx.proc.cwd)];
    all.extend(interp.state.dir_stack.iter().rev().map(|d| short(d)));
    cx.out(all.join(" ") + "\n");
    End::Status(0)
}

pub fn umask(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.get(1).map(|a| u32::from_str_radix(a, 8)) {
        None => {
            let mask = cx.proc.umask;
            cx.out(format!("{mask:04o}\n"));
            End::Status(0)
        }
        Some(Ok(mask)) if mask <= 0o777 => {
            cx.proc.umask = mask;
            End::Status(0)
        }
        Some(_) => interp.complain(
            cx,
            "umask",
            format!("{}: invalid symbolic mode operator", argv[1]),
        ),
    }
}

pub fn ulimit(_interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    if argv.get(1).is_none_or(|a| a == "-n") && argv.len() <= 2 {
        cx.out(if argv.len() == 2 {
            "1048576\n"
        } else {
            "unlimited\n"
        });
    }
    End::Status(0)
}

pub fn times(_interp: &mut Interp, cx: &mut Cx, _argv: &[String]) -> End {
    cx.out("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
    End::Status(0)
}
