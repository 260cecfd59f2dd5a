//! `kubarium node`: this machine as a node of a cluster whose control plane is on another one. The kubelet, the rules of services and
//! policies and the names are the very ones of a node beside its control plane ([`super::node`]); they reach the API server over HTTPS
//! ([`remote`]) with the node's own certificate ([`credentials`]), and have a thread of their own.

pub mod connection;
pub mod credentials;
pub mod discovery;
pub mod membership;
pub mod remote;
pub mod serving;

use super::cli::{Join, NodeArgs, Output};
use super::node::machine::Machine;
use super::node::prepare::{self, Prepared};
use super::node::runtime::Waker;
use super::node::settings::Settings;
use super::node::{Beginning, Node, containerd, network};
use super::{clock, up};
use connection::Connection;
use credentials::Credentials;
use membership::Membership;
use remote::Remote;
use serving::Question;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

/// The longest sleep where nothing is due.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// `kubarium node join`.
///
/// # Errors
/// Why the machine does not become a node.
pub fn join(args: &Join) -> anyhow::Result<()> {
    start(&args.node, Some(args))
}

/// `kubarium node run`.
///
/// # Errors
/// Why the machine does not go on as a node.
pub fn run(args: &NodeArgs) -> anyhow::Result<()> {
    start(args, None)
}

