//! Frames that wait: for children, for a command's output, for a line of input.

use std::sync::Arc;

use super::super::ast::{Block, Command, Part, Word};
use super::super::expand::Captured;
use super::super::kernel::Read;
use super::super::process::{Cx, MAX_TASKS};
use super::super::state::Job;
use super::super::system::{Micros, Pid};
use super::{Flow, Frame, Interp};

/// Bytes of output that a command substitution may take.
const MAX_CAPTURE: usize = 16 << 20;

/// The `read` builtin at work.
#[derive(Clone, Debug)]
pub struct ReadLine {
    pub fd: u32,
    pub raw: bool,
    pub delimiter: u8,
    /// Stop after so many characters.
    pub count: Option<usize>,
    pub deadline: Option<Micros>,
    pub names: Vec<String>,
    pub array: bool,
    pub data: Vec<u8>,
}

impl Interp {
    /// Runs a command whose output the frame on top of the stack wants.
    pub(super) fn start_capture(&mut self, cx: &mut Cx, block: Arc<Block>, file: bool) -> Flow {
        if cx.table.tasks.len() >= MAX_TASKS {
            self.error(cx, "fork: retry: Resource temporarily unavailable");
            return self.abort(cx, 254);
        }
        let (reader, writer) = cx.sys.kernel().pipe();
        let fd = cx.proc.private_fd();
        cx.proc.fds.insert(fd, reader);
        let mut child = self.fork(Frame::Block { block, at: 0 });
        child.ignore_errors = false;
        if self.state.bash() {
            child.state.options.errexit = false;
        }
        let pid = self.add_fork(cx, child, |proc, cx| proc.set_fd(cx.sys, 1, writer));
        self.frames.push(Frame::Capture {
            pid,
            fd,
            data: Vec::new(),
            eof: false,
            file,
        });
        Flow::Next
    }

    pub(super) fn capture_step(&mut self, cx: &mut Cx, frame: Frame) -> Flow {
        let Frame::Capture {
            pid,
            fd,
            mut data,
            mut eof,
            file,
        } = frame
        else {
            return Flow::Next;
        };
        let mut idle = true;
        while !eof {
            match cx.read(fd, 64 << 10) {
                Ok(Read::Data(more)) => {
                    idle = false;
                    data.extend(more);
                }
                Ok(Read::Block) => break,
                Ok(Read::Eof) | Err(_) => eof = true,
            }
            if data.len() > MAX_CAPTURE {
                cx.close_fd(fd);
                cx.table.disown(pid);
                self.error(cx, "command substitution: output is too long");
                return self.abort(cx, 1);
            }
        }
        let status = if eof { cx.table.reap(pid) } else { None };
        let Some(status) = status else {
            self.frames.push(Frame::Capture {
                pid,
                fd,
                data,
                eof,
                file,
            });
            return if idle { Flow::Wait } else { Flow::Next };
        };
        cx.close_fd(fd);
        let text = if file {
            self.store_output(cx, &data)
        } else {
            captured_text(&data)
        };
        self.state.status = status;
        if let Some(Frame::Expand { memo, .. }) = self.frames.last_mut() {
            memo.push(Captured { text, status });
        }
        Flow::Next
    }

    /// Leaves the output of `<(…)` in a file and gives its path.
    fn store_output(&mut self, cx: &mut Cx, data: &[u8]) -> String {
        let now = cx.sys.now();
        let _ = cx.sys.fs().mkdir_all("/dev/fd", now);
        let mut n = 63;
        while n > 3 && cx.sys.fs().stat(&format!("/dev/fd/{n}"), false).is_ok() {
            n -= 1;
        }
        let path = format!("/dev/fd/{n}");
        if let Err(error) = cx.sys.fs().write_all(&path, data, now) {
            self.error(cx, format!("{path}: {error}"));
        }
        path
    }

