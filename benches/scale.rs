//! How long a Deployment takes from create to all Ready, as fast as possible: CPU time, the time that passed inside, and memory.

use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apimachinery::schema;
use kubarium::cluster::{Cluster, ClusterConfig};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The system's allocator, counting what is in use.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// Safety: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The CPU time of this process, where the system tells it (Linux), or else the time that has passed.
fn cpu() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn create(c: &mut Cluster, replicas: usize) {
    let deployment = kubarium::tree!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}
    });
    let mut r = Request::new(Body::Tree(deployment));
    *r.method_mut() = http::Method::POST;
    *r.uri_mut() = http::Uri::from_static("/apis/apps/v1/namespaces/default/deployments");
    r.extensions_mut()
        .insert(UserInfo::new("bench", &["system:masters"]));
    let answer = c.request(r).map(|a| a.status().as_u16());
    assert_eq!(answer, Ok(201));
}

fn ready(c: &Cluster) -> i64 {
    let deployments = schema::resource("apps", "v1", "deployments").map(|d| {
        c.api()
            .peek_all(d)
            .find(|d| d.name() == "web")
            .cloned()
            .unwrap_or_default()
    });
    deployments
        .unwrap_or_default()
        .at(&["status", "readyReplicas"])
        .as_i64()
        .unwrap_or(0)
}

fn run(nodes: usize, pods: usize) {
    let boot = cpu();
    let mut c = Cluster::boot(ClusterConfig::with_workers(nodes));
    let boot = cpu() - boot;
    let before = (c.now(), c.api().revision(), LIVE.load(Relaxed));
    PEAK.store(before.2, Relaxed);
    let start = cpu();
    create(&mut c, pods);
    let mut steps = 0;
    while ready(&c) < pods as i64 {
        let next = c.now() + Duration::from_millis(500);
        c.advance_to(next);
        steps += 1;
        if steps > 2000 {
            break;
        }
    }
    let took = cpu() - start;
    let live = LIVE.load(Relaxed);
    let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
    // A benchmark's figures go to its standard output.
    #[allow(clippy::print_stdout)]
    {
        println!(
            "{pods} pods on {nodes} nodes: {:.3} s of CPU ({} ready), {:.1} s inside, {} writes; boot {:.3} s; \
             {:.1} MiB after boot, {:.1} MiB now ({} bytes per pod), {:.1} MiB at most",
            took.as_secs_f64(),
            ready(&c),
            c.now().since(before.0).as_secs_f64(),
            c.api().revision() - before.1,
            boot.as_secs_f64(),
            mib(before.2),
            mib(live),
            live.saturating_sub(before.2) / pods,
            mib(PEAK.load(Relaxed)),
        );
    }
}

fn main() {
    run(3, 100);
    run(10, 1000);
    if std::env::args().any(|a| a == "--large") {
        run(100, 10_000);
    }
}
