//! `wget` as busybox has it.

use super::super::super::io::Open;
use super::super::super::net::Answer;
use super::super::super::process::{Cx, Program, Start, Step};
use super::super::super::system::Micros;
use super::super::options;
use super::resolve::{Looked, Lookup};
use super::{CONNECT_PATIENCE, HttpAnswer, Url};
use std::net::Ipv4Addr;

#[derive(Clone)]
enum State {
    Look(Lookup),
    Exchange(u64, Ipv4Addr),
}

#[derive(Clone)]
struct Wget {
    url: Url,
    quiet: bool,
    spider: bool,
    show_head: bool,
    output: Option<String>,
    request: Vec<u8>,
    patience: Option<Micros>,
    until: Micros,
    redirects: u32,
    state: State,
}

const LONG: &[(&str, char)] = &[
    ("quiet", 'q'),
    ("output-document", 'O'),
    ("timeout", 'T'),
    ("tries", 't'),
    ("header", 'H'),
    ("post-data", 'D'),
    ("user-agent", 'U'),
    ("spider", 's'),
    ("server-response", 'S'),
    ("no-check-certificate", 'k'),
    ("continue", 'c'),
];

/// `wget [-qS] [-O FILE] [-T SECONDS] [--header H] [--post-data D] [--spider] URL`
pub fn wget(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "qcO:T:t:H:D:U:sSkY:", LONG, 1) {
        Ok(options) => options,
        Err(start) => return start,
    };
    let Some(text) = options.operands.first() else {
        cx.write(2, b"BusyBox v1.36.1 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...\n");
        return Start::Done(1);
    };
    let url = match Url::parse(text) {
        Ok(url) if url.scheme == "http" => url,
        Ok(_) => return cx.fail(1, "note: TLS certificate validation not implemented\nwget: TLS is not simulated on this machine"),
        Err(_) => return cx.fail(1, format!("not an http or ftp url: {text}")),
    };
    if cx.sys.net().is_none() {
        return cx.fail(1, format!("bad address '{}'", url.host));
    }
    let seconds = options.value('T').and_then(|t| t.parse::<u64>().ok());
    let patience = seconds.map(|s| s.saturating_mul(1_000_000));
    let mut program = Wget {
        quiet: options.has('q'),
        spider: options.has('s'),
        show_head: options.has('S'),
        output: options.value('O').map(str::to_owned),
        request: Vec::new(),
        patience,
        until: cx.sys.now() + patience.unwrap_or(CONNECT_PATIENCE),
        redirects: 0,
        state: State::Look(Lookup::new(&url.host, cx)),
        url,
    };
    let agent = options.value('U').unwrap_or("Wget");
    let body = options.value('D');
    let verb = match body {
        Some(_) => "POST",
        None => "GET",
    };
    let mut head = format!(
        "{verb} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\nConnection: close\r\n",
        program.url.path,
        program.url.authority()
    );
    for header in options.values('H') {
        head.push_str(header);
        head.push_str("\r\n");
    }
    if let Some(body) = body {
        head.push_str("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ");
        head.push_str(&body.len().to_string());
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.push_str(body.unwrap_or_default());
    program.request = head.into_bytes();
    Start::Run(Box::new(program))
}

