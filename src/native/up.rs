//! `kubarium up`: makes a cluster, serves it, and takes it down when it is told to.

use super::cli::{Down, Image, Output, Runtime, Up};
use super::exchange::Context;
use super::keeper::Keeper;
use super::node::machine::Machine;
use super::node::prepare::{self, Prepared};
use super::node::settings::Settings;
use super::node::{Beginning, Node, containerd, network};
use super::page::{self, Page, Site};
use super::pki::{self, Authority, Pki};
use super::signer::Signer;
use super::store::{About, Objects, Store};
use super::volumes::Volumes;
use super::{
    add_ons, address, aggregator, authn, clock, driver, joined, kubeconfig, metrics, routes,
    server, store, tokens,
};
use crate::apimachinery::schema;
use crate::apiserver::{ApiServerConfig, Authorization, Plugin};
use crate::cluster::{Cluster, ClusterConfig, Latencies, NodeConfig};
use crate::session::{Recording, service_range};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

/// How long before now a cluster was switched on, so that it has come to rest by now.
const AGE: i64 = 30;

/// Serves a cluster until the process is told to end.
///
/// # Errors
/// Where an option does not make sense, a file cannot be used, or the address is taken.
pub fn run(args: &Up) -> anyhow::Result<()> {
    metrics::start();
    log_to_stderr(args.verbose);
    let begin = Instant::now();
    let recording = read_recording(args)?;
    let config = cluster_config(args, recording.as_ref())?;
    let api = server_config(args, recording.as_ref());
    if !(args.cluster.speed.is_finite() && args.cluster.speed > 0.0) {
        bail!("--speed is a number above 0");
    }
    let settings = check_real(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    runtime.block_on(serve(args, recording, config, api, settings, begin))
}

fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(2, |n| n.get().clamp(1, 4))
}

/// Says on standard error what happens: what is wrong, and the more the more often it was asked for.
pub fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    // A second call changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_target(false)
        .try_init();
}

