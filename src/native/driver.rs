//! The thread that owns the cluster: it carries out requests one after another, lets happen what is due by the wall clock, and
//! hands events of watches to their readers.

use super::clock::Clock;
use super::joined::usage;
use super::keeper::{Keeper, Kept};
use super::node::{self, Node};
use super::page::desks::{DeskCommand, Desks};
use super::{aggregator, bootstrap, joined, relay, webhooks};
use crate::apimachinery::http::{
    Body, ReaderId, Request, Response, StreamId, WatchEvent, WatchId, WatchLatency, WatchType,
    is_admitted,
};
use crate::apimachinery::{Timestamp, schema};
use crate::apiserver::metrics::Usage;
use crate::apiserver::records::Record;
use crate::apiserver::{
    ACCOUNT_ATTEMPTS, ACCOUNT_RETRY, Answered, Awaits, Look, NodeCall, Replay, Sight,
    awaits_account,
};
use crate::cluster::{Cluster, ClusterConfig, metrics};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// How long the cluster may go on before requests get their turn.
const SLICE: Duration = Duration::from_millis(2);
/// Requests that are carried out before the cluster gets its turn.
const REQUESTS_AT_ONCE: usize = 64;
/// The longest sleep where nothing is due.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// How often watches are told up to where they have seen everything (the cacher's bookmark frequency).
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How often nodes of other machines are looked for.
const NOTE_EVERY: Duration = Duration::from_millis(500);
/// Pieces that wait in a reader's channel; more stay in the API server until the reader asks.
const PIECES_AHEAD: usize = 8;
/// Events in one piece.
const EVENTS_PER_PIECE: usize = 128;
/// Readers below are parts of the cluster.
const FIRST_READER: u32 = 1 << 20;

/// What goes to the reader of a watch or stream; its end is the channel's.
#[derive(Debug)]
pub enum Piece {
    /// Events of a watch, and the revision that must be kept for good before anybody sees them.
    Events(Vec<WatchEvent>, u64),
    /// Bytes of a stream.
    Bytes(Vec<u8>),
    /// The stream broke, for this reason.
    Failed(String),
}

/// An answer that goes on.
pub struct Live {
    /// What arrives.
    pub pieces: mpsc::Receiver<Piece>,
    /// Whether more waits for [`Handle::resume`].
    pub held_back: Arc<AtomicBool>,
    /// Who reads.
    pub reader: ReaderId,
    /// Whether a real node serves it: bytes go through as they are.
    pub real: bool,
}

/// A stream of the cluster that carries messages both ways, from its client's side. It ends when this is dropped.
pub struct Session {
    live: Live,
    cluster: Handle,
}

impl Session {
    /// What goes on as `live`.
    pub fn new(live: Live, cluster: Handle) -> Self {
        Self { live, cluster }
    }

    /// Whether a real node serves it.
    pub fn is_real(&self) -> bool {
        self.live.real
    }

    /// What the cluster sends next; none at the end. Nothing is lost where this is not waited for to its end.
    pub async fn next(&mut self) -> Option<Piece> {
        let piece = self.live.pieces.recv().await;
        if self.live.held_back.swap(false, Ordering::AcqRel) {
            self.cluster.resume(self.live.reader);
        }
        piece
    }

    /// Sends a message.
    pub async fn write(&self, message: Vec<u8>) {
        self.cluster.write(self.live.reader, message).await;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.cluster.close(self.live.reader);
    }
}

/// What a request is answered with.
pub enum Answer {
    /// All of it.
    Whole(Response),
    /// The head of a watch or stream (with an empty body), and what follows it.
    Live(Response, Live),
    /// The bearer token is none of the cluster's.
    Unauthorized,
    /// The API server does not run.
    Refused,
}

/// What the cluster is at a time.
pub struct Moment {
    /// Its description.
    pub config: ClusterConfig,
    /// The time.
    pub time: Timestamp,
    /// The revision of the last write.
    pub revision: u64,
    /// All objects.
    pub records: Vec<Record>,
}

enum Command {
    /// Asks for all that is stored.
    Snapshot(oneshot::Sender<Moment>),
    Request {
        request: Box<Request>,
        token: Option<String>,
        reply: oneshot::Sender<(Answer, u64)>,
    },
    Write {
        reader: ReaderId,
        message: Vec<u8>,
        taken: oneshot::Sender<()>,
    },
    Resume(ReaderId),
    Close(ReaderId),
    /// A page at the cluster says something.
    Desk(DeskCommand),
    /// The node has something to do.
    Look,
    /// What a node on another machine uses, as far as its kubelet tells.
    Used(String, Option<Usage>),
    /// A webhook answered a request of a part of the cluster.
    Webhook(u64, Box<Answered>),
    /// A server of another API was looked at.
    Sighted(Box<(Look, Sight)>),
    Stop,
}

