//! The cluster as its administrator's terminal reaches it.

use crate::apimachinery::Timestamp;
use crate::apimachinery::http::{Body, Request, Response, StreamId, WatchEvent, WatchId};
use crate::apiserver::{ACCOUNT_ATTEMPTS, ACCOUNT_RETRY, awaits_account, awaits_webhooks};
use crate::cluster::{Cluster, machines::MOST};
use crate::kubectl::TransportError;
use crate::shell::net::{Answer, Exchange};
use crate::terminal::{Backend, Order};
use std::time::Duration;

/// How long to wait before a request is sent again that awaits webhooks.
const WEBHOOK_RETRY: Duration = Duration::from_millis(20);

/// A connection of the cluster's administrator.
pub struct Admin<'a> {
    cluster: &'a mut Cluster,
    desk: u32,
    changed: bool,
}

impl<'a> Admin<'a> {
    /// A connection through which nothing has gone yet.
    pub fn new(cluster: &'a mut Cluster) -> Self {
        Self::at_desk(cluster, 0)
    }

    /// One of the desk of this number, which has a workstation of its own.
    pub fn at_desk(cluster: &'a mut Cluster, desk: u32) -> Self {
        Self {
            cluster,
            desk,
            changed: false,
        }
    }

    /// Whether something was changed through it: an object, a machine, or what runs in a container.
    pub fn has_changed(&self) -> bool {
        self.changed
    }
}

impl Backend for Admin<'_> {
    fn now(&self) -> Timestamp {
        self.cluster.now()
    }
    fn send(&mut self, request: Request) -> Result<Response, TransportError> {
        let refused = || TransportError::Refused("127.0.0.1:6443".to_owned());
        let path = request.uri().path();
        self.changed |= path.ends_with("/exec") || path.ends_with("/attach");
        let before = self.cluster.api().revision();
        let response = self.cluster.request_as_admin(request);
        self.changed |= self.cluster.api().revision() != before;
        response.map_err(|_| refused())
    }
    fn wait_before(&self, response: &Response, tried: u32) -> Option<Duration> {
        let awaits_webhooks =
            matches!(response.body(), Body::Tree(status) if awaits_webhooks(status));
        // Their calls have time limits.
        if awaits_webhooks {
            return Some(WEBHOOK_RETRY);
        }
        (tried < ACCOUNT_ATTEMPTS && awaits_account(response)).then_some(ACCOUNT_RETRY)
    }
    fn poll_watch(&mut self, id: WatchId) -> Option<WatchEvent> {
        self.cluster.poll_watch(id)
    }
    fn poll_stream(&mut self, id: StreamId) -> Result<Option<Vec<u8>>, Option<String>> {
        self.cluster.poll_stream(id)
    }
    fn write_stream(&mut self, id: StreamId, message: &[u8]) {
        self.changed = true;
        self.cluster.write_stream(id, message);
    }
    fn send_exchange(&mut self, exchange: Exchange) {
        self.cluster.send_from_workstation(self.desk, exchange);
    }
    fn take_answers(&mut self) -> Vec<(u64, Answer)> {
        self.cluster.take_workstation_answers(self.desk)
    }
    fn close_watch(&mut self, id: WatchId) {
        self.cluster.close_watch(id);
    }
    fn close_stream(&mut self, id: StreamId) {
        self.cluster.close_stream(id);
    }
    fn order(&mut self, order: Order) -> Result<String, String> {
        let done = carry_out(self.cluster, order);
        self.changed |= done.is_ok();
        done
    }
}

fn add(cluster: &mut Cluster, count: u32) -> Result<String, String> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if cluster.machines().len().saturating_add(count) > MOST {
        return Err(full());
    }
    let names = cluster.add_workers(count);
    let of = |name: Option<&String>| name.cloned().unwrap_or_default();
    let (first, last) = (of(names.first()), of(names.last()));
    // Nodes that joined take of the same room.
    match names.len() {
        0 => Err(full()),
        1 => Ok(format!("machine/{first} added")),
        added => Ok(format!("machine/{first} to machine/{last} added ({added})")),
    }
}

fn full() -> String {
    format!("a cluster has room for {MOST} machines")
}

/// Does something to a machine of the cluster: what came of it, or why not.
pub fn carry_out(cluster: &mut Cluster, order: Order) -> Result<String, String> {
    let known = |cluster: &Cluster, name: &str| {
        if cluster.machines().contains_key(name) {
            Ok(())
        } else {
            Err(format!("machine \"{name}\" not found"))
        }
    };
    match order {
        Order::Add(count) => add(cluster, count),
        Order::Remove(name) => {
            known(cluster, &name)?;
            cluster.remove_machine(&name);
            Ok(format!("machine/{name} removed"))
        }
        Order::Stop(name) => {
            known(cluster, &name)?;
            match cluster.stop_machine(&name) {
                true => Ok(format!("machine/{name} stopped")),
                false => Err(format!("machine \"{name}\" is off already")),
            }
        }
        Order::Start(name) => {
            known(cluster, &name)?;
            match cluster.start_machine(&name) {
                true => Ok(format!("machine/{name} started")),
                false => Err(format!("machine \"{name}\" is on already")),
            }
        }
        Order::Cut(name) => {
            known(cluster, &name)?;
            cluster.set_cut(&name, true);
            Ok(format!("machine/{name} cut off the network"))
        }
        Order::Mend(name) => {
            known(cluster, &name)?;
            cluster.set_cut(&name, false);
            Ok(format!("machine/{name} joined to the network"))
        }
        Order::Crash {
            namespace,
            pod,
            container,
        } => match cluster.crash_container(&namespace, &pod, &container) {
            true => Ok(format!("pod/{pod} crashed")),
            false => Err(format!(
                "no container of pod \"{pod}\" in namespace \"{namespace}\" runs under that name"
            )),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cluster::ClusterConfig;
    use crate::terminal::kubarium::parse;
    use crate::tree;
    use crate::view::{commands::actions, frame::Machine, protocol::ObjectRef};

    #[test]
    fn many_workers_come_at_once_as_long_as_there_is_room() {
        let mut cluster = Cluster::new(ClusterConfig::default());
        let said = carry_out(&mut cluster, Order::Add(1));
        assert_eq!(said.as_deref(), Ok("machine/worker-4 added"));
        cluster.remove_machine("worker-2");
        let said = carry_out(&mut cluster, Order::Add(3));
        let wanted = "machine/worker-2 to machine/worker-6 added (3)";
        assert_eq!(said.as_deref(), Ok(wanted));
        assert_eq!(cluster.machines().len(), 7);
        let said = carry_out(&mut cluster, Order::Add(u32::try_from(MOST).expect("few")));
        assert_eq!(said.unwrap_err(), "a cluster has room for 7500 machines");
    }

    #[test]
    fn every_command_that_the_map_offers_can_be_read() {
        let node = ObjectRef::new("v1", "Node", "", "worker-1");
        let pod = ObjectRef::new("v1", "Pod", "shop", "web-1");
        let object = tree!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}});
        for machine in [Machine::On, Machine::Off, Machine::Cut] {
            for subject in [&node, &pod] {
                for action in actions(subject, &object, machine) {
                    if let Some(rest) = action.command.strip_prefix("kubarium ") {
                        let words: Vec<&str> = rest.split(' ').collect();
                        assert!(parse(&words, "default").is_some(), "{rest}");
                    }
                }
            }
        }
    }
}
