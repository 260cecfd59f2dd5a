//! The way of the provisioner of local volumes to real nodes: it asks their kubelets' own servers for folders, through the API server.

use super::driver::{Answer, Handle, Piece};
use super::node::provisioning::PATH;
use crate::api::folders::{FolderTask, NodeFolders};
use crate::apimachinery::http::{Body, Relayed, Request, Response, UserInfo};
use crate::apiserver::ApiServerConfig;
use http::Method;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

/// How long a node may take (`cmdTimeoutSeconds` of the provisioner's configuration).
const TIME: Duration = Duration::from_secs(120);
/// The longest answer that is read.
const LONGEST: usize = 64 << 10;

/// A task, a node, and the name of a folder.
type Asked = (FolderTask, String, String);

/// What nodes were asked, each with what came of it.
#[derive(Default)]
pub struct Volumes {
    cluster: OnceLock<(Handle, tokio::runtime::Handle)>,
    asked: Mutex<BTreeMap<Asked, Option<Result<String, String>>>>,
    /// Itself, for the tasks that it starts.
    own: Weak<Self>,
}

impl std::fmt::Debug for Volumes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Volumes")
    }
}

impl Volumes {
    /// Lends a cluster that is to be the way to nodes; nothing is asked before it is there ([`Volumes::connect`]).
    pub fn lend(to: &mut ApiServerConfig) -> Arc<Self> {
        let this = Arc::new_cyclic(|own| Self {
            own: own.clone(),
            ..Self::default()
        });
        to.node_folders = Some(this.clone());
        this
    }

    /// Says which cluster's nodes they are. Called where tasks can be started.
    pub fn connect(&self, cluster: &Handle) {
        let tasks = tokio::runtime::Handle::current();
        let _ = self.cluster.set((cluster.clone(), tasks));
    }
}

impl NodeFolders for Volumes {
    fn ask(&self, task: FolderTask, node: &str, folder: &str) -> Option<Result<String, String>> {
        let (cluster, tasks) = self.cluster.get()?;
        let asked = (task, node.to_owned(), folder.to_owned());
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&asked) {
            Some(None) => None,
            Some(Some(_)) => all.remove(&asked).flatten(),
            None => {
                let this = self.own.upgrade()?;
                let cluster = cluster.clone();
                all.insert(asked.clone(), None);
                tasks.spawn(async move {
                    let came = tokio::time::timeout(TIME, send(&cluster, &asked)).await;
                    let late = || "the node does not answer".to_owned();
                    let came = came.unwrap_or_else(|_| Err(late()));
                    let mut all = this.asked.lock().unwrap_or_else(PoisonError::into_inner);
                    all.insert(asked, Some(came));
                });
                None
            }
        }
    }
}

async fn send(cluster: &Handle, (task, node, folder): &Asked) -> Result<String, String> {
    let method = match task {
        FolderTask::Make => Method::PUT,
        FolderTask::Remove => Method::DELETE,
    };
    let mut request = Request::new(Body::Empty);
    *request.method_mut() = method;
    let path = format!("/api/v1/nodes/{node}/proxy{PATH}{folder}");
    *request.uri_mut() = path.parse().map_err(|e| format!("{path}: {e}"))?;
    let user = UserInfo::new(
        "system:local-path-provisioner",
        &["system:masters", "system:authenticated"],
    );
    request.extensions_mut().insert(user);
    let response = match cluster.send(request, None).await {
        Answer::Whole(response) => response,
        Answer::Live(_, mut live) => {
            let mut bytes = Vec::new();
            while let Some(piece) = live.pieces.recv().await {
                match piece {
                    Piece::Bytes(more) if bytes.len() < LONGEST => bytes.extend(more),
                    Piece::Failed(why) => return Err(why),
                    _ => {}
                }
            }
            cluster.close(live.reader);
            Relayed::default().whole(&bytes)?
        }
        Answer::Unauthorized | Answer::Refused => {
            return Err("the API server does not answer".to_owned());
        }
    };
    let code = response.status();
    let text = text_of(response);
    match code.is_success() {
        true => Ok(text),
        false if text.is_empty() => Err(code.to_string()),
        false => Err(text),
    }
}

fn text_of(response: Response) -> String {
    match response.into_body() {
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Body::Tree(status) => status.get("message").str().to_owned(),
        _ => String::new(),
    }
}