/// The way to the driver from other threads.
#[derive(Clone)]
pub struct Handle {
    commands: Sender<Command>,
    kept: Kept,
}

impl Handle {
    /// Carries out a request. A bearer `token` is looked up in the cluster, and the request sent in its account's name.
    pub async fn send(&self, mut request: Request, token: Option<String>) -> Answer {
        let mut tried = 1;
        request.extensions_mut().insert(Replay::default());
        loop {
            let again = is_admitted(&request).then(|| request.clone());
            let mut answer = self.send_once(request, token.clone()).await;
            let (Answer::Whole(response), Some(mut again)) = (&mut answer, again) else {
                return answer;
            };
            if let Some(awaits) = response.extensions_mut().remove::<Awaits>() {
                let replay = webhooks::make(awaits).await;
                again.extensions_mut().insert(replay);
            } else if tried < ACCOUNT_ATTEMPTS && awaits_account(response) {
                tried += 1;
                again.extensions_mut().insert(Replay::default());
                tokio::time::sleep(ACCOUNT_RETRY).await;
            } else {
                return answer;
            }
            request = again;
        }
    }

    async fn send_once(&self, request: Request, token: Option<String>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(request);
        let command = Command::Request {
            request,
            token,
            reply,
        };
        if self.commands.send(command).is_err() {
            return Answer::Refused;
        }
        match answer.await {
            // Nobody learns of what could still be lost.
            Ok((answer, revision)) if self.kept.reached(revision).await => answer,
            _ => Answer::Refused,
        }
    }

    /// What the cluster is now; none where it is stopping.
    pub async fn snapshot(&self) -> Option<Moment> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Snapshot(reply)).ok()?;
        let moment = answer.await.ok()?;
        // Nobody learns of what could still be lost.
        self.kept.reached(moment.revision).await.then_some(moment)
    }

    /// Up to where all is kept for good.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Sends a message on a stream that carries them both ways; back once the cluster has it.
    pub async fn write(&self, reader: ReaderId, message: Vec<u8>) {
        let (taken, is_taken) = oneshot::channel();
        let command = Command::Write {
            reader,
            message,
            taken,
        };
        if self.commands.send(command).is_ok() {
            let _ = is_taken.await;
        }
    }

    /// Asks for what was held back while the reader's channel was full.
    pub fn resume(&self, reader: ReaderId) {
        let _ = self.commands.send(Command::Resume(reader));
    }

    /// Ends a watch or stream from the reader's side.
    pub fn close(&self, reader: ReaderId) {
        let _ = self.commands.send(Command::Close(reader));
    }

    /// Hands on what comes from a page at the cluster.
    pub fn desk(&self, command: DeskCommand) {
        let _ = self.commands.send(Command::Desk(command));
    }

    /// Ends the driver.
    pub fn stop(&self) {
        let _ = self.commands.send(Command::Stop);
    }
}

#[derive(Clone, Copy)]
enum Source {
    Watch(WatchId),
    Stream(StreamId),
}

struct Reader {
    source: Source,
    pieces: mpsc::Sender<Piece>,
    held_back: Arc<AtomicBool>,
}

struct Driver {
    cluster: Cluster,
    clock: Clock,
    commands: Receiver<Command>,
    readers: BTreeMap<ReaderId, Reader>,
    next_reader: u32,
    bookmarks_at: Instant,
    /// When nodes of other machines are looked for next, and asked what they use.
    joined_at: Instant,
    usage_at: Instant,
    stopped: bool,
    keeper: Option<Keeper>,
    node: Option<Node>,
    /// Who calls webhooks for parts of the cluster and servers of other APIs, and where their answers come to.
    calls: (tokio::runtime::Handle, Sender<Command>),
    desks: Desks,
    /// What goes to streams that the node serves.
    inputs: BTreeMap<ReaderId, mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>>,
}

/// Makes a node of this machine for a cluster; it is given what wakes the node.
pub type MakeNode =
    Box<dyn FnOnce(&mut Cluster, node::runtime::Waker) -> anyhow::Result<Node> + Send>;

