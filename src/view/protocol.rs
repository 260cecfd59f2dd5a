//! Messages between the page and the worker that runs the cluster.
//!
//! What the page asks for is JSON, as records keep it; what it is told are the bytes of the `postcard` format, without names,
//! because both ends are the same program: so fields must not be left out. The page never holds the cluster: it sends what the user wants
//! ([`ToWorker`]) and is told what changed since the last frame ([`FromWorker`]), keyed, so that a
//! frame's cost follows what changed and not how much there is.

use super::frame::Frame;
use super::inspect::Inspection;
use serde::{Deserialize, Serialize};

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Starts (or restores) the cluster; always the first message.
    Init(Init),
    /// Answered at once by [`FromWorker::Pong`] with the same number.
    Ping { id: u32 },
    /// Pause, resume, step, speed.
    Clock(ClockCommand),
    /// The tab became visible or hidden: a hidden tab gets no frames.
    Visible { visible: bool },
    /// Something typed into a terminal tab.
    Terminal { tab: u32, input: TerminalInput },
    /// What can stand at the cursor; answered by [`FromWorker::TerminalCompletion`].
    TerminalComplete {
        tab: u32,
        id: u32,
        line: String,
        cursor: usize,
    },
    /// A click, as the command it equals: printed and run in a terminal tab.
    Run { tab: u32, command: String },
    /// Sends the editor's documents to the API server; answered by [`FromWorker::Applied`].
    Apply {
        id: u32,
        text: String,
        dry_run: bool,
    },
    /// Opens (`Some`) or closes the inspector; answered by [`FromWorker::Inspection`], again
    /// whenever the object changes.
    Inspect { subject: Option<ObjectRef> },
    /// Follows a container's log (`Some`) or stops; answered by [`FromWorker::Log`] as it grows.
    Logs { of: Option<LogRequest> },
    /// Checks the editor's text; answered by [`FromWorker::Diagnostics`].
    EditorCheck { id: u32, text: String },
    /// Completion at a byte offset; answered by [`FromWorker::EditorCompletion`].
    EditorComplete {
        id: u32,
        text: String,
        offset: usize,
    },
    /// Hover at a byte offset; answered by [`FromWorker::EditorHover`].
    EditorHover {
        id: u32,
        text: String,
        offset: usize,
    },
    /// Moves the whole cluster through its own history.
    Travel(Travel),
    /// Asks for all that makes this cluster what it is; answered by [`FromWorker::Record`].
    Share,
}

/// A way through a cluster's history. The same seed and the same inputs make the same history, so each of them boots
/// the cluster anew and does again what was done until then; what is done next begins another branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Travel {
    /// To right before the last command that changed something.
    Undo,
    /// To where the cluster was before the last undo or rewind.
    Redo,
    /// To a moment that has passed, in simulated milliseconds since the Unix epoch.
    Rewind { to_ms: i64 },
}

/// How to boot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Init {
    /// A built-in cluster profile's name, or none for the default one.
    pub profile: Option<String>,
    /// The seed of all chance, or none to draw one.
    pub seed: Option<u64>,
    /// Whether to continue from what the browser has stored.
    pub restore: bool,
    /// A record that somebody shared, to continue from instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

impl Init {
    /// The seed that somebody asks for: a number, or a word, which always means the same one. None for an empty text.
    pub fn seed_of(text: &str) -> Option<u64> {
        if text.is_empty() {
            return None;
        }
        // FNV-1a.
        let hash = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        let of_word = || text.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        Some(text.parse().unwrap_or_else(|_| of_word()))
    }
}

/// The clock's controls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClockCommand {
    Pause,
    Resume,
    /// Lets the next thing happen that is due, then pauses.
    Step,
    /// Simulated seconds per real second, 0.1 and up.
    Speed(f64),
    /// As fast as the machine can.
    FullSpeed,
}

/// What reaches a terminal tab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TerminalInput {
    /// A finished line, without its newline.
    Line(String),
    Interrupt,
    EndOfFile,
    /// The pane's size in character cells.
    Resize {
        columns: u32,
        rows: u32,
    },
    Open,
    Close,
}

/// Names one object as the API does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectRef {
    /// `v1`, `apps/v1`, …
    pub api_version: String,
    pub kind: String,
    /// Empty for cluster-scoped kinds.
    pub namespace: String,
    pub name: String,
}

impl ObjectRef {
    /// Names an object by its parts.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Names an object of a list, whose items do not say what they are.
    pub fn of(object: &crate::apimachinery::Value, api_version: &str, kind: &str) -> Self {
        Self::new(api_version, kind, object.namespace(), object.name())
    }

    /// Where the API serves it; none where the kind is not built in.
    pub fn path(&self) -> Option<String> {
        let (group, version) = crate::apimachinery::meta::split_api_version(&self.api_version);
        let resource = crate::apimachinery::schema::RESOURCES
            .iter()
            .find(|r| r.kind == self.kind && r.group == group && r.version == version)?;
        Some(format!("{}/{}", resource.path(&self.namespace), self.name))
    }
}

/// Which log to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRequest {
    pub namespace: String,
    pub pod: String,
    /// "" for the pod's default container.
    pub container: String,
    /// The log of the container's last run.
    pub previous: bool,
}

