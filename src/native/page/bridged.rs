//! Streams of real containers, and of servers of other APIs, for commands at a desk: what they send becomes the cluster's stream, and
//! what is typed goes to the node.

use crate::apimachinery::http::StreamId;
use crate::apiserver::NodeCall;
use crate::cluster::Cluster;
use crate::native::driver::Piece;
use crate::native::joined;
use crate::native::node::Node;
use crate::native::relay;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

/// The channels of a stream's messages.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
/// Pieces that wait; the node is held back by more.
const PIECES_AHEAD: usize = 64;
/// How often the node's ends are looked at.
const EVERY: Duration = Duration::from_millis(10);

struct Stream {
    id: StreamId,
    pieces: mpsc::Receiver<Piece>,
    input: mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>,
    tty: Option<Tty>,
}

/// What a real terminal says twice to somebody whose own shows what is typed.
#[derive(Default)]
struct Tty {
    /// The echo that is still to come.
    echo: VecDeque<u8>,
}

impl Tty {
    /// Notes a message that goes to the command.
    fn goes(&mut self, message: &[u8]) {
        let Some((&STDIN, typed)) = message.split_first() else {
            return;
        };
        for byte in typed {
            match byte {
                b'\n' => self.echo.extend(b"\r\n"),
                // Shown as ^C and ^D, if at all.
                0..b' ' => {}
                byte => self.echo.push_back(*byte),
            }
        }
    }

    /// A message that comes from it, without the echo and the carriage returns.
    fn comes(&mut self, message: Vec<u8>) -> Vec<u8> {
        let Some((&STDOUT, mut said)) = message.split_first() else {
            return message;
        };
        while let (Some(expected), Some((byte, rest))) = (self.echo.front(), said.split_first()) {
            if expected != byte {
                // It does not echo, or says something else first.
                self.echo.clear();
                break;
            }
            self.echo.pop_front();
            said = rest;
        }
        let said = said.iter().filter(|byte| **byte != b'\r');
        std::iter::once(STDOUT).chain(said.copied()).collect()
    }
}

/// All of them.
#[derive(Default)]
pub struct Bridged {
    streams: Vec<Stream>,
    tasks: Option<tokio::runtime::Handle>,
}

impl Bridged {
    /// None yet; servers of other APIs are asked by tasks of this runtime.
    pub fn new(tasks: tokio::runtime::Handle) -> Self {
        Self {
            streams: Vec::new(),
            tasks: Some(tasks),
        }
    }

    /// Lets the node, or servers of other APIs, serve what was asked of them; where none can, the asker is told why.
    pub fn begin(&mut self, cluster: &mut Cluster, node: Option<&Node>) {
        for request in cluster.take_remote_requests() {
            let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
            let (input, inputs) = mpsc::unbounded_channel();
            let elsewhere = request.relay.as_ref();
            let elsewhere = elsewhere.filter(|_| request.call == NodeCall::Elsewhere);
            let begun = match (elsewhere, &self.tasks) {
                (Some(asked), Some(tasks)) => {
                    tasks.spawn(relay::relay((**asked).clone(), sender, inputs));
                    Ok(())
                }
                (Some(_), None) => Err("nothing beyond the cluster can be reached".to_owned()),
                (None, tasks) => match (node.filter(|n| n.name() == request.node), tasks) {
                    (Some(node), _) => node.answer(&request, sender, inputs),
                    (None, Some(tasks)) => joined::begin(cluster, &request, tasks, sender, inputs),
                    (None, None) => Err(format!("the node {} is not here", request.node)),
                },
            };
            match begun {
                Ok(()) => {
                    cluster.serve_remote_request(&request);
                    self.streams.push(Stream {
                        id: request.stream,
                        pieces,
                        input,
                        tty: (request.param("tty") == "true").then(Tty::default),
                    });
                }
                Err(why) => cluster.refuse_remote_request(&request, why),
            }
        }
    }

