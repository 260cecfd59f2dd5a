//! Where the API server is for those inside of the cluster: the endpoint of the service `kubernetes`
//! (`pkg/controlplane/reconcilers`).

use super::cli::{Runtime, Up};
use super::node::{network, prepare};
use crate::apimachinery::http::Body;
use crate::cluster::{Cluster, ClusterConfig};
use crate::tree;
use std::net::Ipv4Addr;

/// The address and port of the API server: the simulated machine's that carries it, or else the real node's, or else `other`.
pub fn of_api(config: &ClusterConfig, args: &Up, other: (Ipv4Addr, u16)) -> (Ipv4Addr, u16) {
    let containerd = args.cluster.containerd_address.as_deref();
    let real = args.cluster.runtime == Runtime::Containerd
        && prepare::socket_of_others(containerd).is_none();
    let carrier = config.carrier_address();
    let ip = carrier.or(real.then_some(network::INNER_IP));
    (ip.unwrap_or(other.0), other.1)
}

/// Lets the service `kubernetes` lead there, where it was kept with another address.
pub fn advertise(cluster: &mut Cluster, (ip, port): (Ipv4Addr, u16)) {
    let ip = ip.to_string();
    let endpoints = tree!({"subsets": [{
        "addresses": [{"ip": ip.as_str()}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}]
    }]});
    let slice = tree!({
        "endpoints": [{"addresses": [ip.as_str()], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}]
    });
    for (path, patch) in [
        ("/api/v1/namespaces/default/endpoints/kubernetes", endpoints),
        (
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
            slice,
        ),
    ] {
        let request = http::Request::patch(path)
            .header(http::header::CONTENT_TYPE, "application/merge-patch+json")
            .body(Body::Tree(patch));
        // What is as it should be is not written again.
        let answer = request.map(|request| cluster.request_as_admin(request));
        if !matches!(answer, Ok(Ok(answer)) if answer.status().is_success()) {
            tracing::warn!("the service kubernetes does not lead to {ip}:{port}");
        }
    }
}
