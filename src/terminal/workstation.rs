//! The user's own machine: files, handles, and the programs that the terminal brings into the shell (`kubectl`, `kubarium`).

use super::wire::Wire;
use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::collections::{SortedMap, SortedSet};
use crate::kubectl::discovery::Discovery;
use crate::kubectl::{Io, LocalFuture, Transport};
use crate::shell::kernel::{Kernel, Target};
use crate::shell::memfs::MemFs;
use crate::shell::net::{Answer, Exchange, Net};
use crate::shell::system::{
    Dialect, Errno, FileSystem, Micros, Pid, Provider, Signal, Spawn, System,
};
use crate::shell::{Config, Shell, ShellStep};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

const BUDGET: u32 = 20_000;

/// What the machine is: shared by its shells and by the commands that run on it.
pub struct Machine {
    now: Micros,
    pub(super) kernel: Kernel,
    pub(super) fs: MemFs,
    starting: Vec<Spawn>,
    pub(super) exits: SortedMap<Pid, i32>,
    killed: SortedSet<Pid>,
    /// When sleeping commands want to go on.
    pub(super) sleepers: SortedSet<Timestamp>,
    pub(super) discovery: Option<Rc<Discovery>>,
    /// What types and fields are for, for `kubectl explain`.
    pub(super) descriptions: Descriptions,
    /// Command lines that commands want to be run (an editor): shell and exit code.
    pub(super) children: SortedMap<u64, (Option<Shell>, Option<i32>)>,
    pub(super) hostname: String,
    pub(super) net: Net,
    /// Ports that commands listen at, and the connections that wait for them.
    pub(super) listeners: SortedMap<u16, (Pid, VecDeque<Exchange>)>,
    /// Input streams whose keys a command wants as they are.
    pub(super) raw: SortedSet<u32>,
}

impl System for Machine {
    fn now(&self) -> Micros {
        self.now
    }
    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }
    fn fs(&mut self) -> &mut dyn FileSystem {
        &mut self.fs
    }
    fn which(&mut self, name: &str) -> Option<Provider> {
        if matches!(name, "kubectl" | "kubarium") {
            return Some(Provider::Host(format!("/usr/local/bin/{name}")));
        }
        crate::shell::programs::is_program(name)
            .then(|| Provider::Program(format!("/usr/bin/{name}")))
    }
    fn spawn(&mut self, spawn: Spawn) -> Result<(), Errno> {
        self.starting.push(spawn);
        Ok(())
    }
    fn poll(&mut self, pid: Pid) -> Option<i32> {
        self.exits.remove(&pid)
    }
    fn kill(&mut self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        if !signal.ignored_by_default() {
            self.killed.insert(pid);
        }
        Ok(())
    }
    fn net(&mut self) -> Option<&mut Net> {
        Some(&mut self.net)
    }
    fn hostname(&self) -> String {
        self.hostname.clone()
    }
    fn user(&self) -> (String, u32, u32) {
        ("learner".into(), 1000, 1000)
    }
    fn sh(&self) -> Dialect {
        Dialect::Bash
    }
}

impl Machine {
    /// Stops listening for a command that has ended; connections that waited for it are refused.
    fn close_ports(&mut self, pid: Pid) {
        let listeners = std::mem::take(&mut self.listeners);
        for (port, (owner, waiting)) in listeners {
            if owner != pid {
                self.listeners.insert(port, (owner, waiting));
                continue;
            }
            for exchange in waiting {
                self.net.answer(exchange.id, Answer::Refused);
            }
        }
    }
}

/// A `kubectl` or `kubarium` under way.
struct Job {
    handles: [u32; 3],
    future: LocalFuture<'static, i32>,
    io: Rc<super::kubectl_io::ProcessIo>,
    exit: Option<i32>,
}

/// The user's own machine with what runs on it.
pub struct Workstation {
    /// Shared with the commands.
    pub machine: Rc<RefCell<Machine>>,
    /// Where commands' requests wait.
    pub wire: Wire,
    jobs: SortedMap<Pid, Job>,
}

impl Workstation {
    /// A machine with a home folder.
    pub fn new(hostname: &str, home: &str, now: Timestamp, seed: u64) -> Self {
        let mut fs = MemFs::default();
        let at = micros(now);
        let hosts: &[u8] = b"127.0.0.1\tlocalhost\n";
        for dir in [
            home,
            "/tmp",
            "/usr/bin",
            "/usr/local/bin",
            "/etc",
            "/bin",
            "/dev",
        ] {
            let _ = fs.mkdir_all(dir, at);
        }
        let _ = fs.write_all("/etc/hosts", hosts, at);
        let machine = Machine {
            now: at,
            kernel: Kernel::new(100, seed),
            fs,
            starting: Vec::new(),
            exits: SortedMap::new(),
            killed: SortedSet::new(),
            sleepers: SortedSet::new(),
            discovery: None,
            descriptions: Descriptions::default(),
            children: SortedMap::new(),
            hostname: hostname.to_owned(),
            net: Net::default(),
            listeners: SortedMap::new(),
            raw: SortedSet::new(),
        };
        Self {
            machine: Rc::new(RefCell::new(machine)),
            wire: Wire::default(),
            jobs: SortedMap::new(),
        }
    }

    /// Sets the clock.
    pub fn set_now(&mut self, now: Timestamp) {
        let mut machine = self.machine.borrow_mut();
        machine.now = micros(now);
        machine.sleepers.retain(|t| *t > now);
    }

