//! Background jobs and signals: `wait`, `jobs`, `kill`, `fg`.

use super::super::interp::{Frame, Interp, job_line};
use super::super::process::{Cx, Start};
use super::super::system::{Pid, Signal};
use super::End;

/// The process of `%1`, `%%`, `%name`, or a number.
fn job_pid(interp: &Interp, text: &str) -> Option<Pid> {
    let jobs = &interp.state.jobs;
    match text.strip_prefix('%') {
        None => text.parse().ok(),
        Some("" | "%" | "+") => jobs.last().map(|j| j.pid),
        Some("-") => jobs.iter().rev().nth(1).or(jobs.last()).map(|j| j.pid),
        Some(rest) => match rest.parse::<usize>() {
            Ok(id) => jobs.iter().find(|j| j.id == id).map(|j| j.pid),
            Err(_) => jobs
                .iter()
                .rev()
                .find(|j| j.text.starts_with(rest))
                .map(|j| j.pid),
        },
    }
}

pub fn wait(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    interp.poll_jobs(cx);
    let args: Vec<&String> = argv[1..]
        .iter()
        .filter(|a| *a != "-n" && *a != "-f")
        .collect();
    let any = argv.iter().any(|a| a == "-n");
    if any && interp.state.jobs.is_empty() {
        return End::Status(127);
    }
    let mut pids = Vec::new();
    for arg in &args {
        match job_pid(interp, arg) {
            Some(pid) if interp.state.jobs.iter().any(|j| j.pid == pid) => pids.push(pid),
            Some(pid) if !arg.starts_with('%') => {
                if interp.state.bash() {
                    interp.error(cx, format!("wait: pid {pid} is not a child of this shell"));
                }
                return End::Status(127);
            }
            Some(_) | None if arg.starts_with('%') => {
                interp.error(cx, format!("wait: {arg}: no such job"));
                return End::Status(127);
            }
            _ => {
                interp.error(cx, format!("wait: `{arg}': not a pid or valid job spec"));
                return End::Status(1);
            }
        }
    }
    interp.state.status = 0;
    if args.is_empty() && !any {
        // All of them, and then the status is 0.
        let all = interp.state.jobs.iter().map(|j| j.pid).collect();
        interp.push(Frame::TrapEnd { status: 0 });
        interp.push(Frame::WaitJobs {
            pids: all,
            any: false,
        });
    } else {
        interp.push(Frame::WaitJobs { pids, any });
    }
    End::Pushed
}

pub fn jobs(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    interp.poll_jobs(cx);
    let current = interp.state.jobs.last().map(|j| j.id);
    let pids_only = argv.iter().any(|a| a == "-p");
    for job in interp.state.jobs.clone() {
        let mut line = job_line(&job, current);
        if pids_only {
            line = format!("{}\n", job.pid);
        } else if argv.iter().any(|a| a == "-l") {
            line = line.replacen("  ", &format!(" {:>5} ", job.pid), 1);
        }
        cx.out(line);
    }
    interp.state.jobs.retain(|j| j.status.is_none());
    End::Status(0)
}

pub fn fg(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    interp.poll_jobs(cx);
    let which = argv.get(1).map_or("%%", String::as_str);
    let which = if which.starts_with('%') {
        which.to_string()
    } else {
        format!("%{which}")
    };
    let Some(pid) =
        job_pid(interp, &which).filter(|pid| interp.state.jobs.iter().any(|j| j.pid == *pid))
    else {
        let name = argv.get(1).map_or("current", String::as_str);
        return interp.complain(cx, "fg", format!("{name}: no such job"));
    };
    if let Some(job) = interp.state.jobs.iter().find(|j| j.pid == pid) {
        let text = job.text.clone();
        cx.out(format!("{text}\n"));
    }
    // Ctrl-C reaches it from now on.
    let group = cx.proc.pgid;
    for task in cx.table.tasks.values_mut().filter(|t| t.proc.pgid == pid) {
        task.proc.pgid = group;
    }
    interp.push(Frame::WaitJobs {
        pids: vec![pid],
        any: false,
    });
    End::Pushed
}

pub fn bg(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let name = argv.get(1).map_or("current", String::as_str).to_string();
    if interp.state.jobs.is_empty() {
        return interp.complain(cx, "bg", format!("{name}: no such job"));
    }
    interp.complain(cx, "bg", "job already in background")
}

