//! What tells about the machine and its user: `hostname`, `uname`, `id`, `whoami`, `pwd`, `env`, `which`, `ps`, `df` …

use crate::collections::Arrange;
use std::sync::Arc;

use super::super::launch;
use super::super::process::{Cx, Start};
use super::super::system::ProcessInfo;
use super::attributes::{group_name, human, utc};
use super::options;

pub fn hostname(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "fsid", &[("fqdn", 'f'), ("short", 's')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if !options.operands.is_empty() {
        return cx.fail(1, "you must be root to change the host name");
    }
    let name = cx.sys.hostname();
    let text = if options.has('i') {
        let hosts = cx.sys.fs().read_all("/etc/hosts", 1 << 20);
        let hosts = String::from_utf8_lossy(&hosts.unwrap_or_default()).into_owned();
        let line = hosts
            .lines()
            .find(|l| l.split_whitespace().skip(1).any(|w| w == name));
        match line.and_then(|l| l.split_whitespace().next()) {
            Some(address) => address.to_string(),
            None => return cx.fail(1, "Name or service not known"),
        }
    } else if options.has('s') {
        name.split('.').next().unwrap_or_default().to_string()
    } else {
        name
    };
    cx.out(text + "\n");
    Start::Done(0)
}

pub fn uname(cx: &mut Cx) -> Start {
    let long = [
        ("all", 'a'),
        ("kernel-name", 's'),
        ("nodename", 'n'),
        ("kernel-release", 'r'),
        ("kernel-version", 'v'),
        ("machine", 'm'),
        ("operating-system", 'o'),
        ("processor", 'p'),
    ];
    let options = match options::parse(cx, "asnrvmopi", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let [kernel, release, version, machine] = cx.sys.uname();
    let host = cx.sys.hostname();
    let parts = [
        ('s', kernel),
        ('n', host),
        ('r', release),
        ('v', version),
        ('m', machine),
        ('o', "GNU/Linux".to_string()),
    ];
    let wanted = |c| options.has('a') || options.has(c) || (c == 's' && options.given.is_empty());
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(c, _)| wanted(*c))
        .map(|(_, text)| text)
        .collect();
    let text = match shown.is_empty() {
        true => "unknown".to_string(),
        false => shown.join(" "),
    };
    cx.out(text + "\n");
    Start::Done(0)
}

pub fn arch(cx: &mut Cx) -> Start {
    let [_, _, _, machine] = cx.sys.uname();
    cx.out(machine + "\n");
    Start::Done(0)
}

pub fn nproc(cx: &mut Cx) -> Start {
    cx.out("2\n");
    Start::Done(0)
}

pub fn whoami(cx: &mut Cx) -> Start {
    let (name, uid, _) = cx.sys.user();
    if name.is_empty() {
        return cx.fail(1, format!("cannot find name for user ID {uid}"));
    }
    cx.out(name + "\n");
    Start::Done(0)
}

pub fn id(cx: &mut Cx) -> Start {
    let long = [
        ("user", 'u'),
        ("group", 'g'),
        ("name", 'n'),
        ("groups", 'G'),
    ];
    let options = match options::parse(cx, "ugnGr", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let (name, uid, gid) = cx.sys.user();
    if let Some(other) = options.operands.first()
        && *other != name
    {
        return match cx.busybox() {
            true => cx.fail(1, format!("unknown user {other}")),
            false => cx.fail(1, format!("‘{other}’: no such user")),
        };
    }
    let group = group_name(cx, gid);
    let text = match (options.has('u'), options.has('g') || options.has('G')) {
        (true, _) if options.has('n') => name,
        (true, _) => uid.to_string(),
        (_, true) if options.has('n') => group,
        (_, true) => gid.to_string(),
        _ => {
            let label = |id: u32, name: &str| match name.is_empty() || name == id.to_string() {
                true => id.to_string(),
                false => format!("{id}({name})"),
            };
            let (user, group) = (label(uid, &name), label(gid, &group));
            format!("uid={user} gid={group} groups={group}")
        }
    };
    cx.out(text + "\n");
    Start::Done(0)
}

pub fn groups(cx: &mut Cx) -> Start {
    let (_, _, gid) = cx.sys.user();
    let group = group_name(cx, gid);
    cx.out(group + "\n");
    Start::Done(0)
}

pub fn pwd(cx: &mut Cx) -> Start {
    let cwd = cx.proc.cwd.clone();
    let path = cx.sys.fs().canonical(&cwd).unwrap_or(cwd);
    cx.out(path + "\n");
    Start::Done(0)
}

pub fn tty(cx: &mut Cx) -> Start {
    let there = cx.is_tty(0);
    cx.out(if there { "/dev/pts/0\n" } else { "not a tty\n" });
    Start::Done(i32::from(!there))
}

pub fn clear(cx: &mut Cx) -> Start {
    cx.out("\x1b[H\x1b[2J\x1b[3J");
    Start::Done(0)
}

pub fn sync(_cx: &mut Cx) -> Start {
    // Files are in memory: there is nothing to be written out.
    Start::Done(0)
}

pub fn printenv(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "+0", &[("null", '0')], 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let end = if options.has('0') { "\0" } else { "\n" };
    if options.operands.is_empty() {
        show_environment(cx, end);
        return Start::Done(0);
    }
    let mut missing = false;
    for name in &options.operands {
        match cx.env(name).map(str::to_string) {
            Some(value) => cx.out(value + end),
            None => missing = true,
        }
    }
    Start::Done(i32::from(missing))
}

fn show_environment(cx: &mut Cx, end: &str) {
    let env = cx.proc.env.clone();
    for (name, value) in env.iter() {
        cx.out(format!("{name}={value}{end}"));
    }
}

pub fn env(cx: &mut Cx) -> Start {
    let long = [
        ("ignore-environment", 'i'),
        ("unset", 'u'),
        ("null", '0'),
        ("chdir", 'C'),
        ("split-string", 'S'),
    ];
    if let Some(lone) = cx.proc.argv.iter_mut().skip(1).find(|a| *a == "-") {
        *lone = "-i".to_string();
    }
    let options = match options::parse(cx, "+iu:0C:S:", &long, 125) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut env = match options.has('i') {
        true => Default::default(),
        false => (*cx.proc.env).clone(),
    };
    for name in options.values('u') {
        env.remove(name);
    }
    let mut operands = options.operands.clone();
    if let Some(split) = options.value('S') {
        let words: Vec<String> = split.split_whitespace().map(String::from).collect();
        operands.splice(0..0, words);
    }
    let assigned = operands.iter().take_while(|a| a.find('=') > Some(0));
    let assigned: Vec<String> = assigned.cloned().collect();
    for assignment in &assigned {
        if let Some((name, value)) = assignment.split_once('=') {
            env.insert(name.to_string(), value.to_string());
        }
    }
    cx.proc.env = Arc::new(env);
    if let Some(dir) = options.value('C') {
        match cx.stat(dir, true) {
            Ok(meta) if meta.is_dir() => cx.proc.cwd = cx.path(dir),
            Ok(_) => {
                return cx.fail(
                    125,
                    format!("cannot change directory to '{dir}': Not a directory"),
                );
            }
            Err(error) => {
                return cx.fail(125, format!("cannot change directory to '{dir}': {error}"));
            }
        }
    }
    let command = operands.split_off(assigned.len());
    if command.is_empty() {
        show_environment(cx, if options.has('0') { "\0" } else { "\n" });
        return Start::Done(0);
    }
    cx.proc.blamed = "env".to_string();
    Start::Exec(command)
}

/// `nohup` and `nice`: the command, as nothing here hangs up or competes.
pub fn prefix(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "+n:", &[("adjustment", 'n')], 125) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let name = cx.name().to_string();
    if options.operands.is_empty() {
        return cx.fail(
            125,
            format!("missing operand\nTry '{name} --help' for more information."),
        );
    }
    if name == "nohup" {
        cx.proc.ignored.push(super::super::system::Signal::HUP.0);
    }
    cx.proc.blamed = name;
    Start::Exec(options.operands)
}

pub fn which(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "as", &[], 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let path = cx.env("PATH").unwrap_or_default().to_string();
    let cwd = cx.proc.cwd.clone();
    let mut missing = options.operands.is_empty();
    for name in &options.operands {
        match launch::find(cx.sys, name, &cwd, &path) {
            Ok(found) => {
                let shown = match name.contains('/') {
                    true => name.clone(),
                    false => found.path().to_string(),
                };
                if !options.has('s') {
                    cx.out(shown + "\n");
                }
            }
            Err(_) => missing = true,
        }
    }
    Start::Done(i32::from(missing))
}

/// Every process: those of this shell, this one, and the host's.
fn all_processes(cx: &mut Cx) -> Vec<ProcessInfo> {
    let (user, _, _) = cx.sys.user();
    let mut all = cx.sys.processes();
    all.extend(cx.table.processes(&user));
    all.push(ProcessInfo {
        pid: cx.proc.pid,
        ppid: cx.proc.ppid,
        user,
        argv: cx.proc.argv.clone(),
        started: cx.proc.started,
    });
    all.arrange_by_key(|p| p.pid);
    all.dedup_by_key(|p| p.pid);
    all
}

pub fn ps(cx: &mut Cx) -> Start {
    let args = cx.args().join(" ");
    let all = all_processes(cx);
    if cx.busybox() {
        cx.out("PID   USER     TIME  COMMAND\n");
        for p in all {
            let command = p.argv.join(" ");
            cx.out(format!("{:>5} {:<8.8}  0:00 {command}\n", p.pid, p.user));
        }
        return Start::Done(0);
    }
    let bsd = args.contains('u') && !args.starts_with('-');
    if bsd || args.contains("aux") {
        cx.out("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n");
    } else if args.contains('f') {
        cx.out("UID          PID    PPID  C STIME TTY          TIME CMD\n");
    } else {
        cx.out("    PID TTY          TIME CMD\n");
    }
    let everything = args.contains(['a', 'e', 'A', 'x']);
    let own = cx.proc.pgid;
    for p in all {
        let mine = p.pid == cx.proc.pid
            || p.pid == cx.proc.ppid
            || cx
                .table
                .tasks
                .get(&p.pid)
                .is_some_and(|t| t.proc.pgid == own);
        if !everything && !mine {
            continue;
        }
        let start = utc(p.started).format("%H:%M");
        let command = p.argv.join(" ");
        let line = if bsd || args.contains("aux") {
            format!(
                "{:<8} {:>7}  0.0  0.0   2800  1920 ?        S    {start}   0:00 {command}\n",
                p.user, p.pid
            )
        } else if args.contains('f') {
            format!(
                "{:<8} {:>7} {:>7}  0 {start} ?        00:00:00 {command}\n",
                p.user, p.pid, p.ppid
            )
        } else {
            let name = p.argv.first().map_or("", String::as_str);
            let name = super::attributes::base(name);
            format!("{:>7} ?        00:00:00 {name}\n", p.pid)
        };
        cx.out(line);
    }
    Start::Done(0)
}

pub fn pidof(cx: &mut Cx) -> Start {
    let names = cx.args();
    let own = cx.proc.pid;
    let found: Vec<String> = all_processes(cx)
        .iter()
        .rev()
        .filter(|p| p.pid != own)
        .filter(|p| {
            let name = p.argv.first().map_or("", String::as_str);
            names.iter().any(|n| n == super::attributes::base(name))
        })
        .map(|p| p.pid.to_string())
        .collect();
    if found.is_empty() {
        return Start::Done(1);
    }
    cx.out(found.join(" ") + "\n");
    Start::Done(0)
}

pub fn df(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "hkTPa", &[("human-readable", 'h')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let in_human = options.has('h');
    let mut disks = cx.sys.disks();
    if !options.operands.is_empty() {
        let mut wanted = Vec::new();
        for name in &options.operands {
            if let Err(error) = cx.stat(name, true) {
                return cx.fail(1, format!("{name}: {error}"));
            }
            let path = cx.path(name);
            let holds = |mount: &str| {
                mount == "/" || path == mount || path.starts_with(&format!("{mount}/"))
            };
            let best = disks.iter().filter(|d| holds(&d.mounted_on));
            wanted.extend(best.max_by_key(|d| d.mounted_on.len()).cloned());
        }
        disks = wanted;
    }
    let size = |kib: u64| match in_human {
        true => human(kib * 1024),
        false => kib.to_string(),
    };
    let mut rows = vec![
        [
            "Filesystem",
            if in_human { "Size" } else { "1K-blocks" },
            "Used",
            if in_human { "Avail" } else { "Available" },
            "Use%",
            "Mounted on",
        ]
        .map(String::from),
    ];
    for disk in disks {
        let free = disk.size.saturating_sub(disk.used);
        let percent = (disk.used * 100).div_ceil(disk.size.max(1));
        rows.push([
            disk.source,
            size(disk.size),
            size(disk.used),
            size(free),
            format!("{percent}%"),
            disk.mounted_on,
        ]);
    }
    let width = |c: usize, least: usize| {
        rows.iter()
            .map(|r| r[c].len())
            .max()
            .unwrap_or(0)
            .max(least)
    };
    let widths = [
        width(0, 14),
        width(1, 5),
        width(2, 5),
        width(3, 5),
        width(4, 4),
    ];
    for [source, size, used, free, percent, place] in &rows {
        cx.out(format!(
            "{source:<0$} {size:>1$} {used:>2$} {free:>3$} {percent:>4$} {place}\n",
            widths[0], widths[1], widths[2], widths[3], widths[4]
        ));
    }
    Start::Done(0)
}