fn start(args: &NodeArgs, join: Option<&Join>) -> anyhow::Result<()> {
    up::log_to_stderr(args.verbose);
    prepare::check_root("`kubarium node`")?;
    let mut settings = match &args.kubelet_config {
        Some(file) => Settings::read(file)?,
        None => Settings::default(),
    };
    settings.mirrors.clone_from(&args.registry_mirror);
    if let Some(path) = &args.pod_manifest_path {
        settings.static_pods = Some(path.clone());
    }
    if let Some(path) = &settings.static_pods
        && !path.exists()
    {
        bail!("there are no static pods at {}", path.display());
    }
    if prepare::socket_of_others(args.containerd_address.as_deref()).is_none() {
        containerd::check_installed()?;
        network::find_plugins()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    runtime.block_on(serve(args, join, settings))
}

async fn serve(args: &NodeArgs, join: Option<&Join>, settings: Settings) -> anyhow::Result<()> {
    let begin = Instant::now();
    let mut signals = [
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    ];
    let [interrupt, terminate] = &mut signals;
    let ended = tokio::select! {
        ended = serve_until(args, join, settings, begin) => ended,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    };
    // Containers, the network and containerd go on; whoever starts this again takes them over.
    info!("the agent ends; what runs goes on");
    ended
}

async fn serve_until(
    args: &NodeArgs,
    join: Option<&Join>,
    settings: Settings,
    begin: Instant,
) -> anyhow::Result<()> {
    let (folders, claimed) = prepare::claim(&args.name)?;
    let credentials = membership::credentials(&folders, join).await;
    if credentials.is_err() {
        prepare::release(&folders);
    }
    let credentials = credentials?;
    let server = credentials.server.clone();
    let connection = Arc::new(Connection::new(server.clone(), credentials.tls()?, None));
    tokio::spawn(credentials::keep_fresh(
        credentials.clone(),
        folders.clone(),
        connection.clone(),
    ));
    let node_ip = match args.node_ip {
        Some(ip) => ip,
        None => own_address(&server.authority())?,
    };
    let listener = listen(args.kubelet_port, node_ip).await?;
    let port = listener.local_addr()?.port();
    let foreign = prepare::socket_of_others(args.containerd_address.as_deref()).is_some();
    let membership = Membership::take_up(&connection, &credentials.node, foreign).await?;
    let reach = network::Reach {
        services: membership.services,
        api: membership.api,
        pods: membership.pods.clone(),
        machine: Some(node_ip),
    };
    // It is claimed anew there.
    drop(claimed);
    let prepared = Prepared::make(
        &args.name,
        args.containerd_address.as_deref(),
        reach,
        settings,
    )
    .await?;
    if let Some(inside) = prepared.listen_for_api()? {
        tokio::spawn(pass_on(inside, server.authority()));
    }
    let machine = Machine {
        name: credentials.node.clone(),
        ..Machine::this()
    };
    let (sender, commands) = channel();
    let waker = sender.clone();
    let wake: Waker = Arc::new(move || {
        let _ = waker.send(Command::Look);
    });
    let tls = serving::tls(&credentials.ca, &credentials.node, &node_ip.to_string())?;
    let asks: serving::Asks = {
        let sender: Sender<Command> = sender.clone();
        Arc::new(move |question| {
            let _ = sender.send(Command::Ask(Box::new(question)));
        })
    };
    let prepared = Arc::new(prepared);
    let ended = spawn(
        &prepared,
        machine,
        port,
        connection.clone(),
        (wake, commands),
    )
    .await?;
    announce(args.output, &credentials, (node_ip, port), begin)?;
    tokio::select! {
        served = serving::serve(listener, tls, credentials.ca.clone(), asks) => served,
        () = prepared.tend() => Ok(()),
        _ = ended => bail!("the node's thread broke"),
    }
}

/// What the thread of the node is told.
enum Command {
    /// Something has come for it.
    Look,
    /// The API server asks for something.
    Ask(Box<Question>),
}

/// Starts the node on a thread of its own; what ends with that.
async fn spawn(
    prepared: &Arc<Prepared>,
    machine: Machine,
    port: u16,
    connection: Arc<Connection>,
    (wake, commands): (Waker, Receiver<Command>),
) -> anyhow::Result<tokio::sync::oneshot::Receiver<()>> {
    let tasks = tokio::runtime::Handle::current();
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let prepared = prepared.clone();
    let pods = membership::pods_of(&connection, &machine.name).await?;
    std::thread::Builder::new()
        .name("kubelet".into())
        .stack_size(8 << 20)
        .spawn(move || {
            let _over = over;
            let mut api = Remote::new(connection, tasks.clone(), wake.clone());
            let now = clock::wall_time();
            let with = Beginning {
                machine,
                port,
                now,
                seed: seed(),
                api: &mut api,
                pods,
                wake,
                tasks,
            };
            let node = match Node::start(&prepared, with) {
                Ok(node) => node,
                Err(why) => {
                    let _ = ready.send(Err(why));
                    return;
                }
            };
            let _ = ready.send(Ok(()));
            drive(node, api, &commands);
        })?;
    is_ready.await.context("the node's thread broke")??;
    Ok(is_over)
}

/// Gives the node its turns.
fn drive(mut node: Node, mut api: Remote, commands: &Receiver<Command>) {
    let mut next = None;
    loop {
        while let Some(command) = next.take().or_else(|| commands.try_recv().ok()) {
            match command {
                Command::Look => node.wake(),
                Command::Ask(question) => {
                    let Question {
                        request,
                        pieces,
                        input,
                        begun,
                    } = *question;
                    let answered = node.answer(&request, pieces, input);
                    let _ = begun.send(answered);
                }
            }
        }
        let turned = node.turn(clock::wall_time(), &mut api);
        // What it uses is read off its server by those who want to know.
        let _ = node.take_usage();
        if turned {
            continue;
        }
        let now = clock::wall_time();
        let rest = node.next_turn().map_or(LONGEST_REST, |at| at.since(now));
        match commands.recv_timeout(rest.min(LONGEST_REST)) {
            Ok(command) => next = Some(command),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn seed() -> u64 {
    let random = std::hash::RandomState::new();
    std::hash::BuildHasher::hash_one(&random, std::process::id())
}

/// The address of this machine by which the API server's machine reaches it.
fn own_address(server: &str) -> anyhow::Result<Ipv4Addr> {
    match prepare::address_towards(server) {
        Some(IpAddr::V4(ip)) if ip.is_loopback() => bail!(
            "{server} is reached by way of {ip}, which no other machine reaches this one by: a second node on the machine of the control \
             plane needs a network namespace of its own, or --node-ip"
        ),
        Some(IpAddr::V4(ip)) => Ok(ip),
        _ => bail!(
            "it is not known by which IPv4 address {server} reaches this machine: --node-ip says so"
        ),
    }
}

/// Listens for the API server: at the port that was asked for, or at the kubelet's usual one, or else at a free one.
async fn listen(port: Option<u16>, ip: Ipv4Addr) -> anyhow::Result<TcpListener> {
    if let Some(port) = port {
        let address = SocketAddr::from((ip, port));
        return TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address} (--kubelet-port, --node-ip)"));
    }
    match TcpListener::bind((ip, crate::kubelet::server::PORT)).await {
        Ok(listener) => Ok(listener),
        Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
            warn!("port 10250 is taken: the kubelet's server gets another one");
            Ok(TcpListener::bind((ip, 0)).await?)
        }
        Err(e) => Err(e).with_context(|| format!("cannot listen on {ip} (--node-ip)")),
    }
}

/// Leads connections of pods to the API server, bytes as they are: TLS is spoken between the ends.
async fn pass_on(listener: TcpListener, server: String) {
    loop {
        let Ok((mut inside, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let server = server.clone();
        tokio::spawn(async move {
            if let Ok(mut outside) = TcpStream::connect(&server).await {
                let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
            }
        });
    }
}

fn announce(
    output: Output,
    credentials: &Credentials,
    (ip, port): (Ipv4Addr, u16),
    begin: Instant,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let took = begin.elapsed().as_secs_f64();
    let server = format!("https://{}", credentials.server.authority());
    let node = &credentials.node;
    match output {
        Output::Text => writeln!(out, "ready: node {node} of {server} ({took:.2} s)")?,
        Output::Json => {
            let line = serde_json::json!({"ready": true, "node": node, "server": server, "kubelet": format!("{ip}:{port}"), "seconds": took});
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}
