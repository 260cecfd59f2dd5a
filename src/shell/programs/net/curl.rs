//! `curl` for HTTP: its common options, messages and exit codes.

mod arguments;

use super::super::super::io::Open;
use super::super::super::net::Answer;
use super::super::super::process::{Cx, Program, Start, Step};
use super::super::super::system::Micros;
use super::resolve::{Looked, Lookup};
use super::{CONNECT_PATIENCE, HttpAnswer, Url};
use arguments::Arguments;
use std::net::Ipv4Addr;

/// The version it says it is.
const AGENT: &str = "curl/8.14.1";
const LEAST: Micros = 1_000;

#[derive(Clone)]
enum State {
    Look(Lookup),
    Exchange(u64, Ipv4Addr),
}

#[derive(Clone)]
struct Curl {
    options: Arguments,
    url: Url,
    began: Micros,
    ip: Option<Ipv4Addr>,
    state: State,
    redirects: u32,
}

/// `curl [options] URL`
pub fn curl(cx: &mut Cx) -> Start {
    let options = match arguments::read(cx) {
        Ok(options) => options,
        Err(start) => return start,
    };
    if options.version {
        cx.out("curl 8.14.1 (x86_64-pc-linux-gnu)\nProtocols: http\n");
        return Start::Done(0);
    }
    let url = match Url::parse(&options.url) {
        Ok(url) => url,
        Err(scheme) if scheme.is_empty() => {
            return cx.fail(3, "(3) URL rejected: Malformed input to a URL function");
        }
        Err(scheme) => {
            return cx.fail(1, format!("(1) Protocol \"{scheme}\" not supported"));
        }
    };
    let state = State::Look(Lookup::new(&url.host, cx));
    Start::Run(Box::new(Curl {
        began: cx.sys.now(),
        options,
        ip: None,
        state,
        redirects: 0,
        url,
    }))
}

impl Program for Curl {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let now = cx.sys.now();
        let limit = self.options.max_time.map(|t| self.began + t);
        match &mut self.state {
            State::Look(lookup) => {
                let limit = [limit, self.options.connect_time.map(|t| self.began + t)];
                let limit = limit.into_iter().flatten().min();
                match lookup.poll(cx) {
                    Looked::Found(all) => self.connect(all[0], cx),
                    Looked::Failed => {
                        let why = format!("Could not resolve host: {}", self.url.host);
                        self.fail(cx, 6, &why)
                    }
                    Looked::Wait(until) => match limit {
                        Some(limit) if limit <= now => {
                            let why = format!(
                                "Resolving timed out after {} milliseconds",
                                self.elapsed(cx) / 1000
                            );
                            self.fail(cx, 28, &why)
                        }
                        _ => Step::Until(limit.map_or(until, |l| l.min(until))),
                    },
                }
            }
            State::Exchange(id, ip) => {
                let (id, ip) = (*id, *ip);
                match cx.sys.net().and_then(|net| net.poll(id)) {
                    Some(Answer::Data(data)) => self.take(&data, cx),
                    Some(Answer::Refused) => self.not_connected(
                        cx,
                        ip,
                        "Connection refused",
                        "Could not connect to server",
                    ),
                    Some(Answer::NoRoute) => self.not_connected(
                        cx,
                        ip,
                        "No route to host",
                        "Could not connect to server",
                    ),
                    None => self.wait(cx, ip, limit),
                }
            }
        }
    }
}

impl Curl {
    fn elapsed(&self, cx: &mut Cx) -> Micros {
        (cx.sys.now() - self.began).max(LEAST)
    }

    /// Waits for the connection to stand, or gives it up.
    fn wait(&mut self, cx: &mut Cx, ip: Ipv4Addr, limit: Option<Micros>) -> Step {
        let now = cx.sys.now();
        let own = self.options.connect_time.map(|t| self.began + t);
        let limit = [limit, own].into_iter().flatten().min();
        let until = limit.unwrap_or(self.began + CONNECT_PATIENCE);
        if now < until {
            return Step::Until(until);
        }
        if limit.is_none() {
            return self.not_connected(
                cx,
                ip,
                "Connection timed out",
                "Could not connect to server",
            );
        }
        let why = format!(
            "Connection timed out after {} milliseconds",
            self.elapsed(cx) / 1000
        );
        self.fail(cx, 28, &why)
    }

