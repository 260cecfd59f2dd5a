//! `nslookup` as busybox has it (since 1.30: one question per name of the search list, IPv4 and IPv6).

use super::super::super::net::Answer;
use super::super::super::process::{Cx, Program, Start, Step};
use super::super::super::system::Micros;
use super::resolve::{Config, DNS_PORT, Reply};

/// How long it waits in all.
const PATIENCE: Micros = 15_000_000;
const EVERY: Micros = 5_000_000;

#[derive(Clone)]
struct Question {
    name: String,
    kind: &'static str,
    asked: Option<u64>,
    reply: Option<Reply>,
}

#[derive(Clone)]
struct Nslookup {
    server: std::net::Ipv4Addr,
    questions: Vec<Question>,
    until: Micros,
    again: Micros,
}

const KINDS: [&str; 6] = ["A", "AAAA", "SRV", "PTR", "CNAME", "TXT"];

/// `nslookup [-type=TYPE] HOST [SERVER]`
pub fn nslookup(cx: &mut Cx) -> Start {
    let (mut kind, mut words) = (None, Vec::new());
    for arg in cx.args() {
        let typed = arg
            .strip_prefix("-type=")
            .or_else(|| arg.strip_prefix("-q="))
            .or_else(|| arg.strip_prefix("-querytype="));
        match typed {
            Some(text) => {
                let wanted = text.to_ascii_uppercase();
                kind = KINDS.into_iter().find(|k| *k == wanted);
                if kind.is_none() {
                    return cx.fail(1, format!("invalid query type \"{text}\""));
                }
            }
            None if arg.starts_with('-') => {}
            None => words.push(arg),
        }
    }
    let Some(host) = words.first().cloned() else {
        cx.write(2, b"BusyBox v1.36.1 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n");
        return Start::Done(1);
    };
    let config = Config::read(cx);
    let own = words.get(1).and_then(|s| super::address(s));
    let Some(server) = own.or(config.server) else {
        return cx.fail(1, "no name server is known");
    };
    let (mut names, mut kinds) = (vec![host.clone()], vec!["A", "AAAA"]);
    if let Some(ip) = super::address(&host) {
        let [a, b, c, d] = ip.octets();
        names = vec![format!("{d}.{c}.{b}.{a}.in-addr.arpa")];
        kinds = vec!["PTR"];
    } else if !host.contains('.') {
        names = config
            .search
            .iter()
            .map(|s| [&host, ".", s].concat())
            .collect();
        if names.is_empty() {
            names.push(host);
        }
    }
    if let Some(kind) = kind {
        kinds = vec![kind];
    }
    let mut questions = Vec::new();
    for kind in kinds {
        questions.extend(names.iter().map(|name| Question {
            name: name.trim_end_matches('.').to_owned(),
            kind,
            asked: None,
            reply: None,
        }));
    }
    let now = cx.sys.now();
    Start::Run(Box::new(Nslookup {
        server,
        questions,
        until: now + PATIENCE,
        again: now,
    }))
}

impl Program for Nslookup {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let now = cx.sys.now();
        let Some(net) = cx.sys.net() else {
            return Step::Exit(1);
        };
        for q in self.questions.iter_mut().filter(|q| q.reply.is_none()) {
            if let Some(Answer::Data(data)) = q.asked.and_then(|id| net.poll(id)) {
                q.reply = Some(Reply::parse(&data));
            }
        }
        if self.questions.iter().all(|q| q.reply.is_some()) || now >= self.until {
            return self.report(cx);
        }
        if now >= self.again {
            for q in self.questions.iter_mut().filter(|q| q.reply.is_none()) {
                if let Some(old) = q.asked.take() {
                    net.forget(old);
                }
                let text = [q.kind, " ", &q.name].concat();
                q.asked = Some(net.send(self.server, DNS_PORT, true, text.into_bytes()));
            }
            self.again = now + EVERY;
        }
        Step::Until(self.again.min(self.until))
    }
}

impl Nslookup {
    fn report(&self, cx: &mut Cx) -> Step {
        if self.questions.iter().all(|q| q.reply.is_none()) {
            cx.out(";; connection timed out; no servers could be reached\n\n");
            return Step::Exit(1);
        }
        let mut out = format!("Server:\t\t{0}\nAddress:\t{0}:{DNS_PORT}\n\n", self.server);
        let mut failed = false;
        for q in &self.questions {
            let Some(reply) = &q.reply else { continue };
            if reply.code != "NOERROR" {
                failed = true;
                out.push_str(&format!(
                    "** server can't find {}: {}\n\n",
                    q.name, reply.code
                ));
                continue;
            }
            for [name, kind, value] in &reply.records {
                out.push_str(&match kind.as_str() {
                    "A" | "AAAA" => format!("Name:\t{name}\nAddress: {value}\n"),
                    "CNAME" => format!("{name}\tcanonical name = {value}\n"),
                    "PTR" => format!("{name}\tname = {value}\n"),
                    "SRV" => format!("{name}\tservice = {value}\n"),
                    _ => format!("{name}\ttext = {value}\n"),
                });
            }
            out.push('\n');
        }
        cx.out(out);
        Step::Exit(i32::from(failed))
    }
}