    /// Removes the files of `<(…)` once the command that reads them is done.
    pub(super) fn unlink_later<'w>(
        &mut self,
        memo: &[Captured],
        words: impl IntoIterator<Item = &'w Word>,
    ) {
        let made = words
            .into_iter()
            .any(|w| w.parts.iter().any(|p| matches!(p, Part::Process(_))));
        if made {
            let files = memo
                .iter()
                .map(|m| m.text.clone())
                .filter(|t| t.starts_with("/dev/fd/"));
            self.frames.push(Frame::Unlink(files.collect()));
        }
    }

    pub(super) fn wait_for_step(
        &mut self,
        cx: &mut Cx,
        pids: Vec<Pid>,
        mut statuses: Vec<Option<i32>>,
    ) -> Flow {
        for (pid, status) in pids.iter().zip(&mut statuses) {
            if status.is_none() {
                *status = cx.table.reap(*pid);
            }
        }
        if statuses.iter().any(Option::is_none) {
            self.frames.push(Frame::WaitFor { pids, statuses });
            return Flow::Wait;
        }
        let all: Vec<i32> = statuses.into_iter().flatten().collect();
        let last = all.last().copied().unwrap_or(0);
        let failed = all.iter().rev().copied().find(|s| *s != 0).unwrap_or(0);
        self.state.status = if self.state.options.pipefail {
            failed
        } else {
            last
        };
        self.state.set_pipe_status(&all);
        Flow::Next
    }

    /// Starts a command in the background.
    pub(super) fn start_job(&mut self, cx: &mut Cx, command: Arc<Command>, text: Arc<str>) -> Flow {
        if cx.table.tasks.len() >= MAX_TASKS {
            self.error(cx, "fork: retry: Resource temporarily unavailable");
            return self.abort(cx, 254);
        }
        let mut child = self.fork(Frame::Run(command));
        child.ignore_errors = false;
        let monitor = self.state.options.monitor;
        let pid = self.add_fork(cx, child, |proc, cx| {
            let null = cx.sys.kernel().open(super::super::kernel::Target::Null);
            proc.set_fd(cx.sys, 0, null);
            if monitor {
                proc.pgid = proc.pid;
            } else {
                // Ctrl-C is not for background commands of scripts.
                proc.ignored.push(super::Signal::INT.0);
            }
        });
        let id = self.state.jobs.iter().map(|j| j.id).max().unwrap_or(0) + 1;
        self.state.jobs.push(Job {
            id,
            pid,
            text,
            status: None,
        });
        self.state.last_background = Some(pid);
        self.state.status = 0;
        if self.state.interactive {
            cx.write(2, format!("[{id}] {pid}\n").as_bytes());
        }
        Flow::Next
    }

    /// Notes which jobs have ended.
    pub fn poll_jobs(&mut self, cx: &mut Cx) {
        for job in self.state.jobs.iter_mut().filter(|j| j.status.is_none()) {
            job.status = cx.table.reap(job.pid);
        }
    }

    /// Tells an interactive user of jobs that have ended, and forgets them.
    pub fn report_jobs(&mut self, cx: &mut Cx) {
        self.poll_jobs(cx);
        let current = self.state.jobs.last().map(|j| j.id);
        for job in self
            .state
            .jobs
            .clone()
            .iter()
            .filter(|j| j.status.is_some())
        {
            let line = job_line(job, current);
            cx.write(2, line.as_bytes());
        }
        self.state.jobs.retain(|j| j.status.is_none());
    }

    pub(super) fn wait_jobs_step(&mut self, cx: &mut Cx, pids: Vec<Pid>, any: bool) -> Flow {
        self.poll_jobs(cx);
        let status_of = |interp: &Interp, pid: &Pid| {
            interp
                .state
                .jobs
                .iter()
                .find(|j| j.pid == *pid)
                .map_or(Some(127), |j| j.status)
        };
        if any {
            let done = self.state.jobs.iter().find(|j| j.status.is_some()).cloned();
            if let Some(job) = done {
                self.state.status = job.status.unwrap_or(0);
                self.state.jobs.retain(|j| j.pid != job.pid);
                return Flow::Next;
            }
        } else if pids.iter().all(|pid| status_of(self, pid).is_some()) {
            if let Some(last) = pids.last() {
                self.state.status = status_of(self, last).unwrap_or(127);
            }
            self.state.jobs.retain(|j| !pids.contains(&j.pid));
            return Flow::Next;
        }
        self.frames.push(Frame::WaitJobs { pids, any });
        Flow::Wait
    }

    pub(super) fn read_line_step(&mut self, cx: &mut Cx, mut read: Box<ReadLine>) -> Flow {
        loop {
            let left = read.count.map_or(4096, |n| {
                n.saturating_sub(String::from_utf8_lossy(&read.data).chars().count())
            });
            if left == 0 {
                return self.end_read(cx, &read, true);
            }
            let max = if read.count.is_some() { 1 } else { 4096 };
            match cx.read_until(read.fd, max, Some(read.delimiter)) {
                Ok(Read::Data(data)) => read.data.extend(data),
                Ok(Read::Block) => {
                    if read.deadline.is_some_and(|d| cx.sys.now() >= d) {
                        self.end_read(cx, &read, false);
                        self.state.status = 142;
                        return Flow::Next;
                    }
                    cx.proc.wake = read.deadline;
                    self.frames.push(Frame::ReadLine(read));
                    return Flow::Wait;
                }
                Ok(Read::Eof) => return self.end_read(cx, &read, false),
                Err(error) => {
                    self.error(cx, format!("read: read error: {}: {error}", read.fd));
                    self.state.status = 1;
                    return Flow::Next;
                }
            }
            if read.data.last() == Some(&read.delimiter) {
                let escaped = !read.raw && ends_in_escape(&read.data[..read.data.len() - 1]);
                if !escaped {
                    read.data.pop();
                    return self.end_read(cx, &read, true);
                }
                if read.delimiter == b'\n' {
                    // A backslash joins lines.
                    read.data.truncate(read.data.len() - 2);
                }
            }
            if read.data.len() > MAX_CAPTURE {
                return self.end_read(cx, &read, true);
            }
        }
    }

    fn end_read(&mut self, cx: &mut Cx, read: &ReadLine, complete: bool) -> Flow {
        let text = String::from_utf8_lossy(&read.data).into_owned();
        let mut line: Vec<(char, bool)> = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == '\\' && !read.raw {
                line.extend(chars.next().map(|c| (c, true)));
            } else {
                line.push((c, false));
            }
        }
        self.state.status = i32::from(!complete);
        if let Err(message) = self.store_read(read, &line) {
            self.error(cx, format!("read: {message}"));
            self.state.status = 1;
        }
        Flow::Next
    }

    fn store_read(&mut self, read: &ReadLine, line: &[(char, bool)]) -> Result<(), String> {
        use super::super::expand::read_fields;
        let ifs = match self.state.vars.get("IFS") {
            Some(var) => var.text().unwrap_or_default().to_string(),
            None => " \t\n".to_string(),
        };
        if read.names.is_empty() {
            let whole: String = line.iter().map(|(c, _)| *c).collect();
            return self.state.vars.set("REPLY", whole);
        }
        let count = if read.array {
            usize::MAX
        } else {
            read.names.len()
        };
        let fields = read_fields(line, &ifs, count);
        if read.array {
            self.state.vars.unset(&read.names[0])?;
            for (i, field) in fields.into_iter().enumerate() {
                self.state.vars.set_index(&read.names[0], i as i64, field)?;
            }
            return Ok(());
        }
        let mut fields = fields.into_iter();
        for name in &read.names {
            self.state
                .vars
                .set(name, fields.next().unwrap_or_default())?;
        }
        Ok(())
    }
}

fn ends_in_escape(data: &[u8]) -> bool {
    data.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// A command's output as a word: without trailing newlines and without NUL bytes.
fn captured_text(data: &[u8]) -> String {
    let end = data.iter().rposition(|b| *b != b'\n').map_or(0, |i| i + 1);
    let mut text = String::from_utf8_lossy(&data[..end]).into_owned();
    text.retain(|c| c != '\0');
    text
}

/// A line of `jobs`.
pub fn job_line(job: &Job, current: Option<usize>) -> String {
    let mark = if Some(job.id) == current { '+' } else { '-' };
    let state = match job.status {
        None => "Running".to_string(),
        Some(0) => "Done".to_string(),
        Some(137) => "Killed".to_string(),
        Some(143) => "Terminated".to_string(),
        Some(130) => "Interrupt".to_string(),
        Some(code) => format!("Exit {code}"),
    };
    let suffix = if job.status.is_none() { " &" } else { "" };
    format!("[{}]{mark}  {state:<23}{}{suffix}\n", job.id, job.text)
}
