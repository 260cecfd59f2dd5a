//! Ports of this machine that kubectl listens at, and the connections to them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::Result;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

/// Pieces that are read ahead of a connection.
const PIECES_AHEAD: usize = 16;

type First = (u64, Vec<u8>);

/// One connection.
struct Connection {
    input: mpsc::Receiver<Vec<u8>>,
    /// None once all has been said.
    output: Option<mpsc::UnboundedSender<Vec<u8>>>,
}

#[derive(Default)]
struct State {
    listeners: BTreeMap<u16, mpsc::UnboundedReceiver<First>>,
    connections: BTreeMap<u64, Connection>,
    last: u64,
}

/// All of them. It has to be used within a `LocalSet`.
#[derive(Clone, Default)]
pub struct Ports(Rc<RefCell<State>>);

impl Ports {
    /// Listens at a port of the loopback addresses (0: any); the port.
    ///
    /// # Errors
    /// Where the port is taken or not allowed.
    pub fn listen(&self, port: u16) -> Result<u16> {
        let listener = bind((Ipv4Addr::LOCALHOST, port).into())?;
        let port = listener.local_addr()?.port();
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.borrow_mut().listeners.insert(port, receiver);
        // Not every machine has this one.
        let second = bind((Ipv6Addr::LOCALHOST, port).into()).ok();
        for listener in [Some(listener), second].into_iter().flatten() {
            let (ports, sender) = (self.clone(), sender.clone());
            spawn_local(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    spawn_local(ports.clone().serve(stream, sender.clone()));
                }
            });
        }
        Ok(port)
    }

    async fn serve(self, stream: TcpStream, first: mpsc::UnboundedSender<First>) {
        let (mut read, mut write) = stream.into_split();
        let mut buffer = vec![0; 32 << 10];
        let Ok(count @ 1..) = read.read(&mut buffer).await else {
            return;
        };
        let (sender, input) = mpsc::channel(PIECES_AHEAD);
        let (output, mut said) = mpsc::unbounded_channel::<Vec<u8>>();
        let id = {
            let mut state = self.0.borrow_mut();
            state.last += 1;
            let id = state.last;
            let connection = Connection {
                input,
                output: Some(output),
            };
            state.connections.insert(id, connection);
            id
        };
        let _ = first.send((id, buffer.get(..count).unwrap_or_default().to_vec()));
        spawn_local(async move {
            while let Ok(count @ 1..) = read.read(&mut buffer).await {
                let piece = buffer.get(..count).unwrap_or_default().to_vec();
                if sender.send(piece).await.is_err() {
                    return;
                }
            }
        });
        while let Some(bytes) = said.recv().await {
            if write.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = write.shutdown().await;
        self.0.borrow_mut().connections.remove(&id);
    }

    /// The next connection to a port listened at, and what came on it first.
    pub async fn accept(&self, port: u16) -> First {
        poll_fn(|cx| {
            let mut state = self.0.borrow_mut();
            match state.listeners.get_mut(&port).map(|l| l.poll_recv(cx)) {
                Some(Poll::Ready(Some(first))) => Poll::Ready(first),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// What else comes on a connection; none at its end.
    pub async fn receive(&self, id: u64) -> Option<Vec<u8>> {
        poll_fn(|cx| {
            let mut state = self.0.borrow_mut();
            match state.connections.get_mut(&id) {
                Some(connection) => connection.input.poll_recv(cx),
                None => Poll::Ready(None),
            }
        })
        .await
    }

    /// Sends bytes, and closes the connection unless more follows.
    pub fn answer(&self, id: u64, data: Vec<u8>, more: bool) {
        let mut state = self.0.borrow_mut();
        let Some(connection) = state.connections.get_mut(&id) else {
            return;
        };
        if let Some(output) = &connection.output
            && !data.is_empty()
        {
            let _ = output.send(data);
        }
        if !more {
            connection.output = None;
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
