//! The stub resolver of the C library: `/etc/hosts`, then the name servers of `/etc/resolv.conf` with its search list.

use super::super::super::net::Answer;
use super::super::super::process::Cx;
use super::super::super::system::Micros;
use std::net::Ipv4Addr;

/// How long one question may take (`options timeout`), and how often it is asked (`attempts`).
const PATIENCE: Micros = 5_000_000;
const ATTEMPTS: u32 = 2;
/// The port of name servers.
pub const DNS_PORT: u16 = 53;

/// What `/etc/resolv.conf` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The first name server.
    pub server: Option<Ipv4Addr>,
    /// Domains to try names in.
    pub search: Vec<String>,
    /// Names with fewer dots are tried in the domains first.
    pub ndots: usize,
}

impl Config {
    /// Reads it on the machine.
    pub fn read(cx: &mut Cx) -> Config {
        let text = cx.read_file("/etc/resolv.conf").unwrap_or_default();
        Config::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Config {
        let mut config = Config {
            ndots: 1,
            ..Config::default()
        };
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") if config.server.is_none() => {
                    config.server = words.next().and_then(super::address);
                }
                Some("search" | "domain") => config.search = words.map(str::to_owned).collect(),
                Some("options") => {
                    let dots = words.find_map(|w| w.strip_prefix("ndots:")?.parse().ok());
                    config.ndots = dots.unwrap_or(config.ndots);
                }
                _ => {}
            }
        }
        config
    }

    /// The full names to ask for, in order.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(whole) = name.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        let mut all: Vec<String> = self
            .search
            .iter()
            .map(|domain| [name, ".", domain].concat())
            .collect();
        let first = name.matches('.').count() >= self.ndots;
        all.insert(if first { 0 } else { all.len() }, name.to_owned());
        all
    }
}

/// What a name server said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`.
    pub code: String,
    /// Name, type and value of each record.
    pub records: Vec<[String; 3]>,
}

impl Reply {
    /// Reads an answer: a line with the code, then one per record.
    pub fn parse(data: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(data);
        let mut lines = text.lines();
        let code = lines.next().unwrap_or("SERVFAIL").to_owned();
        let records = lines
            .filter_map(|l| {
                let mut parts = l.splitn(3, ' ').map(str::to_owned);
                Some([parts.next()?, parts.next()?, parts.next()?])
            })
            .collect();
        Reply { code, records }
    }

    /// The addresses in it.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        let of_type = self.records.iter().filter(|[_, kind, _]| kind == "A");
        of_type.filter_map(|[_, _, v]| super::address(v)).collect()
    }
}

/// Looking for a name's addresses.
#[derive(Clone, Debug)]
pub struct Lookup {
    names: Vec<String>,
    server: Option<Ipv4Addr>,
    found: Option<Vec<Ipv4Addr>>,
    asked: Option<(u64, Micros)>,
    tries: u32,
}

/// How a lookup stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// An answer is awaited, until this time at the latest.
    Wait(Micros),
    /// The addresses.
    Found(Vec<Ipv4Addr>),
    /// There is no such name, or nobody who knows.
    Failed,
}

impl Lookup {
    /// Begins to look for `host`.
    pub fn new(host: &str, cx: &mut Cx) -> Lookup {
        let found = super::address(host)
            .or_else(|| of_hosts(host, cx))
            .map(|ip| vec![ip]);
        let config = Config::read(cx);
        Lookup {
            names: config.candidates(host),
            server: config.server,
            found,
            asked: None,
            tries: 0,
        }
    }

    /// Goes on as far as it can.
    pub fn poll(&mut self, cx: &mut Cx) -> Looked {
        if let Some(found) = &self.found {
            return Looked::Found(found.clone());
        }
        loop {
            let now = cx.sys.now();
            let (Some(server), Some(name)) = (self.server, self.names.first()) else {
                return Looked::Failed;
            };
            let Some(net) = cx.sys.net() else {
                return Looked::Failed;
            };
            let Some((id, until)) = self.asked else {
                let question = ["A ", name].concat().into_bytes();
                self.asked = Some((net.send(server, DNS_PORT, true, question), now + PATIENCE));
                continue;
            };
            match net.poll(id) {
                None if now < until => return Looked::Wait(until),
                Some(Answer::Data(data)) => {
                    let reply = Reply::parse(&data);
                    let addresses = reply.addresses();
                    if !addresses.is_empty() {
                        self.found = Some(addresses.clone());
                        return Looked::Found(addresses);
                    }
                    self.tries = 0;
                    self.names.remove(0);
                }
                // Lost or refused: asked again, then given up.
                _ => {
                    net.forget(id);
                    self.tries += 1;
                    if self.tries >= ATTEMPTS {
                        self.names.clear();
                    }
                }
            }
            self.asked = None;
        }
    }
}

fn of_hosts(host: &str, cx: &mut Cx) -> Option<Ipv4Addr> {
    let text = cx.read_file("/etc/hosts").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let ip = super::address(words.next()?)?;
        words.any(|w| w == host).then_some(ip)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_list_comes_first_for_short_names() {
        let config = Config::parse(
            "search a.svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:2\n",
        );
        assert_eq!(config.server, Some(Ipv4Addr::new(10, 96, 0, 10)));
        assert_eq!(
            config.candidates("web"),
            ["web.a.svc.cluster.local", "web.cluster.local", "web"]
        );
        assert_eq!(config.candidates("a.b.c")[0], "a.b.c");
        assert_eq!(config.candidates("web."), ["web"]);
    }

    #[test]
    fn a_reply_has_a_code_and_records() {
        let reply = Reply::parse(b"NOERROR\nweb A 10.0.0.1\nweb A 10.0.0.2\n");
        assert_eq!(reply.code, "NOERROR");
        assert_eq!(reply.addresses().len(), 2);
    }
}
