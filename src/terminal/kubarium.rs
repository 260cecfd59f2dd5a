//! `kubarium`: what is done to the simulated machines themselves, which no API call expresses.

use super::wire::Wire;
use crate::kubectl::Io;
use std::rc::Rc;

/// Something to do to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Switch it off.
    Stop(String),
    /// Switch it on.
    Start(String),
    /// Cut it off the network.
    Cut(String),
    /// Join it to the network again.
    Mend(String),
    /// Add so many.
    Add(u32),
    /// Take it away for good.
    Remove(String),
    /// End a container as a crash does.
    Crash {
        /// The pod's namespace.
        namespace: String,
        /// The pod.
        pod: String,
        /// The container, or "" for the first one that runs.
        container: String,
    },
}

const USAGE: &str = "\
kubarium acts on the simulated machines, below the Kubernetes API.

Usage:
  kubarium node stop NAME      switch a node's machine off
  kubarium node start NAME     switch it on again
  kubarium node cut NAME       cut it off the network
  kubarium node mend NAME      join it to the network again
  kubarium node add [COUNT]    add a worker, or so many
  kubarium node remove NAME    take a machine away; its Node object stays
  kubarium crash POD [-c CONTAINER] [-n NAMESPACE]
                               end a container as a crash does
";

/// Runs one command line and gives its exit code.
pub async fn run(args: Vec<String>, io: Rc<dyn Io>, wire: Wire) -> i32 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    if matches!(words[..], [] | ["help" | "--help" | "-h"]) {
        io.stdout(USAGE);
        return 0;
    }
    let namespace = io.env("NS").filter(|namespace| !namespace.is_empty());
    if let ["node", "add", count] = words[..]
        && many(count).is_none()
    {
        io.stderr(&format!(
            "error: {count:?} is no number of machines: want 1 or more\n"
        ));
        return 1;
    }
    let Some(order) = parse(&words, namespace.as_deref().unwrap_or("default")) else {
        io.stderr(&format!(
            "error: unknown command \"{}\"\n\n{USAGE}",
            words.join(" ")
        ));
        return 1;
    };
    match wire.order(order).await {
        Ok(said) => {
            io.stdout(&format!("{said}\n"));
            0
        }
        Err(said) => {
            io.stderr(&format!("error: {said}\n"));
            1
        }
    }
}

/// Reads the words of a command line; a pod stands in `namespace` unless they say otherwise.
pub fn parse(words: &[&str], namespace: &str) -> Option<Order> {
    match words {
        ["node", "add"] => Some(Order::Add(1)),
        ["node", "add", count] => many(count).map(Order::Add),
        ["node", verb, name] => {
            let order = match *verb {
                "stop" => Order::Stop,
                "start" => Order::Start,
                "cut" => Order::Cut,
                "mend" => Order::Mend,
                "remove" => Order::Remove,
                _ => return None,
            };
            Some(order((*name).to_owned()))
        }
        ["crash", rest @ ..] => crash(rest, namespace),
        _ => None,
    }
}

/// How many machines are to be added.
fn many(count: &str) -> Option<u32> {
    count.parse().ok().filter(|n| *n > 0)
}

fn crash(mut words: &[&str], namespace: &str) -> Option<Order> {
    let (mut pod, mut container, mut namespace) = ("", "", namespace);
    loop {
        words = match words {
            [] => break,
            ["-c" | "--container", name, rest @ ..] => {
                container = name;
                rest
            }
            ["-n" | "--namespace", name, rest @ ..] => {
                namespace = name;
                rest
            }
            [name, rest @ ..] if pod.is_empty() && !name.starts_with('-') => {
                pod = name.strip_prefix("pod/").unwrap_or(name);
                rest
            }
            _ => return None,
        };
    }
    (!pod.is_empty()).then(|| Order::Crash {
        namespace: namespace.to_owned(),
        pod: pod.to_owned(),
        container: container.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        let read = |line: &str| parse(&line.split(' ').collect::<Vec<_>>(), "default");
        assert_eq!(read("node add"), Some(Order::Add(1)));
        assert_eq!(read("node add 40"), Some(Order::Add(40)));
        assert_eq!(
            read("node stop worker-1"),
            Some(Order::Stop("worker-1".into()))
        );
        let crash = Order::Crash {
            namespace: "shop".into(),
            pod: "web".into(),
            container: "nginx".into(),
        };
        assert_eq!(read("crash -n shop pod/web -c nginx"), Some(crash));
        for bad in [
            "node",
            "node add 0",
            "node add x",
            "node burn x",
            "crash",
            "crash -c",
            "crash a b",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
