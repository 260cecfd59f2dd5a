//! The simulated machine as the processes of one container see it: files, handles, time, servers.

pub mod mounts;

use super::catalogue::{self, Entry, ServerKind};
use crate::apimachinery::Timestamp;
use crate::collections::SortedMap;
use crate::cri::{ContainerConfig, MountSource};
use crate::shell::kernel::{Kernel, Target};
use crate::shell::memfs::MemFs;
use crate::shell::system::{
    Dialect, Errno, FileSystem, Micros, Pid, Provider, Signal, Spawn, System,
};
use crate::shell::{Config, Shell};
use mounts::Mounts;

/// The stream of a container's standard output, and of its standard error.
pub const STDOUT: u32 = 1;
/// See [`STDOUT`].
pub const STDERR: u32 = 2;
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The machine as the processes of one container see it.
#[derive(Clone)]
pub struct Os {
    now: Micros,
    /// Open files, pipes, process numbers.
    pub kernel: Kernel,
    /// Files and volumes.
    pub fs: Mounts,
    hostname: String,
    dialect: Dialect,
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
    /// The machine of a container that is about to start.
    pub fn new(config: &ContainerConfig, hostname: &str, seed: u64, now: Timestamp) -> Self {
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
            fs: Mounts::new(root_fs(server, hostname, micros(now))),
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
        os.mount(config);
        os.fs.set_read_only(config.read_only_root);
        os
    }

    fn mount(&mut self, config: &ContainerConfig) {
        let now = self.now;
        for m in &config.mounts {
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
                    self.fs
                        .mount_shared(&m.container_path, volume, m.read_only, now)
                }
                MountSource::HostPath(path) => self.fs.mount_shared(
                    &m.container_path,
                    &format!("{}{path}", mounts::HOST),
                    m.read_only,
                    now,
                ),
            }
        }
    }

    /// Sets the clock.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = micros(now);
    }

    /// Starts a program as the container's first process, or beside it.
    pub fn exec(&mut self, argv: Vec<String>, init: bool) -> Result<Shell, Errno> {
        let input = self.kernel.open(Target::Null);
        let out = self.kernel.open(Target::Output {
            stream: STDOUT,
            tty: false,
        });
        let err = self.kernel.open(Target::Output {
            stream: STDERR,
            tty: false,
        });
        let config = Config {
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            fds: [input, out, err],
            init,
        };
        Shell::exec(self, argv, config)
    }

    /// Starts a program whose output goes to streams of its own.
    pub fn exec_apart(&mut self, argv: Vec<String>, stream: u32) -> Result<Shell, Errno> {
        let input = self.kernel.open(Target::Null);
        let out = self.kernel.open(Target::Output { stream, tty: false });
        let err = self.kernel.open(Target::Output { stream, tty: false });
        let config = Config {
            env: self.env.clone(),
            cwd: self.cwd.clone(),
            fds: [input, out, err],
            init: false,
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

fn root_fs(server: Option<ServerKind>, hostname: &str, now: Micros) -> MemFs {
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
        format!("127.0.0.1\tlocalhost\n127.0.0.1\t{hostname}\n").as_bytes(),
        now,
    );
    let _ = fs.write_all("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", now);
    let _ = fs.write_all("/etc/resolv.conf", b"search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", now);
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