/// A piece of a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogChunk {
    pub of: LogRequest,
    /// Whether it begins the log anew.
    pub first: bool,
    pub text: String,
    /// Why there is no (more) log, in the API server's words.
    pub error: Option<String>,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The cluster runs.
    Ready(Ready),
    Pong {
        id: u32,
    },
    /// What changed since the frame before.
    Frame(Frame),
    TerminalOutput {
        tab: u32,
        chunks: Vec<Chunk>,
    },
    /// The tab waits for a line; `text` is the prompt.
    TerminalPrompt {
        tab: u32,
        text: String,
    },
    TerminalCompletion {
        tab: u32,
        id: u32,
        completion: Completion,
    },
    Applied {
        id: u32,
        results: Vec<ApplyResult>,
    },
    /// The inspected object anew.
    Inspection(Box<Inspection>),
    /// The log that [`ToWorker::Logs`] asked for: what came since the last message.
    Log(LogChunk),
    Diagnostics {
        id: u32,
        diagnostics: Vec<Diagnostic>,
    },
    EditorCompletion {
        id: u32,
        completion: Completion,
    },
    EditorHover {
        id: u32,
        hover: Option<Hover>,
    },
    /// Something the user should know; stays until dismissed or replaced by the same `code`.
    Notice(Notice),
    /// Which ways through history are open now.
    Ways(Ways),
    /// The answer to [`ToWorker::Share`]: a record, as text.
    Record(String),
    /// The worker died; nothing comes after this.
    Panic(PanicReport),
}

/// Which ways through history are open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// The command that an undo takes back.
    pub undo: Option<String>,
    pub redo: bool,
}

/// The running cluster's identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    pub seed: u64,
    /// Whether it continues a stored one.
    pub restored: bool,
    /// `v1.36.2`
    pub version: String,
    /// The profile that was asked for.
    pub profile: Option<String>,
    /// It runs in the program that served the page, in a time of its own, and outlives the page.
    pub remote: bool,
}

/// The clock as shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClockState {
    /// Milliseconds since the Unix epoch, simulated.
    pub now_ms: i64,
    pub paused: bool,
    /// Simulated seconds per real second; 0 is as fast as possible.
    pub speed: f64,
    /// The simulation is behind the speed asked for.
    pub behind: bool,
}

/// A piece of terminal output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    pub text: String,
    pub stream: Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// The prompt and the line, as typed or as a click equals.
    Echo,
    Out,
    Err,
}

/// Candidates for the text between two byte offsets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    pub from: usize,
    pub to: usize,
    pub items: Vec<CompletionItem>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompletionItem {
    pub label: String,
    /// The type or kind, shown beside the label.
    pub detail: String,
    /// One or two sentences.
    pub info: String,
    /// What is inserted when it differs from the label.
    pub insert: Option<String>,
}

/// What the API server said of one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplyResult {
    /// `deployment.apps/web created`, or the error as kubectl words it.
    pub message: String,
    pub ok: bool,
    /// 0-based line of the document in the text.
    pub line: usize,
}

/// A mark in the editor's text, in byte offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub from: usize,
    pub to: usize,
    pub severity: Severity,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Info,
}

/// What is known of the field under the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hover {
    pub from: usize,
    pub to: usize,
    /// `spec.template.spec.containers[].image <string>`
    pub title: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Names the notice, so that the page has words for it in each language.
    pub code: NoticeCode,
    /// What the browser said, when it said something.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NoticeCode {
    /// The browser refuses to store anything: the cluster lives as long as the tab.
    StorageRefused,
    /// What was stored cannot be read; a new cluster was started.
    StorageUnreadable,
    /// Another tab keeps the stored cluster; this tab's changes are not kept.
    OtherTab,
    /// The other tab has gone: this one keeps its changes from here on.
    OtherTabGone,
    /// The tab slept; simulated time stood still meanwhile.
    Slept,
    /// There is no profile of that name: the detail's first line is the name, the second the names there are.
    ProfileUnknown,
    /// What was done has outgrown what is stored: the last snapshot, of the simulated time in the detail, stays.
    RecordFull,
    /// The cluster is one that somebody shared: it is not stored.
    Shared,
    /// What was shared cannot be read. The detail's first line says why (`large`, `foreign`, `newer` with its format on the second
    /// line, `damaged` with how on the second line).
    ShareUnreadable,
    /// Objects of what was shared are of kinds that nothing defines: their names are in the detail.
    KindsUnknown,
}

/// What a crash report needs to be reproduced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PanicReport {
    pub seed: Option<u64>,
    /// The last commands, oldest first.
    pub commands: Vec<String>,
    pub message: String,
}

/// Writes messages for the page.
pub fn encode(messages: &[FromWorker]) -> Vec<u8> {
    postcard::to_allocvec(messages).unwrap_or_default()
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// When something else wrote it.
pub fn decode(bytes: &[u8]) -> Result<Vec<FromWorker>, postcard::Error> {
    postcard::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_number_or_a_word() {
        assert_eq!(Init::seed_of("7"), Some(7));
        assert_eq!(Init::seed_of(""), None);
        assert_eq!(Init::seed_of("abc"), Some(0xe71f_a219_0541_574b));
        assert_ne!(Init::seed_of("-1"), Init::seed_of("1"));
    }

    #[test]
    fn messages_survive_the_crossing() {
        for message in [
            ToWorker::Init(Init::default()),
            ToWorker::Clock(ClockCommand::Speed(0.1)),
            ToWorker::Terminal {
                tab: 1,
                input: TerminalInput::Line("kubectl get pods".into()),
            },
        ] {
            let text = serde_json::to_string(&message).expect("messages are plain data");
            assert_eq!(
                serde_json::from_str::<ToWorker>(&text).expect("what was written"),
                message
            );
        }
    }
}
