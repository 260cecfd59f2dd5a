//! The cluster's names for real pods: what CoreDNS would answer, from the same knowledge as for simulated pods
//! ([`crate::network::dns`]), over UDP and TCP. Names of other domains are asked of this machine's name servers.

use super::resolver;
use super::runtime::Waker;
use simple_dns::rdata::{A, CNAME, OPT, PTR, RData, SOA, SRV};
use simple_dns::{
    CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, RCODE, ResourceRecord, TYPE,
};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

const DOMAIN: &str = "cluster.local";
/// How long answers hold, in seconds (kubeadm's Corefile).
const TTL: u32 = 30;
/// The longest answer over UDP where the client does not say (RFC 1035), and what it may say at most.
const SHORT: usize = 512;
const LONG: usize = 1232;
/// Questions that may wait for answers at a time; more over UDP are dropped, and asked again.
const AT_ONCE: usize = 256;
/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(10);
/// The length of a message's head.
const HEAD: usize = 12;

/// A question to the cluster, as [`crate::network::dns::answer`] reads it, and where its answer goes.
pub type Question = (String, oneshot::Sender<String>);

/// Who answers.
#[derive(Clone)]
pub struct Names {
    /// The way to the cluster, and what wakes it; without it only the world outside is asked.
    cluster: Option<(mpsc::Sender<Question>, Waker)>,
    /// Whom the world outside is asked of.
    servers: Arc<dyn Fn() -> Vec<SocketAddr> + Send + Sync>,
    places: Arc<Semaphore>,
}

impl Names {
    /// One that asks the cluster first, and this machine's servers for what is not the cluster's.
    pub fn of_cluster(wake: Waker) -> (Self, mpsc::Receiver<Question>) {
        let (questions, asked) = mpsc::channel(AT_ONCE);
        let names = Self {
            cluster: Some((questions, wake)),
            ..Self::outside()
        };
        (names, asked)
    }

    /// One that asks this machine's servers only.
    pub fn outside() -> Self {
        Self {
            cluster: None,
            servers: Arc::new(resolver::servers),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Serves until the end of the program.
    pub async fn serve(self, udp: UdpSocket, tcp: TcpListener) {
        let udp = Arc::new(udp);
        let mut message = vec![0; LONG];
        loop {
            tokio::select! {
                received = udp.recv_from(&mut message) => {
                    let (Ok((n, peer)), Ok(place)) = (received, self.places.clone().try_acquire_owned()) else {
                        continue;
                    };
                    let (names, udp, message) = (self.clone(), udp.clone(), message[..n].to_vec());
                    tokio::spawn(async move {
                        if let Some(answer) = names.answer(&message, false).await {
                            // Who does not hear it asks again.
                            let _ = udp.send_to(&answer, peer).await;
                        }
                        drop(place);
                    });
                }
                accepted = tcp.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // Too many open files, most likely.
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    };
                    let Ok(place) = self.places.clone().try_acquire_owned() else {
                        continue;
                    };
                    let names = self.clone();
                    tokio::spawn(async move {
                        names.converse(stream).await;
                        drop(place);
                    });
                }
            }
        }
    }

    async fn converse(&self, mut stream: TcpStream) {
        while let Ok(Ok(message)) = timeout(IDLE, resolver::receive(&mut stream)).await {
            let Some(answer) = self.answer(&message, true).await else {
                return;
            };
            if resolver::send(&mut stream, &answer).await.is_err() {
                return;
            }
        }
    }

    /// The answer to a message; none where it is no question.
    async fn answer(&self, message: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
        let Ok(query) = Packet::parse(message) else {
            return refuse_unread(message);
        };
        if query.has_flags(PacketFlag::RESPONSE) {
            return None;
        }
        let size = match (over_tcp, query.opt()) {
            (true, _) => usize::from(u16::MAX),
            (false, Some(opt)) => usize::from(opt.udp_packet_size).clamp(SHORT, LONG),
            (false, None) => SHORT,
        };
        let [question] = query.questions.as_slice() else {
            return written(reply(&query, RCODE::FormatError), size);
        };
        if query.opcode() != OPCODE::StandardQuery {
            return written(reply(&query, RCODE::NotImplemented), size);
        }
        if question.qclass != QCLASS::CLASS(CLASS::IN) {
            return written(reply(&query, RCODE::Refused), size);
        }
        let name = question.qname.to_string().to_ascii_lowercase();
        let own = is_within(&name, DOMAIN);
        if own || is_within(&name, "in-addr.arpa") {
            let text = self.ask_cluster(kind(question.qtype), &name).await;
            match text {
                Some(text) if own || text.starts_with("NOERROR") => {
                    let found = Found::read(&text);
                    return written(self.found(&query, &name, &found).await, size);
                }
                None if own && self.cluster.is_some() => {
                    return written(reply(&query, RCODE::ServerFailure), size);
                }
                _ => {}
            }
        }
        match resolver::ask(&(self.servers)(), message, over_tcp).await {
            Some(answer) => Some(answer),
            None => written(reply(&query, RCODE::ServerFailure), size),
        }
    }

