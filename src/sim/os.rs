//! The simulated machine as the processes of one container see it: files, handles, time, servers.

pub mod mounts;

use super::catalogue::{self, Entry, ServerKind};
use crate::apimachinery::Timestamp;
use crate::collections::SortedMap;
use crate::cri::{ContainerConfig, Mount, MountSource};
use crate::shell::kernel::{Kernel, Target};
use crate::shell::memfs::MemFs;
use crate::shell::net::Net;
use crate::shell::programs::net as programs;
use crate::shell::system::{
    Dialect, Errno, FileSystem, Micros, Pid, Provider, Signal, Spawn, System,
};
use crate::shell::{Config, Shell};
use mounts::Mounts;

/// The stream of a container's standard output, and of its standard error.
pub const STDOUT: u32 = 1;
/// See [`STDOUT`].
pub const STDERR: u32 = 2;
/// The stream of a container's standard input, where it has one.
pub const STDIN: u32 = 0;
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The machine as the processes of one container see it.
#[derive(Clone)]
pub struct Os {
    now: Micros,
    /// Open files, pipes, process numbers.
    pub kernel: Kernel,
    /// Files and volumes.
    pub fs: Mounts,
    /// What its programs send over the pod's network, and what comes back.
    pub net: Net,
    hostname: String,
    dialect: Dialect,
    /// Which programs of the network the image has.
    network_programs: &'static [&'static str],
    server: Option<ServerKind>,
    /// Server programs that were started from a shell.
    servers: SortedMap<Pid, Option<i32>>,
    env: SortedMap<String, String>,
    cwd: String,
}

impl System for Os {
    fn now(&self) -> Micros {
        self.now
    }
    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }
    fn fs(&mut self) -> &mut dyn FileSystem {
        &mut self.fs
    }
    fn net(&mut self) -> Option<&mut Net> {
        Some(&mut self.net)
    }
    fn hostname(&self) -> String {
        self.hostname.clone()
    }
    fn sh(&self) -> Dialect {
        self.dialect
    }
    fn which(&mut self, name: &str) -> Option<Provider> {
        if self.server.is_some() && is_server_program(name) {
            return Some(Provider::Host(format!("/usr/sbin/{name}")));
        }
        let base = name.rsplit('/').next().unwrap_or(name);
        if programs::NAMES.contains(&base) && !self.network_programs.contains(&base) {
            return None;
        }
        crate::shell::programs::is_program(name)
            .then(|| Provider::Program(format!("/usr/bin/{name}")))
    }
    fn spawn(&mut self, spawn: Spawn) -> Result<(), Errno> {
        for handle in [spawn.stdin, spawn.stdout, spawn.stderr] {
            self.kernel.close(handle);
        }
        let quick = spawn.argv.iter().any(|a| {
            matches!(
                a.as_str(),
                "-v" | "-V" | "-t" | "--version" | "reload" | "-s"
            )
        });
        self.servers.insert(spawn.pid, quick.then_some(0));
        Ok(())
    }
    fn poll(&mut self, pid: Pid) -> Option<i32> {
        let code = (*self.servers.get(&pid)?)?;
        self.servers.remove(&pid);
        Some(code)
    }
    fn kill(&mut self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        match self.servers.get_mut(&pid) {
            Some(exit) if !signal.ignored_by_default() => {
                *exit = Some(if signal == Signal::KILL { 137 } else { 0 });
                Ok(())
            }
            Some(_) => Ok(()),
            None => Err(Errno::NoProcess),
        }
    }
}

/// Programs that are servers: they run until they are stopped.
pub fn is_server_program(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    matches!(
        base,
        "nginx"
            | "httpd"
            | "httpd-foreground"
            | "apache2-foreground"
            | "redis-server"
            | "mysqld"
            | "mariadbd"
            | "postgres"
            | "mongod"
            | "memcached"
            | "pause"
            | "etcd"
            | "kube-apiserver"
            | "kube-controller-manager"
            | "kube-scheduler"
            | "kube-proxy"
            | "coredns"
            | "http-echo"
            | "agnhost"
            | "hello-app"
            | "whoami"
    )
}

impl Os {
    /// The machine of a container that is about to start, with what is mounted in it.
    pub fn new(
        (config, mounts): (&ContainerConfig, &[Mount]),
        host: &Host<'_>,
        seed: u64,
        now: Timestamp,
    ) -> Self {
        let hostname = host.name;
        let image = catalogue::lookup(&config.image);
        let bare = image.repository.rsplit('/').next().unwrap_or_default();
        let dialect = match bare {
            "busybox" | "alpine" | "curl" | "netshoot" => Dialect::Ash,
            _ if config.image.contains("alpine") => Dialect::Ash,
            _ => Dialect::Dash,
        };
        let mut env = SortedMap::from([
            ("PATH".to_owned(), PATH.to_owned()),
            ("HOME".into(), "/root".into()),
            ("HOSTNAME".into(), hostname.to_owned()),
        ]);
        env.extend(config.envs.iter().cloned());
        let server = match image.entry {
            Entry::Server(kind) => Some(kind),
            _ => None,
        };
        let mut os = Self {
            now: micros(now),
            kernel: Kernel::new(1, seed),
            fs: Mounts::new(root_fs(server, host, micros(now))),
            net: Net::default(),
            network_programs: network_programs(bare, image.repository.is_empty(), dialect),
            hostname: hostname.to_owned(),
            dialect,
            server,
            servers: SortedMap::new(),
            env,
            cwd: if config.working_dir.is_empty() {
                "/".to_owned()
            } else {
                config.working_dir.clone()
            },
        };
        os.mount(mounts);
        os.fs.set_read_only(config.read_only_root);
        os
    }

