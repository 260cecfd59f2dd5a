//! `nc` as a client, and `ping`.

use super::super::super::kernel::Read;
use super::super::super::net::Answer;
use super::super::super::process::{Cx, Program, Start, Step};
use super::super::super::system::{Micros, Signal};
use super::super::options;
use super::CONNECT_PATIENCE;
use super::resolve::{Looked, Lookup};
use std::net::Ipv4Addr;

#[derive(Clone)]
enum State {
    Look(Lookup),
    /// Standard input is read to its end before it is sent.
    Read(Ipv4Addr),
    Exchange(u64, Ipv4Addr),
}

#[derive(Clone)]
struct Nc {
    host: String,
    port: u16,
    udp: bool,
    scan: bool,
    verbose: bool,
    patience: Micros,
    input: Vec<u8>,
    until: Micros,
    state: State,
}

/// `nc [-zvu] [-w SECONDS] HOST PORT`
pub fn nc(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "zvuw:lp:nk", &[], 1) {
        Ok(options) => options,
        Err(start) => return start,
    };
    if options.has('l') {
        return cx.fail(1, "listening (-l) is not supported on this machine");
    }
    let port = options.operands.get(1).and_then(|p| p.parse().ok());
    let (Some(host), Some(port)) = (options.operands.first(), port) else {
        cx.write(
            2,
            b"BusyBox v1.36.1 multi-call binary.\n\nUsage: nc [-zvu] [-w SEC] HOST PORT\n",
        );
        return Start::Done(1);
    };
    let seconds = options.value('w').and_then(|s| s.parse::<u64>().ok());
    let patience = seconds.map_or(CONNECT_PATIENCE, |s| s.saturating_mul(1_000_000));
    Start::Run(Box::new(Nc {
        host: host.clone(),
        port,
        udp: options.has('u'),
        scan: options.has('z'),
        verbose: options.has('v'),
        patience,
        input: Vec::new(),
        until: 0,
        state: State::Look(Lookup::new(host, cx)),
    }))
}

impl Nc {
    fn send(&mut self, ip: Ipv4Addr, cx: &mut Cx) -> Step {
        self.until = cx.sys.now().saturating_add(self.patience);
        let data = std::mem::take(&mut self.input);
        let Some(net) = cx.sys.net() else {
            return Step::Exit(1);
        };
        let id = net.send(ip, self.port, self.udp, data);
        self.state = State::Exchange(id, ip);
        Step::Continue
    }

    fn fail(&self, ip: Ipv4Addr, why: &str, cx: &mut Cx) -> Step {
        if self.verbose || !self.scan {
            cx.complain(format!("{} ({ip}:{}): {why}", self.host, self.port));
        }
        Step::Exit(1)
    }
}

impl Program for Nc {
    fn step(&mut self, cx: &mut Cx) -> Step {
        match &mut self.state {
            State::Look(lookup) => match lookup.poll(cx) {
                Looked::Wait(until) => Step::Until(until),
                Looked::Failed => {
                    cx.complain(format!("bad address '{}'", self.host));
                    Step::Exit(1)
                }
                Looked::Found(all) if self.scan => self.send(all[0], cx),
                Looked::Found(all) => {
                    self.state = State::Read(all[0]);
                    Step::Continue
                }
            },
            State::Read(ip) => {
                let ip = *ip;
                match cx.read(0, 64 << 10) {
                    Ok(Read::Data(data)) => {
                        self.input.extend(data);
                        Step::Continue
                    }
                    Ok(Read::Block) => Step::Wait,
                    Ok(Read::Eof) | Err(_) => self.send(ip, cx),
                }
            }
            State::Exchange(id, ip) => {
                let (id, ip) = (*id, *ip);
                match cx.sys.net().and_then(|net| net.poll(id)) {
                    None if cx.sys.now() < self.until => Step::Until(self.until),
                    None => self.fail(ip, "Connection timed out", cx),
                    Some(Answer::Refused) => self.fail(ip, "Connection refused", cx),
                    Some(Answer::NoRoute) => self.fail(ip, "No route to host", cx),
                    Some(Answer::Data(data)) => {
                        if self.scan && self.verbose {
                            let line = format!("{} ({ip}:{}) open\n", self.host, self.port);
                            cx.write(2, line.as_bytes());
                        }
                        cx.write(1, &data);
                        Step::Exit(0)
                    }
                }
            }
        }
    }
}