async fn serve(
    args: &Up,
    recording: Option<Recording>,
    mut config: ClusterConfig,
    mut api: ApiServerConfig,
    settings: Settings,
    begin: Instant,
) -> anyhow::Result<()> {
    // Caught to the end, so that a second one does not break off what the first began.
    let mut signals = [
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    ];
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (--listen chooses another address)",
            args.listen
        )
    })?;
    let address = listener.local_addr()?;
    let Kept {
        about,
        store,
        objects,
    } = Kept::open(args, &mut config)?;
    // The range of services is the cluster's own once it has one.
    if args.server.service_cluster_ip_range.is_none()
        && let Some(range) = objects.as_ref().and_then(|o| service_range(&o.objects))
    {
        api.service_cidr = range;
    }
    api.advertise_address = address::of_api(&config, args, api.advertise_address);
    let advertised = api.advertise_address;
    let reach = network::Reach {
        services: api.service_cidr,
        api: advertised,
        pods: network::POD_CIDR.to_owned(),
        machine: args.cluster.node_ip.or_else(|| reached_at(address)),
    };
    let pki = make_pki(&about.authority, address, &api)?;
    config.root_ca = pki.ca.clone();
    config.start_time = clock::wall_time().secs() - AGE;
    if let Some(recording) = &recording {
        config.start_time = recording.start_for(clock::wall_time().secs());
    }
    if let Some(objects) = &objects {
        // Time never goes back, even where the cluster ran faster than the clock.
        config.start_time = config.start_time.max(objects.time.secs() + 1);
        config.seed = again(config.seed, about.starts);
    }
    api.routes = Some(routes::answer);
    api.certificate_signer = Some(Arc::new(Signer(about.authority.clone())));
    let volumes = Volumes::lend(&mut api);
    joined::set_up(&pki.kubelet_client)?;
    api.front_proxy = Some(aggregator::set_up(&pki.ca)?);
    api.token_signer = Some(tokens::signer(&about.token_key)?);
    let mut static_tokens = match &args.server.token_auth_file {
        Some(path) => authn::read_tokens(path)?,
        None => BTreeMap::new(),
    };
    let site = match &args.site {
        Some(folder) => Some(Site::read(folder)?),
        None => Site::built_in()?,
    };
    let page = site.map(|site| (Page::new(site), page::token(&about.token_key)));
    if let Some((_, token)) = &page {
        static_tokens.insert(token.clone(), page::administrator());
    }
    let ca = server::ca_certificate(&pki)?;
    // As upstream: where everybody may do everything, nobody does so without a name.
    let anonymous = args.server.anonymous_auth
        && !config
            .authorization_mode
            .contains(&Authorization::AlwaysAllow);
    let authenticator = authn::Authenticator::new(ca, static_tokens, anonymous)?;
    let tls = server::tls(&pki)?;

    let name = config.name.clone();
    let real = match args.cluster.runtime {
        Runtime::Simulated => None,
        Runtime::Containerd => {
            prepare::check_no_member(&name)?;
            let address = args.cluster.containerd_address.as_deref();
            Some(Arc::new(
                Prepared::make(&name, address, reach, settings).await?,
            ))
        }
    };
    let revision = objects.as_ref().map(|o| o.revision);
    let is_real = real.is_some();
    let is_new = objects.is_none();
    let make = move || {
        let mut cluster = match (objects, recording) {
            (Some(kept), _) => restored(config, api, kept),
            (None, Some(recording)) => {
                let (cluster, unknown) = recording.play(config, api);
                tell_unknown(unknown);
                cluster
            }
            (None, None) => {
                let mut cluster = Cluster::with_server(config, api);
                cluster.settle();
                cluster
            }
        };
        // Not before: what a page did is done again as it was done there, and what the program writes of itself waits for nobody.
        cluster.call_webhooks();
        let now = clock::wall_time();
        if cluster.now() < now {
            cluster.advance_to(now);
        }
        address::advertise(&mut cluster, advertised);
        if is_real {
            add_ons::keep_simulated(&mut cluster);
        }
        let has_add_ons = cluster.config().add_ons;
        if is_real || has_add_ons {
            add_ons::provide(&mut cluster, is_new && !has_add_ons);
        }
        cluster
    };
    let served = Served {
        args,
        make,
        volumes,
        store,
        revision,
        name,
        address,
        listener,
        pki,
        tls,
        authenticator,
        page,
        begin,
    };
    let ended = tokio::select! {
        ended = served.serve(real.clone(), &mut signals) => ended,
        () = tend(real.as_deref()) => Ok(()),
    };
    if let Some(real) = real {
        info!("taking the node down");
        real.clear(!args.ephemeral).await;
    }
    ended
}

/// Looks after what the node needs.
async fn tend(real: Option<&Prepared>) {
    match real {
        Some(real) => real.tend().await,
        None => std::future::pending().await,
    }
}

/// Everything that a cluster is served with.
struct Served<'a, M> {
    args: &'a Up,
    make: M,
    volumes: Arc<Volumes>,
    store: Option<Store>,
    revision: Option<u64>,
    name: String,
    address: SocketAddr,
    listener: TcpListener,
    pki: Pki,
    tls: tokio_rustls::TlsAcceptor,
    authenticator: authn::Authenticator,
    /// The web page, and its visitors' token.
    page: Option<(Page, String)>,
    begin: Instant,
}

