//! `kubarium snapshot`: a cluster as a file with which another one can begin, here or in the page.

use super::authn::Sender;
use super::cli::{Save, Snapshot};
use super::driver::Moment;
use super::exchange::{Context, OutBody};
use super::store::{self, Store};
use super::{kubeconfig, kubectl};
use crate::apimachinery::Value;
use crate::apimachinery::http::{Body, UserInfo};
use crate::apimachinery::status::Status;
use crate::apiserver::wire;
use crate::cluster::ClusterConfig;
use crate::kubectl::TransportError;
use crate::session::Recording;
use anyhow::{Context as _, anyhow, bail};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use std::io::Write;
use std::path::Path;

/// Where a cluster that runs is asked for itself.
pub const PATH: &str = "/kubarium/snapshot";
/// Whoever may read everything may have it all.
const GROUP: &str = "system:masters";
const TOO_LARGE: &str = "the cluster is too large for a file: 8 MiB is what kubarium and its page read (deleting what is over, such as events and finished jobs, makes it smaller)";

/// Answers a request for [`PATH`] that came with this client certificate.
pub async fn answer(
    request: &Request<Incoming>,
    certificate: &Option<Option<UserInfo>>,
    context: &Context,
) -> Response<OutBody> {
    let headers = request.headers();
    let impersonates = headers
        .keys()
        .any(|name| name.as_str().starts_with("impersonate-"));
    match context.authenticator.sender(certificate, headers) {
        Sender::User(_) if impersonates => {
            return refusal(&Status::failure(
                403,
                "Forbidden",
                "a snapshot is for whoever holds the administrator's credentials, not in the name of somebody else",
            ));
        }
        Sender::User(user) if user.groups.iter().any(|g| g == GROUP) => {}
        Sender::Unauthorized => return refusal(&Status::unauthorized("Unauthorized")),
        _ => {
            return refusal(&Status::failure(
                403,
                "Forbidden",
                "a snapshot holds everything, Secrets too: it needs a client certificate or static token of the group system:masters",
            ));
        }
    }
    if request.method() != Method::GET {
        let status = Status::failure(405, "MethodNotAllowed", "a snapshot can only be read (GET)");
        let mut response = refusal(&status);
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    let Some(moment) = context.cluster.snapshot().await else {
        return refusal(&Status::failure(
            503,
            "ServiceUnavailable",
            "the cluster is stopping",
        ));
    };
    // Managers of fields are worked out, and all is written down, where nobody waits.
    let written = tokio::task::spawn_blocking(move || recording(moment).write()).await;
    match written {
        Ok(Some(bytes)) => answer_with(StatusCode::OK, bytes),
        Ok(None) => refusal(&Status::request_entity_too_large(TOO_LARGE)),
        Err(error) => refusal(&Status::failure(500, "InternalError", error.to_string())),
    }
}

fn recording(moment: Moment) -> Recording {
    let objects = moment.records.into_iter();
    let objects = objects.filter_map(|r| r.object().map(|object| (r.key, object)));
    Recording::of_state(
        moment.config,
        moment.time,
        moment.revision,
        objects.collect(),
    )
}

fn answer_with(status: StatusCode, bytes: Vec<u8>) -> Response<OutBody> {
    let mut response = Response::new(OutBody::Whole(Some(bytes.into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refusal(status: &Status) -> Response<OutBody> {
    let (parts, body) = status.clone().into_response().into_parts();
    answer_with(parts.status, wire::body_bytes(body))
}

/// `kubarium snapshot`.
///
/// # Errors
/// In words for the user, where there is no such cluster, it does not give itself away, is too large, or cannot be written.
pub fn run(args: &Snapshot) -> anyhow::Result<()> {
    let Snapshot::Save(args) = args;
    let dir = match (&args.data_dir, &args.name) {
        (Some(dir), _) => Some(dir.clone()),
        (None, Some(name)) => Some(store::default_dir(name)?),
        (None, None) => None,
    };
    let bytes = match dir {
        Some(dir) => of_kept(&dir)?,
        None => of_running(args)?,
    };
    // What is written now is read later, when it is too late to save it anew.
    Recording::read(&bytes).context("the snapshot cannot be read")?;
    let file = &args.file;
    kubeconfig::write_private(file, &bytes)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let size = bytes.len().div_ceil(1024);
    Ok(writeln!(
        std::io::stdout().lock(),
        "saved {} ({size} KiB); it holds Secrets",
        file.display()
    )?)
}

/// The cluster that is kept in a folder and does not run.
fn of_kept(dir: &Path) -> anyhow::Result<Vec<u8>> {
    let (about, objects) = Store::look(dir)?;
    let Some(objects) = objects else {
        bail!(
            "the cluster in {} never came to be: there is nothing to save",
            dir.display()
        );
    };
    let config: ClusterConfig = serde_json::from_str(&about.config)
        .with_context(|| format!("what is kept in {} cannot be read", dir.display()))?;
    let recording = Recording::of_state(config, objects.time, objects.revision, objects.objects);
    recording.write().context(TOO_LARGE)
}

/// The cluster that a kubeconfig names.
fn of_running(args: &Save) -> anyhow::Result<Vec<u8>> {
    let config = match &args.kubeconfig {
        Some(path) => Some(path.clone()),
        None if std::env::var_os("KUBECONFIG").is_some_and(|v| !v.is_empty()) => None,
        None => Some(kubeconfig::default_path()?),
    };
    let mut words = vec!["version".to_owned()];
    if let Some(path) = config {
        if !path.exists() {
            bail!(
                "there is no kubeconfig {}: --kubeconfig names one, --name or --data-dir a cluster that does not run",
                path.display()
            );
        }
        words.push(format!("--kubeconfig={}", path.to_string_lossy()));
    }
    words.extend(args.context.iter().map(|c| format!("--context={c}")));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tasks = tokio::task::LocalSet::new();
    let request = Request::get(PATH).body(Body::Empty)?;
    let answer = tasks.block_on(&runtime, async {
        let transport = kubectl::reach(&words);
        transport.send(request).await
    });
    let answer = answer.map_err(|error| match error {
        TransportError::Refused(host) => anyhow!(
            "nothing listens on {host}: a cluster that does not run is saved by --name or --data-dir"
        ),
        TransportError::Other(why) => anyhow!(why),
    })?;
    let status = answer.status();
    let bytes = wire::body_bytes(answer.into_body());
    if status.is_success() {
        return Ok(bytes);
    }
    let said = Value::from_json(&bytes).unwrap_or_default();
    match said.get("message").str() {
        _ if status == StatusCode::NOT_FOUND => {
            bail!("the server is no kubarium that saves snapshots (404)")
        }
        "" => bail!("the server answers {status}"),
        why => bail!("the server refuses: {why}"),
    }
}