impl Program for Wget {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let now = cx.sys.now();
        match &mut self.state {
            State::Look(lookup) => match lookup.poll(cx) {
                Looked::Wait(until) => Step::Until(until),
                Looked::Failed => {
                    cx.complain(format!("bad address '{}'", self.url.host));
                    Step::Exit(1)
                }
                Looked::Found(all) => {
                    let ip = all[0];
                    if !self.quiet {
                        let line =
                            format!("Connecting to {} ({ip}:{})\n", self.url.host, self.url.port);
                        cx.write(2, line.as_bytes());
                    }
                    self.until = now + self.patience.unwrap_or(CONNECT_PATIENCE);
                    let request = self.request.clone();
                    let Some(net) = cx.sys.net() else {
                        return Step::Exit(1);
                    };
                    let id = net.send(ip, self.url.port, false, request);
                    self.state = State::Exchange(id, ip);
                    Step::Continue
                }
            },
            State::Exchange(id, ip) => {
                let (id, ip) = (*id, *ip);
                let answer = cx.sys.net().and_then(|net| net.poll(id));
                let why = match answer {
                    None if now < self.until => return Step::Until(self.until),
                    None if self.patience.is_some() => {
                        cx.complain("download timed out");
                        return Step::Exit(1);
                    }
                    None => "Connection timed out",
                    Some(Answer::Refused) => "Connection refused",
                    Some(Answer::NoRoute) => "No route to host",
                    Some(Answer::Data(data)) => return self.take(&data, cx),
                };
                cx.complain(format!("can't connect to remote host ({ip}): {why}"));
                Step::Exit(1)
            }
        }
    }
}

impl Wget {
    fn take(&mut self, data: &[u8], cx: &mut Cx) -> Step {
        let Some(answer) = HttpAnswer::parse(data) else {
            cx.complain("error getting response");
            return Step::Exit(1);
        };
        if self.show_head {
            let mut head = ["  ", &answer.status_line, "\n"].concat();
            for (k, v) in &answer.headers {
                head.push_str(&["  ", k, ": ", v, "\n"].concat());
            }
            cx.write(2, head.as_bytes());
        }
        match answer.status {
            200..=299 => self.save(&answer.body, cx),
            301 | 302 | 303 | 307 | 308
                if self.redirects < 5 && answer.header("Location").is_some() =>
            {
                self.follow(answer.header("Location").unwrap_or_default(), cx)
            }
            _ => {
                cx.complain(format!("server returned error: {}", answer.status_line));
                Step::Exit(1)
            }
        }
    }

    fn follow(&mut self, location: &str, cx: &mut Cx) -> Step {
        self.redirects += 1;
        let next = if location.starts_with('/') {
            Ok(Url {
                path: location.to_owned(),
                ..self.url.clone()
            })
        } else {
            Url::parse(location)
        };
        let Ok(url) = next else {
            cx.complain(format!("not an http or ftp url: {location}"));
            return Step::Exit(1);
        };
        let old = String::from_utf8_lossy(&self.request).into_owned();
        let rest = old.split_once("\r\nUser-Agent").map_or("", |(_, r)| r);
        self.request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent{rest}",
            url.path,
            url.authority()
        )
        .into_bytes();
        self.state = State::Look(Lookup::new(&url.host, cx));
        self.url = url;
        Step::Continue
    }

    fn save(&mut self, body: &[u8], cx: &mut Cx) -> Step {
        if self.spider {
            if !self.quiet {
                cx.write(2, b"remote file exists\n");
            }
            return Step::Exit(0);
        }
        let own = self.url.path.split('?').next().unwrap_or_default();
        let own = own.rsplit('/').next().filter(|n| !n.is_empty());
        let name = self
            .output
            .clone()
            .unwrap_or_else(|| own.unwrap_or("index.html").to_owned());
        let (begin, end) = if name == "-" {
            cx.write(1, body);
            (
                "writing to stdout\n".to_owned(),
                "written to stdout\n".to_owned(),
            )
        } else {
            let fd = match cx.open_fd(&name, Open::WRITE) {
                Ok(fd) => fd,
                Err(error) => {
                    cx.complain(format!("can't open '{name}': {error}"));
                    return Step::Exit(1);
                }
            };
            cx.write(fd, body);
            (format!("saving to '{name}'\n"), format!("'{name}' saved\n"))
        };
        if !self.quiet {
            let shown: String = name.chars().take(20).collect();
            let bar = format!(
                "{shown:<20} 100% |{}| {:>5}  0:00:00 ETA\n",
                "*".repeat(32),
                body.len()
            );
            cx.write(2, [begin, bar, end].concat().as_bytes());
        }
        Step::Exit(0)
    }
}