impl<M: FnOnce() -> Cluster + Send + 'static> Served<'_, M> {
    /// Serves it until one of the signals comes.
    async fn serve(
        self,
        real: Option<Arc<Prepared>>,
        signals: &mut [tokio::signal::unix::Signal; 2],
    ) -> anyhow::Result<()> {
        let Self {
            args,
            make,
            volumes,
            store,
            revision,
            name,
            address,
            listener,
            pki,
            tls,
            authenticator,
            page,
            begin,
        } = self;
        let [interrupt, terminate] = signals;
        let (keeper, keeping) = match store {
            Some(store) => {
                let (keeper, thread) = Keeper::start(store, revision)?;
                (Some(keeper), Some(thread))
            }
            None => (None, None),
        };
        // Before any pod can look for it.
        let inside = match &real {
            Some(real) => real.listen_for_api()?,
            None => None,
        };
        let (cluster, ready, thread) =
            driver::start(make, args.cluster.speed, keeper, make_node(&real))?;
        ready.await.context("the cluster's thread ended")??;
        volumes.connect(&cluster);
        let path = match &args.kubeconfig {
            Some(path) => path.clone(),
            None => kubeconfig::default_path()?,
        };
        let url = format!("https://{}", reachable(address));
        kubeconfig::merge(&path, &name, &url, &pki)?;

        let (page, token) = page.unzip();
        let page_address = token.map(|token| page::address(&url, &token));
        let context = Arc::new(Context {
            cluster: cluster.clone(),
            authenticator,
            page,
        });
        let (stop, stopped) = watch::channel(false);
        let listeners = [Some(listener), inside].into_iter().flatten();
        let serving: Vec<_> = listeners
            .map(|l| {
                tokio::spawn(server::accept(
                    l,
                    tls.clone(),
                    context.clone(),
                    stopped.clone(),
                ))
            })
            .collect();
        announce(args.output, &path, &url, page_address.as_deref(), begin)?;
        let failed = tokio::select! {
            _ = interrupt.recv() => None,
            _ = terminate.recv() => None,
            why = cluster.kept().failed() => Some(why),
        };
        info!("stopping");
        stop.send(true)?;
        for listener in serving {
            listener.await?;
        }
        cluster.stop();
        if let Some(why) = failed {
            bail!("the cluster's state can no longer be kept: {why}");
        }
        if keeping.is_some() || real.is_some() {
            // With the cluster's thread ends what the keeper is given.
            let ended = tokio::task::spawn_blocking(move || {
                (thread.join(), keeping.map(std::thread::JoinHandle::join))
            })
            .await?;
            if ended.0.is_err() || ended.1.is_some_and(|e| e.is_err()) {
                bail!("a thread of the cluster broke");
            }
        }
        Ok(())
    }
}

/// Refuses what cannot be had with real containers, and reads how this machine's kubelet behaves.
fn check_real(args: &Up) -> anyhow::Result<Settings> {
    let cluster = &args.cluster;
    if cluster.runtime == Runtime::Simulated {
        for (given, option) in [
            (cluster.node_ip.is_some(), "--node-ip"),
            (cluster.containerd_address.is_some(), "--containerd-address"),
            (cluster.kubelet_config.is_some(), "--kubelet-config"),
            (cluster.pod_manifest_path.is_some(), "--pod-manifest-path"),
            (!cluster.registry_mirror.is_empty(), "--registry-mirror"),
        ] {
            if given {
                bail!("{option} is for --runtime containerd");
            }
        }
        return Ok(Settings::default());
    }
    prepare::check_root("--runtime containerd")?;
    #[expect(
        clippy::float_cmp,
        reason = "it is what the option's default is read as"
    )]
    if args.cluster.speed != 1.0 {
        bail!("real containers run in real time: --speed is not for --runtime containerd");
    }
    let mut settings = match &cluster.kubelet_config {
        Some(file) => Settings::read(file)?,
        None => Settings::default(),
    };
    settings.mirrors.clone_from(&cluster.registry_mirror);
    if let Some(path) = &cluster.pod_manifest_path {
        settings.static_pods = Some(path.clone());
    }
    if let Some(path) = &settings.static_pods
        && !path.exists()
    {
        bail!("there are no static pods at {}", path.display());
    }
    Ok(settings)
}

