//! Control: `eval`, `source`, `exec`, `exit`, `return`, `break`, `trap`.

use super::super::interp::{Flow, Frame, Interp};
use super::super::launch;
use super::super::process::Cx;
use super::super::state::{TRAP_ERR, TRAP_EXIT};
use super::super::system::{Dialect, Errno, Signal};
use super::End;

pub fn eval(interp: &mut Interp, _cx: &mut Cx, argv: &[String]) -> End {
    let args = if argv.get(1).is_some_and(|a| a == "--") {
        &argv[2..]
    } else {
        &argv[1..]
    };
    let text = args.join(" ");
    if text.trim().is_empty() {
        return End::Status(0);
    }
    interp.push(Frame::Script {
        text: text.into(),
        at: 0,
        line: interp.state.line,
    });
    End::Pushed
}

pub fn source(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let name = argv[0].clone();
    let Some(file) = argv.get(1).cloned() else {
        interp.error(cx, format!("{name}: filename argument required"));
        return End::Status(2);
    };
    let text = match find_source(interp, cx, &file) {
        Ok(text) => text,
        Err(error) => {
            let message = match interp.state.dialect {
                Dialect::Bash => format!("{file}: {error}"),
                Dialect::Dash => format!(".: cannot open {file}: No such file"),
                Dialect::Ash => format!(".: {file}: not found"),
            };
            interp.error(cx, message);
            if !interp.state.bash() && !interp.state.interactive {
                return End::Exit(2);
            }
            return End::Status(1);
        }
    };
    let positional = (argv.len() > 2)
        .then(|| std::mem::replace(&mut interp.state.positional, argv[2..].to_vec()));
    interp.push(Frame::Sourced {
        positional,
        name: file,
        line: interp.state.line,
    });
    interp.push(Frame::Script {
        text: String::from_utf8_lossy(&text).into(),
        at: 0,
        line: 1,
    });
    interp.state.status = 0;
    End::Pushed
}

fn find_source(interp: &Interp, cx: &mut Cx, file: &str) -> Result<Vec<u8>, Errno> {
    if !file.contains('/') {
        let path = interp
            .state
            .vars
            .text("PATH")
            .unwrap_or_default()
            .to_string();
        for dir in path.split(':').filter(|d| !d.is_empty()) {
            let candidate = format!("{dir}/{file}");
            if cx.stat(&candidate, true).is_ok_and(|m| m.is_file()) {
                return cx.read_file(&candidate);
            }
        }
        if !interp.state.bash() {
            return Err(Errno::NotFound);
        }
    }
    if matches!(file, "/dev/stdin" | "/dev/null") {
        return Ok(Vec::new());
    }
    cx.read_file(file)
}

pub fn exit(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.get(1).map(|a| a.parse::<i32>()) {
        None => End::Exit(interp.state.status),
        Some(Ok(code)) => End::Exit(code & 255),
        Some(Err(_)) => {
            let message = if interp.state.bash() {
                format!("exit: {}: numeric argument required", argv[1])
            } else {
                format!("exit: Illegal number: {}", argv[1])
            };
            interp.error(cx, message);
            End::Exit(2)
        }
    }
}

pub fn return_(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    match argv.get(1).map(|a| a.parse::<i32>()) {
        None => End::Return(interp.state.status),
        Some(Ok(code)) => End::Return(code & 255),
        Some(Err(_)) => {
            interp.error(
                cx,
                format!("return: {}: numeric argument required", argv[1]),
            );
            End::Return(2)
        }
    }
}