    /// Starts a shell or program with these three handles.
    pub fn exec(
        &mut self,
        argv: Vec<String>,
        env: SortedMap<String, String>,
        cwd: &str,
        fds: [u32; 3],
    ) -> Result<Shell, Errno> {
        let config = Config {
            env,
            cwd: cwd.to_owned(),
            fds,
            init: false,
        };
        Shell::exec(&mut *self.machine.borrow_mut(), argv, config)
    }

    /// New handles: no input, and output to `stream`, errors to `err`.
    pub fn handles(&mut self, input: Target, stream: u32, err: u32, tty: bool) -> [u32; 3] {
        let mut m = self.machine.borrow_mut();
        [
            m.kernel.open(input),
            m.kernel.open(Target::Output { stream, tty }),
            m.kernel.open(Target::Output { stream: err, tty }),
        ]
    }

    /// Lets a shell go on.
    pub fn step(&mut self, shell: &mut Shell) -> ShellStep {
        shell.step(&mut *self.machine.borrow_mut(), BUDGET)
    }

    /// Starts what shells have asked for, and lets commands go on. Whether anything moved.
    pub fn run_jobs(&mut self) -> bool {
        let mut moved = self.start();
        moved |= self.run_children();
        let killed = std::mem::take(&mut self.machine.borrow_mut().killed);
        let pids: Vec<Pid> = self.jobs.keys().copied().collect();
        let mut waker = Context::from_waker(Waker::noop());
        for pid in pids {
            let Some(job) = self.jobs.get_mut(&pid) else {
                continue;
            };
            if killed.contains(&pid) {
                job.exit = Some(130);
            }
            if job.exit.is_none()
                && let Poll::Ready(code) = job.future.as_mut().poll(&mut waker)
            {
                job.exit = Some(code);
                moved = true;
            }
            let flushed = job.io.flush();
            moved |= flushed.moved;
            if flushed.broken && job.exit.is_none() {
                job.exit = Some(141);
            }
            if let Some(code) = job.exit
                && (flushed.empty || flushed.broken || killed.contains(&pid))
            {
                self.finish(pid, code);
                moved = true;
            }
        }
        moved
    }

    fn finish(&mut self, pid: Pid, code: i32) {
        let Some(job) = self.jobs.remove(&pid) else {
            return;
        };
        job.io.set_raw(false);
        let mut machine = self.machine.borrow_mut();
        machine.close_ports(pid);
        for handle in job.handles {
            machine.kernel.close(handle);
        }
        machine.exits.insert(pid, code);
    }

    fn start(&mut self) -> bool {
        let starting = std::mem::take(&mut self.machine.borrow_mut().starting);
        let any = !starting.is_empty();
        for spawn in starting {
            let handles = [spawn.stdin, spawn.stdout, spawn.stderr];
            let args: Vec<String> = spawn.argv.iter().skip(1).cloned().collect();
            let name = spawn.argv.first().map(String::as_str).unwrap_or_default();
            let acts_on_machines = name.rsplit('/').next() == Some("kubarium");
            let pid = spawn.pid;
            let io = Rc::new(super::kubectl_io::ProcessIo::new(
                self.machine.clone(),
                spawn,
            ));
            let transport: Rc<dyn Transport> = Rc::new(self.wire.clone());
            let dynamic: Rc<dyn Io> = io.clone();
            let future: LocalFuture<'static, i32> = if acts_on_machines {
                Box::pin(super::kubarium::run(args, dynamic, self.wire.clone()))
            } else {
                Box::pin(crate::kubectl::run(args, dynamic, transport))
            };
            self.jobs.insert(
                pid,
                Job {
                    handles,
                    future,
                    io,
                    exit: None,
                },
            );
        }
        any
    }

    /// Lets command lines go on that commands have started (an editor).
    fn run_children(&mut self) -> bool {
        let ids: Vec<u64> = self.machine.borrow().children.keys().copied().collect();
        let mut moved = false;
        for id in ids {
            let shell = self
                .machine
                .borrow_mut()
                .children
                .get_mut(&id)
                .and_then(|(s, _)| s.take());
            let Some(mut shell) = shell else { continue };
            let step = self.step(&mut shell);
            let mut machine = self.machine.borrow_mut();
            if let Some(child) = machine.children.get_mut(&id) {
                match step {
                    ShellStep::Done(code) => {
                        child.1 = Some(code);
                        moved = true;
                    }
                    _ => child.0 = Some(shell),
                }
            }
        }
        moved
    }

    /// Carries what the workstation's programs send: to a port that a command listens at, or out into the network of the
    /// nodes; and brings what came back. Whether anything moved.
    pub fn carry_exchanges(&mut self, backend: &mut dyn super::Backend) -> bool {
        let mut machine = self.machine.borrow_mut();
        let mut moved = false;
        for exchange in machine.net.take_sent() {
            moved = true;
            if !exchange.ip.is_loopback() {
                backend.send_exchange(exchange);
                continue;
            }
            match machine.listeners.get_mut(&exchange.port) {
                Some((_, waiting)) if !exchange.udp => waiting.push_back(exchange),
                _ => {
                    machine.net.answer(exchange.id, Answer::Refused);
                }
            }
        }
        for (id, answer) in backend.take_answers() {
            moved |= machine.net.answer(id, answer);
        }
        moved
    }

    /// When a sleeping command wants to go on.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let machine = self.machine.borrow();
        let children = machine
            .children
            .values()
            .filter_map(|(s, _)| s.as_ref()?.next_wake())
            .min()
            .map(|m| Timestamp(m as i64));
        let again = self.wire.next_deadline();
        [machine.sleepers.first().copied(), children, again]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether any command runs.
    pub fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }
}

/// Microseconds since the Unix epoch, as the shell counts.
pub fn micros(t: Timestamp) -> Micros {
    u64::try_from(t.0).unwrap_or(0)
}