    /// Carries what has arrived, both ways.
    pub fn carry(&mut self, cluster: &mut Cluster) {
        self.streams.retain_mut(|stream| {
            let Some(messages) = cluster.take_remote_input(stream.id) else {
                return false;
            };
            for message in messages {
                if let Some(tty) = &mut stream.tty {
                    tty.goes(&message);
                }
                let (taken, _) = oneshot::channel();
                let _ = stream.input.send((message, taken));
            }
            // Whoever reads slowly, or not at all, holds back what sends.
            let unread = cluster.api().unread_of_stream(stream.id);
            for _ in unread..PIECES_AHEAD {
                match stream.pieces.try_recv() {
                    Ok(Piece::Bytes(bytes)) => {
                        let bytes = match &mut stream.tty {
                            Some(tty) => tty.comes(bytes),
                            None => bytes,
                        };
                        cluster.push_remote(stream.id, bytes);
                    }
                    Ok(Piece::Failed(why)) => {
                        cluster.end_remote(stream.id, Err(why));
                        return false;
                    }
                    Ok(Piece::Events(..)) => {}
                    Err(mpsc::error::TryRecvError::Empty) => return true,
                    Err(mpsc::error::TryRecvError::Disconnected) => {
                        cluster.end_remote(stream.id, Ok(()));
                        return false;
                    }
                }
            }
            true
        });
    }

    /// How long until they are looked at again.
    pub fn rest(&self) -> Option<Duration> {
        (!self.streams.is_empty()).then_some(EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::http::Body;
    use crate::cluster::ClusterConfig;
    use crate::tree;

    #[test]
    fn what_nobody_reads_is_not_taken_in() {
        let mut cluster = Cluster::boot(ClusterConfig {
            control_plane_pods: false,
            ..ClusterConfig::default()
        });
        cluster.add_remote_node("far");
        let pod = tree!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"nodeName": "far", "containers": [{"name": "c", "image": "busybox"}]}});
        let pods = "/api/v1/namespaces/default/pods";
        let made = http::Request::post(pods).body(Body::Tree(pod));
        let made = cluster.request_as_admin(made.expect("a request"));
        assert_eq!(made.expect("an answer").status(), 201);
        let log = http::Request::get(format!("{pods}/p/log")).body(Body::Empty);
        let log = cluster.request_as_admin(log.expect("a request"));
        assert_eq!(log.expect("an answer").status(), 200);
        cluster.settle();
        let request = cluster.take_remote_requests().pop().expect("asked");
        cluster.serve_remote_request(&request);
        let (sender, pieces) = mpsc::channel(3 * PIECES_AHEAD);
        for _ in 0..3 * PIECES_AHEAD {
            sender.try_send(Piece::Bytes(vec![b'x'])).expect("room");
        }
        let mut bridged = Bridged::default();
        bridged.streams.push(Stream {
            id: request.stream,
            pieces,
            input: mpsc::unbounded_channel().0,
            tty: None,
        });
        for _ in 0..2 {
            bridged.carry(&mut cluster);
            assert_eq!(bridged.streams[0].pieces.len(), 2 * PIECES_AHEAD);
        }
        assert!(
            cluster
                .poll_stream(request.stream)
                .is_ok_and(|read| read.is_some())
        );
        bridged.carry(&mut cluster);
        assert_eq!(bridged.streams[0].pieces.len(), 2 * PIECES_AHEAD - 1);
    }

    #[test]
    fn what_was_typed_is_not_said_again() {
        let mut tty = Tty::default();
        tty.goes(b"\0ls /\n");
        assert_eq!(tty.comes(b"\x01ls".to_vec()), b"\x01");
        assert_eq!(tty.comes(b"\x01 /\r\nbin\r\n# ".to_vec()), b"\x01bin\n# ");
        // A program that does not echo.
        tty.goes(b"\0secret\n");
        assert_eq!(tty.comes(b"\x01\r\nwrong\r\n".to_vec()), b"\x01\nwrong\n");
        tty.goes(b"\0\x03");
        assert_eq!(tty.comes(b"\x01^C\r\n# ".to_vec()), b"\x01^C\n# ");
        let status = b"\x03{\"status\":\"Success\"}".to_vec();
        assert_eq!(tty.comes(status.clone()), status);
    }
}
