//! From a command's name to what runs: a shell, one of our programs, the host's, or a script file.

use super::interp::Interp;
use super::io;
use super::process::{Body, Proc};
use super::programs;
use super::state::State;
use super::system::{Dialect, Errno, Provider, Spawn, System};

const SHELLS: [&str; 4] = ["sh", "bash", "ash", "dash"];
/// Bytes a script file may have.
const MAX_SCRIPT: usize = 4 << 20;

/// What a command name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A shell, one of our programs or the host's, by name, with its path.
    Command { name: String, provider: Provider },
    /// A file to be run by an interpreter: its path, and the words of its `#!` line.
    Script {
        path: String,
        interpreter: Vec<String>,
    },
}

impl Found {
    pub fn path(&self) -> &str {
        match self {
            Found::Command { provider, .. } => provider.path(),
            Found::Script { path, .. } => path,
        }
    }
}

/// Finds a command as `PATH` and the working directory say.
pub fn find(sys: &mut dyn System, name: &str, cwd: &str, path: &str) -> Result<Found, Errno> {
    if name.is_empty() {
        return Err(Errno::NotFound);
    }
    if name.contains('/') {
        let absolute = io::absolute(cwd, name);
        let base = absolute.rsplit('/').next().unwrap_or_default().to_string();
        let file = sys.fs().stat(&absolute, true);
        if let Some(provider) = sys.which(&base)
            && (provider.path() == absolute || standard(&absolute))
            && !file.as_ref().is_ok_and(|f| f.size > 0)
        {
            return Ok(Found::Command {
                name: base,
                provider,
            });
        }
        return script(sys, &absolute, file?.is_dir());
    }
    if let Some(provider) = sys.which(name) {
        return Ok(Found::Command {
            name: name.to_string(),
            provider,
        });
    }
    let mut error = Errno::NotFound;
    for dir in path.split(':') {
        let candidate = io::absolute(cwd, &format!("{dir}/{name}"));
        if io::is_file(sys.fs(), &candidate) {
            match script(sys, &candidate, false) {
                Ok(found) => return Ok(found),
                Err(e) => error = e,
            }
        }
    }
    Err(error)
}

/// `/bin/ls` is `ls`, wherever the machine says it lives.
fn standard(path: &str) -> bool {
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    matches!(
        dir,
        "/bin" | "/usr/bin" | "/usr/local/bin" | "/sbin" | "/usr/sbin"
    )
}

fn script(sys: &mut dyn System, path: &str, is_dir: bool) -> Result<Found, Errno> {
    if is_dir {
        return Err(Errno::Access);
    }
    let meta = sys.fs().stat(path, true)?;
    if meta.mode & 0o111 == 0 {
        return Err(Errno::Access);
    }
    let head = sys.fs().read(path, 0, 256)?;
    let line = String::from_utf8_lossy(head.split(|b| *b == b'\n').next().unwrap_or_default())
        .into_owned();
    let mut interpreter: Vec<String> = match line.strip_prefix("#!") {
        Some(words) => words.split_whitespace().map(String::from).collect(),
        None if head.contains(&0) => return Err(Errno::NoExec),
        None => vec!["sh".to_string()],
    };
    if interpreter.first().is_some_and(|i| i.ends_with("/env")) && interpreter.len() > 1 {
        interpreter.remove(0);
    }
    Ok(Found::Script {
        path: path.to_string(),
        interpreter,
    })
}

/// What will run in `proc`, whose `argv`, environment and descriptors are set. `blamed` is who reports a failure.
pub fn launch(sys: &mut dyn System, proc: &mut Proc, blamed: &str) -> Body {
    let name = proc.argv.first().cloned().unwrap_or_default();
    let path = proc.env.get("PATH").cloned().unwrap_or_default();
    match find(sys, &name, &proc.cwd, &path) {
        Ok(found) => launch_found(sys, proc, found, blamed, 0),
        Err(error) => failure(blamed, &name, error),
    }
}

fn failure(blamed: &str, name: &str, error: Errno) -> Body {
    let code = if error == Errno::NotFound { 127 } else { 126 };
    let message = match blamed {
        "env" => format!("env: ‘{name}’: {error}"),
        "timeout" | "nice" => format!("{blamed}: failed to run command ‘{name}’: {error}"),
        "nohup" => format!("{blamed}: failed to run command '{name}': {error}"),
        "find" => format!("find: ‘{name}’: {error}"),
        _ => format!("{blamed}: {name}: {error}"),
    };
    Body::Fail(message + "\n", code)
}