    fn not_connected(&mut self, cx: &mut Cx, ip: Ipv4Addr, errno: &str, why: &str) -> Step {
        let (host, port) = (&self.url.host, self.url.port);
        let code = if errno == "Connection timed out" {
            28
        } else {
            7
        };
        let line = format!("connect to {ip} port {port} failed: {errno}");
        let text = format!(
            "Failed to connect to {host} port {port} after {} ms: {why}",
            self.elapsed(cx) / 1000
        );
        self.note(cx, &line);
        self.fail(cx, code, &text)
    }

    /// A line of `-v`.
    fn note(&self, cx: &mut Cx, line: &str) {
        if self.options.verbose {
            cx.write(2, ["* ", line, "\n"].concat().as_bytes());
        }
    }

    fn connect(&mut self, ip: Ipv4Addr, cx: &mut Cx) -> Step {
        let (host, port) = (self.url.host.clone(), self.url.port);
        if super::address(&host).is_none() {
            self.note(cx, &format!("Host {host}:{port} was resolved."));
            self.note(cx, "IPv6: (none)");
            self.note(cx, &format!("IPv4: {ip}"));
        }
        self.note(cx, &format!("  Trying {ip}:{port}..."));
        self.ip = Some(ip);
        let mut request = String::new();
        if self.url.scheme == "https" {
            request.push_str(if self.options.insecure {
                "TLS insecure\n"
            } else {
                "TLS\n"
            });
        }
        request.push_str(&self.request());
        let Some(net) = cx.sys.net() else {
            return self.fail(cx, 7, "Failed to connect: this machine has no network");
        };
        let id = net.send(ip, port, false, request.into_bytes());
        self.state = State::Exchange(id, ip);
        Step::Continue
    }