/// Starts a thread that makes a cluster and drives it `speed` times as fast as real time; the way to it, told of once the cluster
/// stands. Webhooks are called by tasks of the runtime in which this is called.
///
/// # Errors
/// Where the system has no thread for it.
pub fn start(
    make: impl FnOnce() -> Cluster + Send + 'static,
    speed: f64,
    keeper: Option<Keeper>,
    make_node: Option<MakeNode>,
) -> std::io::Result<(
    Handle,
    oneshot::Receiver<anyhow::Result<()>>,
    JoinHandle<()>,
)> {
    let (sender, commands) = channel();
    let (ready, is_ready) = oneshot::channel();
    let kept = keeper.as_ref().map(Keeper::kept).unwrap_or_default();
    let waker = sender.clone();
    let calls = (tokio::runtime::Handle::current(), sender.clone());
    let run = move || {
        let mut cluster = make();
        let wake = Arc::new(move || {
            let _ = waker.send(Command::Look);
        });
        let node = match make_node.map(|make| make(&mut cluster, wake)).transpose() {
            Ok(node) => node,
            Err(why) => {
                let _ = ready.send(Err(why));
                return;
            }
        };
        let mut driver = Driver {
            clock: Clock::new(cluster.now(), speed),
            cluster,
            commands,
            readers: BTreeMap::new(),
            next_reader: FIRST_READER,
            bookmarks_at: Instant::now() + BOOKMARK_EVERY,
            joined_at: Instant::now(),
            usage_at: Instant::now(),
            stopped: false,
            keeper,
            node,
            desks: Desks::new(calls.0.clone()),
            calls,
            inputs: BTreeMap::new(),
        };
        driver.keep();
        let _ = ready.send(Ok(()));
        driver.run();
    };
    let thread = std::thread::Builder::new()
        .name("cluster".into())
        // Shells of simulated containers recurse.
        .stack_size(8 << 20)
        .spawn(run)?;
    Ok((
        Handle {
            commands: sender,
            kept,
        },
        is_ready,
        thread,
    ))
}