fn count(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> Result<usize, End> {
    match argv.get(1).map(|a| a.parse::<usize>()) {
        None => Ok(1),
        Some(Ok(n)) if n > 0 => Ok(n),
        Some(Ok(_)) => Err(interp.complain(
            cx,
            &argv[0],
            format!("{}: loop count out of range", argv[1]),
        )),
        Some(Err(_)) => {
            interp.error(
                cx,
                format!("{}: {}: numeric argument required", argv[0], argv[1]),
            );
            Err(End::Exit(128))
        }
    }
}

pub fn break_(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    count(interp, cx, argv).map_or_else(|end| end, End::Break)
}

pub fn continue_(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    count(interp, cx, argv).map_or_else(|end| end, End::Continue)
}

pub fn exec(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut args = &argv[1..];
    while let Some((first, rest)) = args.split_first() {
        match first.as_str() {
            "--" | "-c" | "-l" => args = rest,
            "-a" => args = rest.get(1..).unwrap_or_default(),
            _ => break,
        }
    }
    let Some(name) = args.first() else {
        return End::Status(0);
    };
    let path = interp
        .state
        .vars
        .text("PATH")
        .unwrap_or_default()
        .to_string();
    match launch::find(cx.sys, name, &cx.proc.cwd, &path) {
        Ok(_) => {
            cx.proc.env = std::sync::Arc::new(interp.state.environment());
            End::Flow(Flow::Exec(args.to_vec()))
        }
        Err(error) => {
            let bash = interp.state.bash();
            let what = if error == Errno::NotFound && bash {
                "not found".to_string()
            } else {
                String::new()
            };
            let what = if what.is_empty() {
                error.to_string()
            } else {
                what
            };
            let code = if error == Errno::NotFound { 127 } else { 126 };
            interp.error(
                cx,
                format!(
                    "exec: {name}: {}",
                    if bash { what } else { "not found".to_string() }
                ),
            );
            if interp.state.interactive {
                End::Status(code)
            } else {
                End::Exit(code)
            }
        }
    }
}

fn trap_key(text: &str) -> Option<i32> {
    match text.to_ascii_uppercase().as_str() {
        "EXIT" | "0" => Some(TRAP_EXIT),
        "ERR" => Some(TRAP_ERR),
        "DEBUG" | "RETURN" => Some(-2),
        _ => Signal::parse(text).filter(|s| s.0 > 0).map(|s| s.0),
    }
}

fn trap_name(key: i32) -> String {
    match key {
        TRAP_EXIT => "EXIT".to_string(),
        TRAP_ERR => "ERR".to_string(),
        -2 => "DEBUG".to_string(),
        n => format!("SIG{}", Signal(n).name()),
    }
}

pub fn trap(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut args = &argv[1..];
    if args.first().is_some_and(|a| a == "--") {
        args = &args[1..];
    }
    match args {
        [first] if first == "-l" => {
            let names: Vec<String> = Signal::NAMES
                .iter()
                .map(|(n, name)| format!("{n:>2}) SIG{name}"))
                .collect();
            cx.out(names.join("\n") + "\n");
            return End::Status(0);
        }
        [] => return print_traps(interp, cx, &[]),
        [first, rest @ ..] if first == "-p" => return print_traps(interp, cx, rest),
        _ => {}
    }
    let (action, names) = match args {
        [only] => (None, std::slice::from_ref(only)),
        [action, names @ ..] if action == "-" => (None, names),
        // `trap 1 2` resets signals 1 and 2.
        [first, ..] if first.parse::<i32>().is_ok() && args.len() > 1 => (None, args),
        [action, names @ ..] => (Some(action.clone()), names),
        [] => (None, args),
    };
    let mut status = 0;
    for name in names {
        let Some(key) = trap_key(name) else {
            let what = if interp.state.bash() {
                "invalid signal specification"
            } else {
                "bad trap"
            };
            interp.error(cx, format!("trap: {name}: {what}"));
            status = 1;
            continue;
        };
        cx.proc.ignored.retain(|n| *n != key);
        match &action {
            None => {
                interp.state.traps.remove(&key);
            }
            Some(action) => {
                if action.is_empty() {
                    cx.proc.ignored.push(key);
                }
                interp.state.traps.insert(key, action.clone());
            }
        }
    }
    End::Status(status)
}

fn print_traps(interp: &mut Interp, cx: &mut Cx, names: &[String]) -> End {
    let keys: Vec<i32> = names.iter().filter_map(|n| trap_key(n)).collect();
    for (key, action) in &interp.state.traps {
        if keys.is_empty() || keys.contains(key) {
            let quoted = super::super::escape::single_quote(action);
            cx.out(format!("trap -- {quoted} {}\n", trap_name(*key)));
        }
    }
    End::Status(0)
}