    fn request(&self) -> String {
        let o = &self.options;
        let mut text = [&o.verb(), " ", &self.url.path, " HTTP/1.1\r\n"].concat();
        let has = |name: &str| {
            let own = |h: &String| h.to_ascii_lowercase().starts_with(name);
            o.headers.iter().any(own)
        };
        if !has("host:") {
            text.push_str("Host: ");
            text.push_str(&self.url.authority());
            text.push_str("\r\n");
        }
        if !has("user-agent:") {
            text.push_str("User-Agent: ");
            text.push_str(o.agent.as_deref().unwrap_or(AGENT));
            text.push_str("\r\n");
        }
        if !has("accept:") {
            text.push_str("Accept: */*\r\n");
        }
        for header in &o.headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if let Some(data) = &o.data {
            if !has("content-type:") {
                text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            }
            text.push_str("Content-Length: ");
            text.push_str(&data.len().to_string());
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(o.data.as_deref().unwrap_or_default());
        text
    }

    fn take(&mut self, data: &[u8], cx: &mut Cx) -> Step {
        let (host, port) = (self.url.host.clone(), self.url.port);
        if let Some(ip) = self.ip {
            self.note(cx, &format!("Connected to {host} ({ip}) port {port}"));
        }
        if let Some(why) = data.strip_prefix(b"TLS ") {
            return self.tls_failed(&String::from_utf8_lossy(why), cx);
        }
        self.note(cx, "using HTTP/1.x");
        let mut sent = String::new();
        for line in self
            .request()
            .split("\r\n\r\n")
            .next()
            .unwrap_or_default()
            .lines()
        {
            sent.push_str(&["> ", line, "\n"].concat());
        }
        if self.options.verbose {
            sent.push_str("> \n");
            cx.write(2, sent.as_bytes());
            self.note(cx, "Request completely sent off");
        }
        if data.is_empty() {
            return self.fail(cx, 52, "Empty reply from server");
        }
        let Some(answer) = HttpAnswer::parse(data) else {
            return self.fail(cx, 1, "Received HTTP/0.9 when not allowed");
        };
        let mut head = [&answer.status_line, "\r\n"].concat();
        for (k, v) in &answer.headers {
            head.push_str(&[k, ": ", v, "\r\n"].concat());
        }
        head.push_str("\r\n");
        if self.options.verbose {
            let mut shown = String::new();
            for line in head.lines() {
                shown.push_str(&["< ", line, "\n"].concat());
            }
            cx.write(2, shown.as_bytes());
            self.note(cx, &format!("Connection #0 to host {host} left intact"));
        }
        if self.options.follow
            && (300..400).contains(&answer.status)
            && let Some(location) = answer.header("Location").map(str::to_owned)
        {
            return self.follow(&location, cx);
        }
        if self.options.fail && answer.status >= 400 {
            let why = format!("The requested URL returned error: {}", answer.status);
            return self.end(cx, 22, Some(&why), answer.status, 0);
        }
        let mut body = Vec::new();
        if self.options.head || self.options.include {
            body.extend_from_slice(head.as_bytes());
        }
        if !self.options.head {
            body.extend_from_slice(&answer.body);
        }
        self.deliver(&body, answer.body.len(), answer.status, cx)
    }

    fn tls_failed(&mut self, why: &str, cx: &mut Cx) -> Step {
        match why {
            "plain" => self.fail(
                cx,
                35,
                "TLS connect error: error:0A0000C6:SSL routines::packet length too long",
            ),
            _ => self.fail(
                cx,
                60,
                "SSL certificate problem: unable to get local issuer certificate",
            ),
        }
    }

    fn follow(&mut self, location: &str, cx: &mut Cx) -> Step {
        self.redirects += 1;
        if self.redirects > 50 {
            return self.fail(cx, 47, "Maximum (50) redirects followed");
        }
        if location.starts_with('/') {
            location.clone_into(&mut self.url.path);
        } else {
            match Url::parse(location) {
                Ok(url) => self.url = url,
                Err(_) => {
                    return self.fail(cx, 3, "URL rejected: Malformed input to a URL function");
                }
            }
        }
        self.state = State::Look(Lookup::new(&self.url.host, cx));
        Step::Continue
    }

    fn deliver(&mut self, bytes: &[u8], size: usize, status: u16, cx: &mut Cx) -> Step {
        let mut fd = 1;
        if let Some(name) = self.options.file(&self.url) {
            fd = match cx.open_fd(&name, Open::WRITE) {
                Ok(fd) => fd,
                Err(error) => {
                    cx.write(
                        2,
                        format!("Warning: Failed to open the file {name}: {error}\n").as_bytes(),
                    );
                    return self.fail(cx, 23, "client returned ERROR on write, 1 bytes");
                }
            };
        }
        if !self.options.silent && (fd != 1 || !cx.is_tty(1)) && !self.options.verbose {
            self.meter(size, cx);
        }
        cx.write(fd, bytes);
        self.end(cx, 0, None, status, size)
    }

    /// The table of progress, as it stands at the end.
    fn meter(&self, size: usize, cx: &mut Cx) {
        let rate = (size as u64).saturating_mul(1_000_000) / self.elapsed(cx);
        let rate = if rate > 99_999 {
            format!("{}k", rate / 1024)
        } else {
            rate.to_string()
        };
        let text = format!(
            "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r100 {size:>5}  100 {size:>5}    0     0  {rate:>5}      0 --:--:-- --:--:-- --:--:-- {rate:>5}\n"
        );
        cx.write(2, text.as_bytes());
    }

    fn fail(&mut self, cx: &mut Cx, code: i32, why: &str) -> Step {
        self.end(cx, code, Some(why), 0, 0)
    }

    fn end(&mut self, cx: &mut Cx, code: i32, why: Option<&str>, status: u16, size: usize) -> Step {
        if let Some(why) = why.filter(|_| !self.options.silent || self.options.show_error) {
            cx.complain(format!("({code}) {why}"));
        }
        if let Some(format) = self.options.write_out.clone() {
            let seconds = format!("{:.6}", self.elapsed(cx) as f64 / 1e6);
            let ip = self.ip.map(|ip| ip.to_string()).unwrap_or_default();
            let text = arguments::write_out(&format, &|name| {
                Some(match name {
                    "http_code" | "response_code" => format!("{status:03}"),
                    "time_total" => seconds.clone(),
                    "time_connect" | "time_namelookup" | "time_starttransfer" => seconds.clone(),
                    "size_download" => size.to_string(),
                    "remote_ip" => ip.clone(),
                    "remote_port" => self.url.port.to_string(),
                    "exitcode" => code.to_string(),
                    "errormsg" => why.unwrap_or_default().to_owned(),
                    "num_redirects" => self.redirects.to_string(),
                    "url" | "url_effective" => self.options.url.clone(),
                    "method" => self.options.verb(),
                    "scheme" => self.url.scheme.clone(),
                    _ => return None,
                })
            });
            cx.out(text);
        }
        Step::Exit(code)
    }
}