impl Driver {
    fn run(&mut self) {
        let mut first = None;
        while !self.stopped {
            let lagging = self.advance();
            let mut served = 0;
            while served < REQUESTS_AT_ONCE {
                let Some(command) = first.take().or_else(|| self.commands.try_recv().ok()) else {
                    break;
                };
                served += 1;
                self.carry_out(command);
            }
            if served > 0 {
                self.advance();
            }
            self.deliver();
            self.desks
                .turn(&mut self.cluster, &self.clock, self.node.as_ref());
            self.send_bookmarks();
            self.note_joined();
            self.call_outside();
            self.keep();
            let turned = self.turn_node();
            if lagging || served > 0 || turned {
                continue;
            }
            match self.commands.recv_timeout(self.rest()) {
                Ok(command) => first = Some(command),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Has webhooks called that requests of the cluster's parts wait for, and servers of other APIs looked at.
    fn call_outside(&mut self) {
        let (tasks, answers) = &self.calls;
        for (id, call) in self.cluster.take_webhook_calls() {
            let answers = answers.clone();
            tasks.spawn(async move {
                let answer = Box::new(webhooks::call(call).await);
                let _ = answers.send(Command::Webhook(id, answer));
            });
        }
        for look in self.cluster.take_looks() {
            let answers = answers.clone();
            tasks.spawn(async move {
                let sight = aggregator::look(&look).await;
                let _ = answers.send(Command::Sighted(Box::new((look, sight))));
            });
        }
    }

    /// Takes notice of nodes whose machines are not the cluster's, and has what they use read off their kubelets.
    fn note_joined(&mut self) {
        if Instant::now() < self.joined_at {
            return;
        }
        self.joined_at = Instant::now() + NOTE_EVERY;
        let Some(nodes) = schema::resource("", "v1", "nodes") else {
            return;
        };
        let own = self.node.as_ref().map(Node::name);
        let others = self.cluster.api().peek_all(nodes).filter(|node| {
            let name = node.name();
            Some(name) != own
                && node.label(node::LABEL.0).is_some()
                && !self.cluster.machines().contains_key(name)
        });
        let others: Vec<_> = others
            .map(|node| (node.name().to_owned(), joined::address_of(node)))
            .collect();
        let is_gone =
            |name: &&str| Some(*name) != own && !others.iter().any(|(other, _)| other == name);
        let gone = self.cluster.remote_nodes().filter(is_gone);
        for name in gone.map(str::to_owned).collect::<Vec<_>>() {
            usage::forget(&name);
            self.cluster.remove_remote_node(&name);
        }
        let read = self.usage_at <= Instant::now();
        if read {
            self.usage_at = Instant::now() + metrics::RESOLUTION;
        }
        for (name, kubelet) in others {
            if !self.cluster.is_remote_node(&name) {
                self.cluster.add_remote_node(&name);
            }
            if let (true, Some(kubelet)) = (read, kubelet) {
                let answers = self.calls.1.clone();
                self.calls.0.spawn(async move {
                    let usage = usage::of_kubelet(&name, kubelet).await;
                    let _ = answers.send(Command::Used(name, usage));
                });
            }
        }
    }

    /// Hands on what was written, so that it is kept.
    fn keep(&mut self) {
        if let Some(keeper) = &mut self.keeper
            && !keeper.keep(&self.cluster)
        {
            self.stopped = true;
        }
    }

    /// How long nothing is due.
    fn rest(&self) -> Duration {
        let node = self.node.as_ref().and_then(Node::next_turn);
        let next = [self.cluster.next_deadline(), node]
            .into_iter()
            .flatten()
            .min();
        next.map(|at| self.clock.until(at))
            .into_iter()
            .chain(self.desks.rest(&self.clock))
            .min()
            .map_or(LONGEST_REST, |rest| rest.min(LONGEST_REST))
    }

    /// Lets happen what is due, for a while; whether more is.
    fn advance(&mut self) -> bool {
        let begin = Instant::now();
        let target = self.clock.now();
        while self.cluster.step(target) {
            if begin.elapsed() > SLICE {
                self.clock.reached(self.cluster.now());
                return true;
            }
        }
        false
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Request {
                request,
                token,
                reply,
            } => {
                let answer = self.answer(*request, token);
                let revision = self.cluster.api().revision();
                if let Err((Answer::Live(_, live), _)) = reply.send((answer, revision)) {
                    self.close(live.reader);
                }
            }
            Command::Write {
                reader,
                message,
                taken,
            } => {
                if let Some(input) = self.inputs.get(&reader) {
                    // Who serves the stream says when it is taken; one that is over takes nothing.
                    let _ = input.send((message, taken));
                    return;
                }
                if let Some(Source::Stream(id)) = self.readers.get(&reader).map(|r| r.source) {
                    self.cluster.write_stream(id, &message);
                }
                let _ = taken.send(());
            }
            Command::Snapshot(reply) => {
                let _ = reply.send(Moment {
                    config: self.cluster.config().clone(),
                    time: self.cluster.now(),
                    revision: self.cluster.api().revision(),
                    records: self.cluster.api().records(),
                });
            }
            Command::Desk(command) => self.desks.carry_out(command, &mut self.cluster),
            Command::Resume(reader) => self.pump(reader),
            Command::Look => {}
            Command::Used(node, Some(usage)) => self.cluster.set_remote_usage(&node, usage),
            Command::Used(node, None) => self.cluster.forget_remote_usage(&node),
            Command::Sighted(seen) => self.cluster.sighted(&seen.0, seen.1),
            Command::Webhook(id, answer) => self.cluster.answer_webhook(id, *answer),
            Command::Close(reader) => self.close(reader),
            Command::Stop => self.stopped = true,
        }
    }

    fn answer(&mut self, mut request: Request, token: Option<String>) -> Answer {
        if let Some(token) = token {
            let now = self.cluster.now();
            let user = self.cluster.authenticate(&token);
            match user.or_else(|| bootstrap::user_of(self.cluster.api(), &token, now)) {
                Some(user) => request.extensions_mut().insert(user),
                None => return Answer::Unauthorized,
            };
        }
        let reader = ReaderId(self.next_reader);
        let extensions = request.extensions_mut();
        extensions.insert(reader);
        extensions.insert(WatchLatency::default());
        let Ok(response) = self.cluster.request(request) else {
            return Answer::Refused;
        };
        let source = match response.body() {
            Body::Watch(id) => Source::Watch(*id),
            Body::Stream(id) => Source::Stream(*id),
            _ => return Answer::Whole(response),
        };
        if let Source::Stream(id) = source
            && let Some(live) = self.ask_node(id, reader)
        {
            self.next_reader = self.next_reader.checked_add(1).unwrap_or(FIRST_READER);
            return Answer::Live(response.map(|_| Body::Empty), live);
        }
        self.next_reader = self.next_reader.checked_add(1).unwrap_or(FIRST_READER);
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        let held_back = Arc::new(AtomicBool::new(false));
        let entry = Reader {
            source,
            pieces: sender,
            held_back: held_back.clone(),
        };
        self.readers.insert(reader, entry);
        self.pump(reader);
        let head = response.map(|_| Body::Empty);
        let live = Live {
            pieces,
            held_back,
            reader,
            real: false,
        };
        Answer::Live(head, live)
    }

    /// Lets the node serve a stream, or a server elsewhere, where it was asked for one.
    fn ask_node(&mut self, stream: StreamId, reader: ReaderId) -> Option<Live> {
        let mut asked = self.cluster.take_remote_requests().into_iter();
        let request = asked.find(|r| r.stream == stream)?;
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        let (input, inputs) = mpsc::unbounded_channel();
        if let (NodeCall::Elsewhere, Some(asked)) = (request.call, &request.relay) {
            let asked = relay::relay((**asked).clone(), sender, inputs);
            self.calls.0.spawn(asked);
            self.cluster.close_stream(stream);
            self.inputs.insert(reader, input);
            return Some(Live {
                pieces,
                held_back: Arc::default(),
                reader,
                real: true,
            });
        }
        let own = self.node.as_ref().filter(|n| n.name() == request.node);
        let answered = match own {
            Some(node) => node.answer(&request, sender, inputs),
            None => joined::begin(&self.cluster, &request, &self.calls.0, sender, inputs),
        };
        if let Err(why) = answered {
            self.cluster.refuse_remote_request(&request, why);
            return None;
        }
        self.cluster.close_stream(stream);
        self.inputs.insert(reader, input);
        Some(Live {
            pieces,
            held_back: Arc::default(),
            reader,
            real: true,
        })
    }

    /// Gives the node its turn; whether it wanted one.
    fn turn_node(&mut self) -> bool {
        let Some(node) = &mut self.node else {
            return false;
        };
        let now = self.cluster.now();
        let turned = node.turn(now, &mut self.cluster.connect());
        if let Some(usage) = node.take_usage() {
            self.cluster.set_remote_usage(node.name(), usage);
        }
        turned
    }

    fn close(&mut self, reader: ReaderId) {
        self.inputs.remove(&reader);
        match self.readers.remove(&reader).map(|r| r.source) {
            Some(Source::Watch(id)) => self.cluster.close_watch(id),
            Some(Source::Stream(id)) => self.cluster.close_stream(id),
            None => {}
        }
    }

    fn deliver(&mut self) {
        for reader in self.cluster.take_woken() {
            match &mut self.node {
                Some(node) if node.is(reader) => node.wake(),
                _ => self.pump(reader),
            }
        }
    }

    /// Hands a reader what has arrived, as far as its channel takes it.
    fn pump(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.get(&id) else {
            return;
        };
        let mut over = false;
        while !over {
            let Ok(place) = reader.pieces.try_reserve() else {
                reader.held_back.store(true, Ordering::Release);
                // The reader may have made room in between, and then asks no more.
                if reader.pieces.capacity() == 0 || reader.pieces.is_closed() {
                    return;
                }
                continue;
            };
            let piece = match reader.source {
                Source::Watch(watch) => {
                    let events = events(&mut self.cluster, watch);
                    over = events.iter().any(|e| e.kind == WatchType::Error);
                    let revision = self.cluster.api().revision();
                    (!events.is_empty()).then_some(Piece::Events(events, revision))
                }
                Source::Stream(stream) => match self.cluster.poll_stream(stream) {
                    Ok(bytes) => bytes.map(Piece::Bytes),
                    Err(why) => {
                        over = true;
                        why.map(Piece::Failed)
                    }
                },
            };
            match piece {
                Some(piece) => place.send(piece),
                None if over => {}
                None => return,
            }
        }
        self.close(id);
    }

    fn send_bookmarks(&mut self) {
        if Instant::now() < self.bookmarks_at {
            return;
        }
        self.bookmarks_at = Instant::now() + BOOKMARK_EVERY;
        for reader in self.readers.values() {
            if let Source::Watch(id) = reader.source {
                self.cluster.bookmark_watch(id);
            }
        }
    }
}

/// The next events of a watch, as many as go into one piece.
fn events(cluster: &mut Cluster, watch: WatchId) -> Vec<WatchEvent> {
    let mut events = Vec::new();
    while events.len() < EVENTS_PER_PIECE {
        match cluster.poll_watch(watch) {
            Some(event) => events.push(event),
            None => break,
        }
    }
    events
}