pub fn disown(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let pids: Vec<Pid> = match argv.get(1).filter(|a| !a.starts_with('-')) {
        Some(arg) => job_pid(interp, arg).into_iter().collect(),
        None => interp
            .state
            .jobs
            .last()
            .map(|j| j.pid)
            .into_iter()
            .collect(),
    };
    pids.iter().for_each(|pid| cx.table.disown(*pid));
    interp.state.jobs.retain(|j| !pids.contains(&j.pid));
    End::Status(0)
}

pub fn kill(interp: &mut Interp, cx: &mut Cx, argv: &[String]) -> End {
    let mut complaints = Vec::new();
    let mut args = argv[1..].to_vec();
    for arg in &mut args {
        if arg.starts_with('%') {
            match job_pid(interp, arg) {
                // The whole job.
                Some(pid) if interp.state.options.monitor => *arg = format!("-{pid}"),
                Some(pid) => *arg = pid.to_string(),
                None => {
                    interp.error(cx, format!("kill: {arg}: no such job"));
                    return End::Status(1);
                }
            }
        }
    }
    let has_signal = argv.get(1).is_some_and(|a| a.starts_with('-'));
    if !has_signal && args.iter().any(|a| a.starts_with('-')) {
        args.insert(0, "-TERM".to_string());
    }
    let status = send(cx, &args, &mut complaints);
    for complaint in complaints {
        interp.error(cx, format!("kill: {complaint}"));
    }
    End::Status(status)
}

/// `kill` as a program.
pub fn program(cx: &mut Cx) -> Start {
    let mut complaints = Vec::new();
    let args = cx.args();
    let status = send(cx, &args, &mut complaints);
    complaints.iter().for_each(|c| cx.complain(c));
    Start::Done(status)
}

fn send(cx: &mut Cx, args: &[String], complaints: &mut Vec<String>) -> i32 {
    let mut signal = Signal::TERM;
    let mut args = args;
    match args.first().map(String::as_str) {
        Some("-l" | "-L") => {
            let list = match args.get(1).and_then(|a| a.parse::<i32>().ok()) {
                Some(n) => Signal(if n > 128 { n - 128 } else { n }).name(),
                None => Signal::NAMES
                    .iter()
                    .map(|(n, name)| format!("{n:>2}) SIG{name}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            };
            cx.out(list + "\n");
            return 0;
        }
        Some("-s" | "-n") => {
            let name = args.get(1).map_or("", String::as_str);
            match Signal::parse(name) {
                Some(s) => signal = s,
                None => {
                    complaints.push(format!("{name}: invalid signal specification"));
                    return 1;
                }
            }
            args = args.get(2..).unwrap_or_default();
        }
        Some("--") => args = &args[1..],
        Some(option) if option.len() > 1 && option.starts_with('-') => {
            match Signal::parse(&option[1..]) {
                Some(s) => signal = s,
                None => {
                    complaints.push(format!("{}: invalid signal specification", &option[1..]));
                    return 1;
                }
            }
            args = &args[1..];
        }
        _ => {}
    }
    if args.is_empty() {
        complaints.push("usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]".to_string());
        return 2;
    }
    let mut status = 1;
    for arg in args.iter().filter(|a| *a != "--") {
        match arg.parse::<i64>() {
            Ok(target) if deliver(cx, target, signal) => status = 0,
            Ok(target) => complaints.push(format!("({target}) - No such process")),
            Err(_) => complaints.push(format!("{arg}: arguments must be process or job IDs")),
        }
    }
    if complaints.is_empty() { status } else { 1 }
}

/// Sends to a process, to a group (negative), or to one's own group (0).
fn deliver(cx: &mut Cx, target: i64, signal: Signal) -> bool {
    let own = i64::from(cx.proc.pid);
    if target == own {
        cx.proc.signals.push(signal);
        return true;
    }
    if target <= 0 {
        let group = if target == 0 {
            cx.proc.pgid
        } else {
            target.unsigned_abs() as Pid
        };
        if cx.proc.pgid == group {
            cx.proc.signals.push(signal);
        }
        return cx.table.signal_group(group, signal) > 0 || cx.proc.pgid == group;
    }
    let pid = target as Pid;
    cx.table.signal(pid, signal) || cx.sys.kill(pid, signal).is_ok()
}