    fn mount(&mut self, mounts: &[Mount]) {
        let now = self.now;
        for m in mounts {
            match &m.source {
                MountSource::Files(files) => {
                    let mut fs = MemFs::default();
                    let single = files.len() == 1 && files.contains_key("");
                    if single {
                        // A single file mounted by subPath appears as the mount point itself.
                        let parent = m.container_path.rsplit_once('/').map_or("/", |(p, _)| p);
                        let _ = self.fs.mkdir_all(parent, now);
                        let _ = self.fs.write_all(&m.container_path, &files[""], now);
                        continue;
                    }
                    for (path, data) in files.iter() {
                        let path = format!("/{path}");
                        let parent = path.rsplit_once('/').map_or("/", |(p, _)| p).to_owned();
                        let _ = fs.mkdir_all(&parent, now);
                        let _ = fs.write_all(&path, data, now);
                    }
                    self.fs.mount_own(&m.container_path, fs, true, now);
                }
                MountSource::EmptyDir(volume) => {
                    let part = (volume.as_str(), &*m.sub_path);
                    self.fs
                        .mount_shared(&m.container_path, part, m.read_only, now)
                }
                MountSource::HostPath(path) => self.fs.mount_shared(
                    &m.container_path,
                    (&format!("{}{path}", mounts::HOST), &m.sub_path),
                    m.read_only,
                    now,
                ),
            }
        }
    }

    /// Makes what is mounted of volumes and is not there yet.
    pub fn make_missing(&mut self) {
        let now = self.now;
        self.fs.make_missing(now);
    }

    /// Sets the clock.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = micros(now);
    }

    /// Starts a program: as the container's first process (`init`), or beside it.
    pub fn exec(
        &mut self,
        argv: Vec<String>,
        streams: Streams,
        init: bool,
    ) -> Result<Shell, Errno> {
        let Streams {
            input,
            out,
            err,
            tty,
        } = streams;
        let input = match input {
            Some(stream) => Target::Input { stream, tty },
            None => Target::Null,
        };
        let fds = [
            self.kernel.open(input),
            self.kernel.open(Target::Output { stream: out, tty }),
            self.kernel.open(Target::Output { stream: err, tty }),
        ];
        let config = Config {
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            fds,
            init,
        };
        Shell::exec(self, argv, config)
    }

    /// Whether a server program runs that was started from a shell.
    pub fn serves(&self) -> bool {
        self.servers.values().any(Option::is_none)
    }

    /// A file as text.
    pub fn read_text(&self, path: &str) -> Option<String> {
        let data = self.fs.read_all(path, 1 << 20).ok()?;
        Some(String::from_utf8_lossy(&data).into_owned())
    }
}

fn micros(t: Timestamp) -> Micros {
    u64::try_from(t.0).unwrap_or(0)
}

/// Where a program's standard streams go.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    /// None: nothing to read.
    pub input: Option<u32>,
    /// Standard output.
    pub out: u32,
    /// Standard error.
    pub err: u32,
    /// Whether they are a terminal.
    pub tty: bool,
}

/// The pod's host as a container sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its address.
    pub ip: &'a str,
    /// The text of `/etc/resolv.conf`.
    pub resolv_conf: &'a str,
    /// What `/etc/hosts` says besides.
    pub aliases: &'a str,
}

/// Which programs of the network an image has: busybox's in small images, those of its base in others.
fn network_programs(bare: &str, stand_in: bool, dialect: Dialect) -> &'static [&'static str] {
    match bare {
        _ if stand_in => &programs::NAMES,
        "netshoot" | "agnhost" | "curl" => &programs::NAMES,
        "nginx" | "nginx-unprivileged" | "nginx-slim" if dialect == Dialect::Ash => {
            &programs::NAMES
        }
        "nginx" | "nginx-unprivileged" | "nginx-slim" => &["curl"],
        "kubernetes-bootcamp" | "node-hello" | "kubia" | "node" | "python" | "perl" => {
            &["curl", "wget"]
        }
        "echoserver" | "hpa-example" => &["curl"],
        _ if dialect == Dialect::Ash => &["nc", "nslookup", "ping", "wget"],
        _ => &[],
    }
}

fn root_fs(server: Option<ServerKind>, host: &Host<'_>, now: Micros) -> MemFs {
    let hostname = host.name;
    let mut fs = MemFs::default();
    for dir in [
        "/bin",
        "/usr/bin",
        "/usr/sbin",
        "/etc",
        "/tmp",
        "/root",
        "/home",
        "/var/log",
        "/var/run",
        "/run",
        "/dev",
        "/proc",
        "/data",
    ] {
        let _ = fs.mkdir_all(dir, now);
    }
    let _ = fs.write_all("/etc/hostname", format!("{hostname}\n").as_bytes(), now);
    let _ = fs.write_all(
        "/etc/hosts",
        format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{}\t{hostname}\n{}",
            host.ip, host.aliases
        )
        .as_bytes(),
        now,
    );
    let _ = fs.write_all("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", now);
    let _ = fs.write_all("/etc/resolv.conf", host.resolv_conf.as_bytes(), now);
    let web = match server {
        Some(ServerKind::Nginx) => Some("/usr/share/nginx/html"),
        Some(ServerKind::Httpd) => Some("/usr/local/apache2/htdocs"),
        _ => None,
    };
    if let (Some(dir), Some(kind)) = (web, server) {
        let _ = fs.mkdir_all(dir, now);
        let _ = fs.write_all(
            &format!("{dir}/index.html"),
            super::server::welcome(kind).as_bytes(),
            now,
        );
    }
    fs
}