/// How the cluster's thread makes the real node.
fn make_node(real: &Option<Arc<Prepared>>) -> Option<driver::MakeNode> {
    let real = real.clone()?;
    let tasks = tokio::runtime::Handle::current();
    Some(Box::new(move |cluster, wake| {
        if cluster.now().since(clock::wall_time()) > Duration::from_secs(5) {
            bail!(
                "the cluster's time is ahead of the clock, as it ran faster before; real containers need another cluster (--data-dir, --ephemeral)"
            );
        }
        let machine = Machine::this();
        if cluster.machines().contains_key(&machine.name) {
            bail!(
                "a simulated node has this machine's name, {:?}",
                machine.name
            );
        }
        cluster.add_remote_node(&machine.name);
        let pods = schema::resource("", "v1", "pods").context("a built-in resource")?;
        let pods = cluster.api().peek_all(pods);
        let pods = pods.filter(|p| p.at(&["spec", "nodeName"]).str() == machine.name);
        let with = Beginning {
            pods: pods.cloned().collect(),
            machine,
            port: crate::kubelet::server::PORT,
            now: cluster.now(),
            seed: cluster.config().seed,
            api: &mut cluster.connect(),
            wake,
            tasks,
        };
        Node::start(&real, with)
    }))
}

/// `kubarium down`.
///
/// # Errors
/// Where something is in the way.
pub fn down(args: &Down) -> anyhow::Result<()> {
    log_to_stderr(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let found = runtime.block_on(prepare::remove(&args.name))?;
    let mut out = std::io::stdout().lock();
    match found {
        true => writeln!(out, "the real node of {} is removed", args.name)?,
        false => writeln!(out, "{} has left nothing on this machine", args.name)?,
    }
    Ok(())
}

/// `kubarium image`.
///
/// # Errors
/// Where no node runs, or its runtime refuses.
pub fn image(args: &Image) -> anyhow::Result<()> {
    let Image::Load { file, name } = args;
    if !file.is_file() {
        bail!("there is no file {}", file.display());
    }
    prepare::check_root("`kubarium image load`")?;
    let said = containerd::import(&prepare::socket_of(name)?, file)?;
    prepare::note_loaded(name, &said)?;
    Ok(write!(std::io::stdout().lock(), "{said}")?)
}

/// What was kept of the cluster, and where it is kept.
struct Kept {
    about: About,
    store: Option<Store>,
    objects: Option<Objects>,
}

impl Kept {
    /// Opens what the options name. Where they do not say what the cluster is made of, `config` becomes what it was before.
    fn open(args: &Up, config: &mut ClusterConfig) -> anyhow::Result<Self> {
        let made = serde_json::to_string(config)?;
        let make = || {
            Ok(About {
                config: made.clone(),
                authority: Authority::make()?,
                token_key: tokens::make()?,
                starts: 0,
            })
        };
        if args.ephemeral {
            return Ok(Self {
                about: make()?,
                store: None,
                objects: None,
            });
        }
        let dir = match &args.data_dir {
            Some(dir) => dir.clone(),
            // An API server without machines is no cluster that goes on another time with machines.
            None if args.cluster.nodes == Some(0) => {
                let kind = match args.cluster.runtime {
                    Runtime::Simulated => "-api",
                    Runtime::Containerd => "-node",
                };
                store::default_dir(&[&config.name, kind].concat())?
            }
            None => store::default_dir(&config.name)?,
        };
        let (store, mut about) = Store::open(&dir, make)?;
        let objects = store.objects()?;
        if args.cluster.from.is_some() && objects.is_some() {
            bail!(
                "a cluster is kept already where this one would be: --data-dir names another folder, --ephemeral keeps none"
            );
        }
        if args.cluster.describes() {
            about.config = made;
            store.write_about(&about)?;
        } else {
            let kept: ClusterConfig = serde_json::from_str(&about.config)
                .with_context(|| format!("what is kept in {} cannot be read", dir.display()))?;
            let now = std::mem::replace(config, kept);
            // What only this start says.
            config.controllers = now.controllers;
            config.scheduler = now.scheduler;
            config.node_monitor_grace_period = now.node_monitor_grace_period;
            if !args.server.authorization_mode.is_empty() {
                config.authorization_mode = now.authorization_mode;
            }
        }
        info!(
            "the cluster is kept in {} (start {}, {} objects)",
            dir.display(),
            about.starts,
            objects.as_ref().map_or(0, |o| o.objects.len())
        );
        Ok(Self {
            about,
            store: Some(store),
            objects,
        })
    }
}

/// The cluster as it was kept, once its control plane answers.
fn restored(config: ClusterConfig, api: ApiServerConfig, kept: Objects) -> Cluster {
    let (mut cluster, unknown) = Cluster::restored(config, api, kept.revision, kept.objects);
    tell_unknown(unknown);
    cluster.wait_for_api();
    cluster
}

fn tell_unknown(keys: Vec<String>) {
    for key in keys {
        warn!("{key} is kept, but nothing defines what it is");
    }
}

/// The seed of a later start: another one each time, so that names and UIDs do not come again.
fn again(seed: u64, starts: u64) -> u64 {
    seed ^ starts.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The address by which other machines reach what listens here; none where none does.
fn reached_at(address: SocketAddr) -> Option<Ipv4Addr> {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => prepare::address_towards("192.0.2.1:9")?,
        ip => ip,
    };
    match ip {
        IpAddr::V4(ip) if !ip.is_loopback() => Some(ip),
        _ => None,
    }
}

/// The address that clients use: one of this machine where all are served.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, address.port())
}