    async fn ask_cluster(&self, kind: &str, name: &str) -> Option<String> {
        let (questions, wake) = self.cluster.as_ref()?;
        let (reply, answer) = oneshot::channel();
        questions
            .try_send(([kind, " ", name].concat(), reply))
            .ok()?;
        wake();
        answer.await.ok()
    }

    /// The answer that says what the cluster knows.
    async fn found<'a>(&self, query: &Packet<'a>, name: &str, found: &Found) -> Packet<'a> {
        let mut answer = reply(query, found.code);
        answer.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        answer.answers = found.records();
        let asked = query.questions.first().map(|q| q.qtype);
        if name == DOMAIN && asked == Some(TYPE::SOA.into()) {
            answer.answers.push(authority());
        }
        if answer.answers.is_empty() {
            answer.name_servers.push(authority());
        }
        for target in found.targets("SRV") {
            if let Some(text) = self.ask_cluster("A", target).await {
                answer
                    .additional_records
                    .extend(Found::read(&text).records());
            }
        }
        // What a service of another domain stands for is asked there.
        let wants_address = [TYPE::A, TYPE::AAAA]
            .map(QTYPE::from)
            .contains(&asked.unwrap_or(QTYPE::ANY));
        for target in found
            .targets("CNAME")
            .filter(|t| wants_address && !is_within(t, DOMAIN))
        {
            answer.answers.extend(self.resolve(query, target).await);
        }
        answer
    }

    /// What the world outside says of a name, asked as in `query`.
    async fn resolve(&self, query: &Packet<'_>, name: &str) -> Vec<ResourceRecord<'static>> {
        let mut outside = Packet::new_query(query.id());
        outside.set_flags(PacketFlag::RECURSION_DESIRED);
        let (Some(question), Ok(name)) = (query.questions.first(), Name::new(name)) else {
            return Vec::new();
        };
        let mut question = question.clone().into_owned();
        question.qname = name.into_owned();
        outside.questions.push(question);
        let Ok(message) = outside.build_bytes_vec() else {
            return Vec::new();
        };
        let answer = resolver::ask(&(self.servers)(), &message, false).await;
        let answer = answer.unwrap_or_default();
        let records = Packet::parse(&answer).map(|packet| packet.answers);
        let records = records.unwrap_or_default().into_iter();
        records.map(ResourceRecord::into_owned).collect()
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    let rest = name.strip_suffix(domain);
    rest.is_some_and(|r| r.is_empty() || r.ends_with('.'))
}

/// The kind of a question as the cluster reads it. It has nothing of any other kind, but knows whether the name is there.
fn kind(asked: QTYPE) -> &'static str {
    match asked {
        QTYPE::TYPE(TYPE::A) => "A",
        QTYPE::TYPE(TYPE::SRV) => "SRV",
        QTYPE::TYPE(TYPE::PTR) => "PTR",
        QTYPE::TYPE(TYPE::CNAME) => "CNAME",
        _ => "AAAA",
    }
}

/// A reply without records.
fn reply<'a>(query: &Packet<'a>, code: RCODE) -> Packet<'a> {
    let mut reply = Packet::new_reply(query.id());
    *reply.opcode_mut() = query.opcode();
    *reply.rcode_mut() = code;
    if query.has_flags(PacketFlag::RECURSION_DESIRED) {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    reply.questions.clone_from(&query.questions);
    *reply.opt_mut() = query.opt().map(|_| OPT {
        opt_codes: Vec::new(),
        udp_packet_size: LONG as u16,
        version: 0,
    });
    reply
}

/// A reply as bytes; where it is longer than it may be, one that says so.
fn written(mut reply: Packet<'_>, size: usize) -> Option<Vec<u8>> {
    let whole = reply.build_bytes_vec_compressed().ok()?;
    if whole.len() <= size {
        return Some(whole);
    }
    reply.additional_records.clear();
    let less = reply.build_bytes_vec_compressed().ok()?;
    if less.len() <= size {
        return Some(less);
    }
    reply.answers.clear();
    reply.set_flags(PacketFlag::TRUNCATION);
    reply.build_bytes_vec_compressed().ok()
}

