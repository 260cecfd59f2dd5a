//! The name servers of this machine: what its `/etc/resolv.conf` says, and how they are asked on behalf of pods.

use super::folders::Folders;
use super::network;
use crate::apimachinery::Value;
use crate::kubelet::dns::Resolver;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const FILE: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// How long a server may take, and how many are asked.
const ANSWER_TIME: Duration = Duration::from_secs(2);
const MOST_SERVERS: usize = 3;
/// The longest message over UDP that is taken.
const LONGEST: usize = 4096;

/// What this machine's `/etc/resolv.conf` says now.
pub fn of_machine() -> Resolver {
    read(&std::fs::read_to_string(FILE).unwrap_or_default())
}

fn read(text: &str) -> Resolver {
    let mut resolver = Resolver {
        servers: Vec::new(),
        searches: Vec::new(),
        options: Vec::new(),
        cluster: true,
    };
    for line in text.lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        match words.next().as_deref() {
            Some("nameserver") => resolver.servers.extend(words.next()),
            // The last one counts; "." only says that nothing is to be tried.
            Some("search" | "domain") => resolver.searches = words.filter(|w| w != ".").collect(),
            Some("options") => resolver.options.extend(words),
            _ => {}
        }
    }
    resolver
}

/// What a pod finds as its machine's. In the cluster's own network it reaches the machine's servers through the node; in another one
/// the cluster's are not reached.
pub fn of_pod(pod: &Value, folders: &Folders) -> Resolver {
    let mut resolver = of_machine();
    resolver.cluster = folders.own_runtime;
    let shares = pod.at(&["spec", "hostNetwork"]).as_bool() == Some(true);
    if folders.own_runtime && !shares {
        resolver.servers = vec![network::INNER_IP.to_string()];
    }
    resolver
}

/// The servers of this machine.
pub fn servers() -> Vec<SocketAddr> {
    let servers = of_machine().servers;
    let ips = servers.iter().filter_map(|s| s.parse::<IpAddr>().ok());
    ips.map(|ip| (ip, PORT).into()).take(MOST_SERVERS).collect()
}

/// What one of some servers answers to a message, asked one after another; none where none does in time.
pub async fn ask(servers: &[SocketAddr], message: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
    for server in servers {
        let answer = match over_tcp {
            true => timeout(ANSWER_TIME, ask_tcp(*server, message)).await,
            false => timeout(ANSWER_TIME, ask_udp(*server, message)).await,
        };
        if let Ok(Ok(answer)) = answer {
            return Some(answer);
        }
    }
    None
}

async fn ask_udp(server: SocketAddr, message: &[u8]) -> io::Result<Vec<u8>> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    socket.send(message).await?;
    let mut answer = vec![0; LONGEST];
    loop {
        let n = socket.recv(&mut answer).await?;
        // Anything else is a late answer, or a forgery.
        if n > 2 && answer.get(..2) == message.get(..2) {
            answer.truncate(n);
            return Ok(answer);
        }
    }
}

async fn ask_tcp(server: SocketAddr, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    send(&mut stream, message).await?;
    receive(&mut stream).await
}

/// Sends a message over TCP, its length first.
///
/// # Errors
/// Where the connection breaks, or it is too long.
pub async fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let whole = [&length.to_be_bytes(), message].concat();
    stream.write_all(&whole).await
}

/// Reads a message over TCP.
///
/// # Errors
/// Where the connection breaks or ends.
pub async fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_file_is_read() {
        let text = "# made by hand\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch .\nsearch a.example b.example\noptions edns0 ndots:2\n";
        let read = read(text);
        assert_eq!(read.servers, ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(read.searches, ["a.example", "b.example"]);
        assert_eq!(read.options, ["edns0", "ndots:2"]);
    }
}