/// The port that stands for ICMP echo.
pub const ECHO: u16 = 0;
const SECOND: Micros = 1_000_000;

#[derive(Clone)]
struct Ping {
    host: String,
    lookup: Lookup,
    count: Option<u64>,
    patience: Micros,
    ip: Option<Ipv4Addr>,
    sent: u64,
    received: u64,
    pending: Option<(u64, Micros)>,
    next: Micros,
    times: Vec<Micros>,
}

/// `ping [-c COUNT] [-W SECONDS] HOST`
pub fn ping(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "c:W:w:i:q4", &[], 1) {
        Ok(options) => options,
        Err(start) => return start,
    };
    let Some(host) = options.operands.first() else {
        return cx.fail(1, "no host given");
    };
    let number = |letter| options.value(letter).and_then(|s| s.parse::<u64>().ok());
    Start::Run(Box::new(Ping {
        host: host.clone(),
        lookup: Lookup::new(host, cx),
        count: number('c'),
        patience: number('W').unwrap_or(10).saturating_mul(SECOND),
        ip: None,
        sent: 0,
        received: 0,
        pending: None,
        next: 0,
        times: Vec::new(),
    }))
}

fn milliseconds(t: Micros) -> String {
    format!("{}.{:03}", t / 1000, t % 1000)
}

impl Ping {
    fn summary(&self, cx: &mut Cx) -> i32 {
        let lost = (self.sent - self.received) * 100 / self.sent.max(1);
        let mut text = format!(
            "\n--- {} ping statistics ---\n{} packets transmitted, {} packets received, {lost}% packet loss\n",
            self.host, self.sent, self.received
        );
        if let (Some(min), Some(max)) = (self.times.iter().min(), self.times.iter().max()) {
            let mean = self.times.iter().sum::<Micros>() / self.times.len() as u64;
            let [min, mean, max] = [*min, mean, *max].map(milliseconds);
            text.push_str(&format!("round-trip min/avg/max = {min}/{mean}/{max} ms\n"));
        }
        cx.out(text);
        i32::from(self.received == 0)
    }
}

impl Program for Ping {
    fn signal(&mut self, signal: Signal, cx: &mut Cx) -> bool {
        if signal == Signal::INT && self.ip.is_some() {
            self.summary(cx);
        }
        false
    }

    fn step(&mut self, cx: &mut Cx) -> Step {
        let now = cx.sys.now();
        let Some(ip) = self.ip else {
            return match self.lookup.poll(cx) {
                Looked::Wait(until) => Step::Until(until),
                Looked::Failed => {
                    cx.complain(format!("bad address '{}'", self.host));
                    Step::Exit(1)
                }
                Looked::Found(all) => {
                    self.ip = Some(all[0]);
                    cx.out(format!("PING {} ({}): 56 data bytes\n", self.host, all[0]));
                    Step::Continue
                }
            };
        };
        let Some(net) = cx.sys.net() else {
            return Step::Exit(1);
        };
        if let Some((id, at)) = self.pending
            && let Some(answer) = net.poll(id)
        {
            self.pending = None;
            if matches!(answer, Answer::Data(_)) {
                let (took, seq) = (now - at, self.sent - 1);
                self.received += 1;
                if self.times.len() < 1000 {
                    self.times.push(took);
                }
                let time = milliseconds(took);
                cx.out(format!(
                    "64 bytes from {ip}: seq={seq} ttl=62 time={time} ms\n"
                ));
            }
            return Step::Continue;
        }
        let done = self.count.is_some_and(|n| self.sent >= n);
        let overdue = self
            .pending
            .is_some_and(|(_, at)| now >= at.saturating_add(self.patience));
        if done && (self.pending.is_none() || overdue) {
            return Step::Exit(self.summary(cx));
        }
        if !done && now >= self.next {
            if let Some((old, _)) = self.pending.take() {
                net.forget(old);
            }
            let id = net.send(ip, ECHO, true, Vec::new());
            self.pending = Some((id, now));
            self.sent += 1;
            self.next = now + SECOND;
        }
        let overdue = self.pending.map(|(_, at)| at.saturating_add(self.patience));
        Step::Until(if self.count.is_some_and(|n| self.sent >= n) {
            overdue.unwrap_or(self.next)
        } else {
            self.next
        })
    }
}