/// The body for a command that was found.
pub fn launch_found(
    sys: &mut dyn System,
    proc: &mut Proc,
    found: Found,
    blamed: &str,
    depth: u32,
) -> Body {
    let name = proc.argv.first().cloned().unwrap_or_default();
    match found {
        Found::Script { path, interpreter } => {
            if depth > 4 {
                return failure(blamed, &name, Errno::Loop);
            }
            let cwd = proc.cwd.clone();
            let search = proc.env.get("PATH").cloned().unwrap_or_default();
            let first = interpreter.first().cloned().unwrap_or_default();
            let written = if name.contains('/') {
                name.clone()
            } else {
                path
            };
            let mut argv = interpreter;
            argv.push(written);
            argv.extend(proc.argv.drain(1..));
            proc.argv = argv;
            match find(sys, &first, &cwd, &search) {
                Ok(found) => launch_found(sys, proc, found, blamed, depth + 1),
                Err(_) => Body::Fail(
                    format!("{blamed}: {name}: cannot execute: required file not found\n"),
                    127,
                ),
            }
        }
        Found::Command { name, .. } if SHELLS.contains(&name.as_str()) => shell(sys, proc, &name),
        Found::Command {
            name,
            provider: Provider::Program(_),
        } => match programs::find(&name) {
            Some(entry) => Body::Entry(entry),
            None => failure(blamed, &name, Errno::NotFound),
        },
        Found::Command {
            name,
            provider: Provider::Host(_),
        } => host(sys, proc, blamed, &name),
    }
}

fn host(sys: &mut dyn System, proc: &mut Proc, blamed: &str, name: &str) -> Body {
    let mut standard = [0; 3];
    for (fd, slot) in standard.iter_mut().enumerate() {
        *slot = match proc.fds.get(&(fd as u32)).copied() {
            Some(handle) => sys.kernel().dup(handle),
            None => sys.kernel().open(super::kernel::Target::Null),
        };
    }
    let spawn = Spawn {
        pid: proc.pid,
        argv: proc.argv.clone(),
        env: (*proc.env).clone(),
        cwd: proc.cwd.clone(),
        stdin: standard[0],
        stdout: standard[1],
        stderr: standard[2],
    };
    match sys.spawn(spawn) {
        Ok(()) => {
            // The host's program has its own references now.
            proc.close_all(sys);
            Body::Host
        }
        Err(error) => {
            standard.iter().for_each(|h| sys.kernel().close(*h));
            failure(blamed, name, error)
        }
    }
}

/// A shell from `sh -c text`, `bash file args`, `sh -s`.
fn shell(sys: &mut dyn System, proc: &mut Proc, name: &str) -> Body {
    let dialect = match name {
        "bash" => Dialect::Bash,
        "dash" => Dialect::Dash,
        "ash" => Dialect::Ash,
        _ => sys.sh(),
    };
    if dialect == Dialect::Ash {
        proc.dialect = Dialect::Ash;
    }
    let argv = proc.argv.clone();
    let called = argv.first().map_or(name, String::as_str).to_string();
    let mut state = State::new(proc, sys, dialect);
    let mut at = 1;
    let mut command = false;
    while let Some(arg) = argv
        .get(at)
        .filter(|a| a.len() > 1 && (a.starts_with('-') || a.starts_with('+')))
    {
        at += 1;
        if arg == "--" {
            break;
        }
        if arg.starts_with("--") {
            continue;
        }
        let on = arg.starts_with('-');
        for c in arg[1..].chars() {
            match c {
                'c' => command = true,
                'l' | 'i' | 's' => {}
                'o' => {
                    if let Some(option) = argv.get(at) {
                        state.options.set_long(option, on);
                        at += 1;
                    }
                }
                _ if state.options.set_letter(c, on) => {}
                _ => {
                    return Body::Fail(format!("{called}: -{c}: invalid option\n"), 2);
                }
            }
        }
    }
    let rest: Vec<String> = argv.get(at..).unwrap_or_default().to_vec();
    state.name = called.clone();
    if command {
        let Some((text, rest)) = rest.split_first() else {
            return Body::Fail(format!("{called}: -c: option requires an argument\n"), 2);
        };
        state.from_command_line = true;
        if let Some((name, positional)) = rest.split_first() {
            state.name = name.clone();
            state.positional = positional.to_vec();
        }
        return Body::Shell(Box::new(Interp::script(state, text.as_str())));
    }
    let Some((file, positional)) = rest.split_first() else {
        let input = proc.fds.get(&0).copied();
        let tty = input.is_some_and(|handle| sys.kernel().is_tty(handle));
        return Body::Shell(Box::new(Interp::from_stdin(state, tty)));
    };
    let path = io::absolute(&proc.cwd, file);
    let text = match sys.fs().read_all(&path, MAX_SCRIPT) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => {
            let code = if error == Errno::NotFound { 127 } else { 126 };
            let message = match dialect {
                Dialect::Bash => format!("{called}: {file}: {error}\n"),
                Dialect::Dash => format!("{called}: 0: cannot open {file}: No such file\n"),
                Dialect::Ash => format!("{called}: can't open '{file}': {error}\n"),
            };
            return Body::Fail(message, if dialect == Dialect::Dash { 2 } else { code });
        }
    };
    state.name = file.clone();
    state.positional = positional.to_vec();
    Body::Shell(Box::new(Interp::script(state, &text)))
}