/// Answers what cannot be read, as far as it has a head.
fn refuse_unread(message: &[u8]) -> Option<Vec<u8>> {
    let is_query = message.get(2)? & 0x80 == 0;
    let mut head = message.get(..HEAD).filter(|_| is_query)?.to_vec();
    head[2] |= 0x80;
    // FORMERR, and no records.
    head[3] = 1;
    head[4..].fill(0);
    Some(head)
}

/// The record that says whose names these are, and how long it holds that there is none of a name.
fn authority() -> ResourceRecord<'static> {
    let soa = SOA {
        mname: Name::new_unchecked("ns.dns.cluster.local"),
        rname: Name::new_unchecked("hostmaster.cluster.local"),
        serial: 1,
        refresh: 7200,
        retry: 1800,
        expire: 86400,
        minimum: TTL,
    };
    record(DOMAIN, RData::SOA(soa)).into_owned()
}

fn record<'a>(name: &'a str, data: RData<'a>) -> ResourceRecord<'a> {
    ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, TTL, data)
}

/// The cluster's answer as it was read.
struct Found {
    code: RCODE,
    /// Name, kind and value.
    lines: Vec<[String; 3]>,
}

impl Found {
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let code = match lines.next() {
            Some("NOERROR") => RCODE::NoError,
            _ => RCODE::NameError,
        };
        let lines = lines.filter_map(|line| {
            let mut parts = line.splitn(3, ' ').map(str::to_owned);
            Some([parts.next()?, parts.next()?, parts.next()?])
        });
        let lines = lines.collect();
        Self { code, lines }
    }

    fn records(&self) -> Vec<ResourceRecord<'static>> {
        let records = self.lines.iter().filter_map(|[name, kind, value]| {
            let target = || Name::new(value.trim_end_matches('.')).ok();
            let data = match kind.as_str() {
                "A" => RData::A(A::from(value.parse::<Ipv4Addr>().ok()?)),
                "CNAME" => RData::CNAME(CNAME(target()?)),
                "PTR" => RData::PTR(PTR(target()?)),
                "SRV" => {
                    let words: Vec<&str> = value.split(' ').collect();
                    let [priority, weight, port, target] = words.as_slice() else {
                        return None;
                    };
                    RData::SRV(SRV {
                        priority: priority.parse().ok()?,
                        weight: weight.parse().ok()?,
                        port: port.parse().ok()?,
                        target: Name::new(target.trim_end_matches('.')).ok()?,
                    })
                }
                _ => return None,
            };
            Some(record(name, data).into_owned())
        });
        records.collect()
    }

    /// The names that records of a kind lead to, each once.
    fn targets(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        let of_kind = self.lines.iter().filter(move |[_, k, _]| k == kind);
        let names = of_kind.filter_map(|[.., value]| value.rsplit(' ').next());
        let mut seen = std::collections::BTreeSet::new();
        names
            .map(|name| name.trim_end_matches('.'))
            .filter(move |name| seen.insert(*name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::Question as Asked;

    /// One that knows of a few names, and asks `servers` for others.
    fn names(servers: Vec<SocketAddr>) -> Names {
        let (mut names, mut asked) = Names::of_cluster(Arc::new(|| {}));
        names.servers = Arc::new(move || servers.clone());
        tokio::spawn(async move {
            while let Some((question, reply)) = asked.recv().await {
                let many: Vec<String> = (1..=60)
                    .map(|i| format!("\nmany.n.svc.cluster.local A 10.243.0.{i}"))
                    .collect();
                let answer = match question.as_str() {
                    "A web.n.svc.cluster.local" => {
                        "NOERROR\nweb.n.svc.cluster.local A 10.96.0.9".to_owned()
                    }
                    "AAAA web.n.svc.cluster.local" | "AAAA cluster.local" => "NOERROR".to_owned(),
                    "SRV _http._tcp.web.n.svc.cluster.local" => {
                        "NOERROR\n_http._tcp.web.n.svc.cluster.local SRV 0 100 80 web.n.svc.cluster.local.".to_owned()
                    }
                    "PTR 9.0.96.10.in-addr.arpa" => {
                        "NOERROR\n9.0.96.10.in-addr.arpa PTR web.n.svc.cluster.local".to_owned()
                    }
                    "A far.n.svc.cluster.local" => {
                        "NOERROR\nfar.n.svc.cluster.local CNAME example.org".to_owned()
                    }
                    "A many.n.svc.cluster.local" => ["NOERROR".to_owned(), many.concat()].concat(),
                    _ => "NXDOMAIN".to_owned(),
                };
                reply.send(answer).expect("awaited");
            }
        });
        names
    }

    /// A server that knows an address of every name.
    async fn outside() -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
        let address = socket.local_addr().expect("bound");
        tokio::spawn(async move {
            let mut message = vec![0; LONG];
            while let Ok((n, peer)) = socket.recv_from(&mut message).await {
                let query = Packet::parse(&message[..n]).expect("a question");
                let mut answer = reply(&query, RCODE::NoError);
                let name = query.questions[0].qname.clone();
                let address = RData::A(A::from(Ipv4Addr::new(192, 0, 2, 7)));
                let record = ResourceRecord::new(name, CLASS::IN, 60, address);
                answer.answers.push(record);
                let answer = answer.build_bytes_vec().expect("written");
                socket.send_to(&answer, peer).await.expect("sent");
            }
        });
        address
    }

    fn question(name: &str, kind: TYPE) -> Vec<u8> {
        let mut query = Packet::new_query(7);
        query.set_flags(PacketFlag::RECURSION_DESIRED);
        let name = Name::new(name).expect("a name").into_owned();
        query
            .questions
            .push(Asked::new(name, kind.into(), CLASS::IN.into(), false));
        query.build_bytes_vec().expect("written")
    }

    /// Its code, flags (authoritative, truncated), and records of the three sections.
    async fn asked(names: &Names, name: &str, kind: TYPE, over_tcp: bool) -> String {
        let answer = names.answer(&question(name, kind), over_tcp).await;
        let answer = answer.expect("one");
        let packet = Packet::parse(&answer).expect("an answer");
        assert_eq!((packet.id(), packet.questions.len()), (7, 1));
        let mut said = format!("{:?}", packet.rcode());
        for (flag, word) in [
            (PacketFlag::AUTHORITATIVE_ANSWER, " aa"),
            (PacketFlag::TRUNCATION, " tc"),
        ] {
            if packet.has_flags(flag) {
                said.push_str(word);
            }
        }
        let sections = [
            &packet.answers,
            &packet.name_servers,
            &packet.additional_records,
        ];
        for (records, mark) in sections.into_iter().zip(['=', '^', '+']) {
            for record in records {
                let data = match &record.rdata {
                    RData::A(a) => Ipv4Addr::from(a.address).to_string(),
                    RData::SRV(s) => format!("{} {}", s.port, s.target),
                    RData::PTR(p) => p.0.to_string(),
                    RData::CNAME(c) => c.0.to_string(),
                    other => format!("{:?}", other.type_code()),
                };
                said.push_str(&format!(" {mark}{data}"));
            }
        }
        said
    }

    #[tokio::test]
    async fn names_are_answered_as_coredns_does() {
        let names = names(vec![outside().await]);
        for (name, kind, wanted) in [
            ("Web.n.svc.cluster.local", TYPE::A, "NoError aa =10.96.0.9"),
            ("web.n.svc.cluster.local", TYPE::AAAA, "NoError aa ^SOA"),
            ("web.n.svc.cluster.local", TYPE::MX, "NoError aa ^SOA"),
            ("none.n.svc.cluster.local", TYPE::A, "NameError aa ^SOA"),
            (
                "_http._tcp.web.n.svc.cluster.local",
                TYPE::SRV,
                "NoError aa =80 web.n.svc.cluster.local +10.96.0.9",
            ),
            (
                "9.0.96.10.in-addr.arpa",
                TYPE::PTR,
                "NoError aa =web.n.svc.cluster.local",
            ),
            (
                "far.n.svc.cluster.local",
                TYPE::A,
                "NoError aa =example.org =192.0.2.7",
            ),
            ("cluster.local", TYPE::SOA, "NoError aa =SOA"),
            ("example.org", TYPE::A, "NoError =192.0.2.7"),
            ("mycluster.local", TYPE::A, "NoError =192.0.2.7"),
            ("8.8.8.8.in-addr.arpa", TYPE::PTR, "NoError =192.0.2.7"),
            ("many.n.svc.cluster.local", TYPE::A, "NoError aa tc"),
        ] {
            assert_eq!(
                asked(&names, name, kind, false).await,
                wanted,
                "{name} {kind:?}"
            );
        }
        let whole = asked(&names, "many.n.svc.cluster.local", TYPE::A, true).await;
        assert_eq!(whole.matches('=').count(), 60);
    }

    #[tokio::test]
    async fn what_nobody_answers_fails_clearly() {
        let names = names(Vec::new());
        let said = asked(&names, "example.org", TYPE::A, false).await;
        assert_eq!(said, "ServerFailure");
        assert_eq!(names.answer(b"nothing", false).await, None);
        let unread = names.answer(&[9; HEAD], false).await.expect("one");
        assert_eq!((&unread[..2], unread[3]), (&[9, 9][..], 1));
        let answer = names
            .answer(&question("web.n.svc.cluster.local", TYPE::A), false)
            .await
            .expect("one");
        assert_eq!(names.answer(&answer, false).await, None, "no loops");
    }
}