fn make_pki(
    authority: &Authority,
    address: SocketAddr,
    api: &ApiServerConfig,
) -> anyhow::Result<Pki> {
    let mut names: Vec<String> = ["localhost", "kubernetes", "kubernetes.default"]
        .map(str::to_owned)
        .to_vec();
    names.push("kubernetes.default.svc".to_owned());
    names.push("kubernetes.default.svc.cluster.local".to_owned());
    let first = u32::from(api.service_cidr.0) + 1;
    let mut addresses: Vec<IpAddr> = vec![
        Ipv4Addr::LOCALHOST.into(),
        Ipv6Addr::LOCALHOST.into(),
        Ipv4Addr::from(first).into(),
        api.advertise_address.0.into(),
    ];
    let reached = reached_at(address).map(IpAddr::V4);
    for own in [Some(reachable(address).ip()), reached]
        .into_iter()
        .flatten()
    {
        if !addresses.contains(&own) {
            addresses.push(own);
        }
    }
    pki::issue(authority, &names, &addresses)
}

fn announce(
    output: Output,
    path: &Path,
    url: &str,
    page: Option<&str>,
    begin: Instant,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let took = begin.elapsed().as_secs_f64();
    match output {
        Output::Text => {
            writeln!(out, "export KUBECONFIG={}", quoted(&path.to_string_lossy()))?;
            if let Some(page) = page {
                writeln!(out, "page: {page}")?;
            }
            writeln!(out, "ready: {url} ({took:.2} s)")?;
        }
        Output::Json => {
            let line = serde_json::json!({"ready": true, "server": url, "page": page, "kubeconfig": path, "seconds": took});
            writeln!(out, "{line}")?;
        }
    }
    Ok(out.flush()?)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What was saved as a file, where it is to be gone on with.
fn read_recording(args: &Up) -> anyhow::Result<Option<Recording>> {
    let Some(path) = &args.cluster.from else {
        return Ok(None);
    };
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = Recording::read(&bytes);
    Ok(Some(read.with_context(|| {
        format!("cannot go on with {}", path.display())
    })?))
}

/// What the cluster is made of, as the options say.
fn cluster_config(args: &Up, from: Option<&Recording>) -> anyhow::Result<ClusterConfig> {
    let modes = &args.server.authorization_mode;
    let args = &args.cluster;
    let mut config = match (&args.profile, &args.config) {
        (Some(name), _) => ClusterConfig::profile(name).with_context(|| {
            format!("there is no profile {name:?}; there are default and reference")
        })?,
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            serde_yaml::from_str(&text)
                .with_context(|| format!("{} describes no cluster", path.display()))?
        }
        (None, None) => from.map(Recording::config).unwrap_or_default(),
    };
    if let Some(n) = args.nodes {
        set_nodes(&mut config, n)?;
    }
    if let Some(seed) = args.seed {
        config.seed = seed;
    }
    if args.instant {
        // A node that joins is no part of what pods wait for; clusters come to rest before they are served.
        config.latencies = Latencies {
            node_network_ms: config.latencies.node_network_ms,
            ..Latencies::none()
        };
    }
    config.controllers.clone_from(&args.controllers);
    config.scheduler = args.scheduler;
    if let Some(seconds) = args.node_monitor_grace_period {
        config.node_monitor_grace_period = seconds;
    }
    if !modes.is_empty() {
        config.authorization_mode.clone_from(modes);
    }
    if !config.scheduler || config.controllers != ["*"] {
        // Nobody would place or run them.
        config.add_ons = false;
    }
    Ok(config)
}

/// Makes it `n` workers like those that are there; without any, the control plane has no machine either.
fn set_nodes(config: &mut ClusterConfig, n: usize) -> anyhow::Result<()> {
    if n > 5_000 {
        bail!("--nodes is 5000 at most");
    }
    let (mut kept, workers): (Vec<_>, Vec<_>) = std::mem::take(&mut config.nodes)
        .into_iter()
        .partition(|c| c.control_plane);
    if n == 0 {
        (config.add_ons, config.control_plane_pods) = (false, false);
        return Ok(());
    }
    let like = workers.last().cloned().unwrap_or(NodeConfig {
        name: "worker-1".into(),
        cpu: "4".into(),
        memory: "8Gi".into(),
        pods: 110,
        ..NodeConfig::default()
    });
    let digits = |c: char| c.is_ascii_digit();
    let stem = like.name.trim_end_matches(digits).to_owned();
    for i in 1..=n {
        kept.push(workers.get(i - 1).cloned().unwrap_or_else(|| {
            let labels = like.labels.iter().map(|(k, v)| {
                let v = match v.trim_end_matches(digits) {
                    stem if stem.len() < v.len() => format!("{stem}{i}"),
                    _ => v.clone(),
                };
                (k.clone(), v)
            });
            NodeConfig {
                name: format!("{stem}{i}"),
                labels: labels.collect(),
                ..like.clone()
            }
        }));
    }
    config.nodes = kept;
    Ok(())
}

fn server_config(args: &Up, from: Option<&Recording>) -> ApiServerConfig {
    let args = &args.server;
    let default = ApiServerConfig::default();
    let range = args.service_cluster_ip_range;
    let range = range.or_else(|| from.and_then(Recording::service_range));
    let enabled = |p: &Plugin| {
        !args.disable_admission_plugins.contains(p) || args.enable_admission_plugins.contains(p)
    };
    ApiServerConfig {
        admission: Plugin::ALL.into_iter().filter(enabled).collect(),
        feature_gates: args
            .feature_gates
            .iter()
            .filter(|(_, on)| *on)
            .map(|(gate, _)| *gate)
            .collect(),
        service_cidr: range.unwrap_or(default.service_cidr),
        ..default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_added_and_taken_away() {
        let names = |profile: &str, n: usize| {
            let mut config = ClusterConfig::profile(profile).expect("there");
            set_nodes(&mut config, n).expect("fine");
            config
                .nodes
                .iter()
                .map(|c| c.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("default", 1), ["control-plane", "worker-1"]);
        assert_eq!(names("default", 4)[4], "worker-4");
        assert_eq!(names("reference", 2), ["node-1", "node-2"]);
        assert!(names("default", 0).is_empty());
        let mut config = ClusterConfig::reference();
        set_nodes(&mut config, 5).expect("fine");
        assert_eq!(config.nodes[4].labels[0].1, "zone-5");
        assert!(set_nodes(&mut config, 1_000_000).is_err());
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("/home/me/.kube/config"), "/home/me/.kube/config");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }
}
