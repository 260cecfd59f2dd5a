//! What one page has of a cluster: terminals, the view, the editor's questions, a log that is followed.

use super::{admin::Admin, apply::Apply, logs::LogTail, manifest, traces::Traces};
use crate::{
    apimachinery::{
        Timestamp, Value,
        descriptions::Descriptions,
        http::{Body, Request, UserInfo},
        schema::ResourceDef,
    },
    cluster::{Cluster, traffic::Hop},
    terminal::{Candidates, Origin, Said, Terminal},
    view::{
        protocol::{
            Chunk, ClockState, Completion, CompletionItem, FromWorker, Stream, TerminalInput,
            ToWorker,
        },
        viewer::Viewer,
    },
};

/// Who the user is to the API server.
const USER: &str = "kubernetes-admin";
const AGENT: &str = "kubarium-page";

/// Everything that a page has of a cluster.
pub struct Desk {
    terminal: Terminal,
    applies: Vec<Apply>,
    viewer: Viewer,
    traces: Traces,
    log: Option<LogTail>,
    outbox: Vec<FromWorker>,
    changes: u64,
    descriptions: Descriptions,
    /// Its place among the desks of a cluster.
    number: u32,
}

impl Desk {
    /// A desk at which nobody has done anything; each of a cluster's has a number of its own.
    pub fn new(cluster: &Cluster, seed: u64, number: u32) -> Self {
        Self {
            terminal: Terminal::new(&cluster.config().name, cluster.now(), seed),
            applies: Vec::new(),
            viewer: Viewer::new(),
            traces: Traces::default(),
            log: None,
            outbox: Vec::new(),
            changes: 0,
            descriptions: Descriptions::default(),
            number,
        }
    }

    /// Takes the words about fields that the editor's hover and `kubectl explain` show.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.terminal.describe(descriptions.clone());
        self.descriptions = descriptions;
    }

    /// Grows whenever a command of the user changes something.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether what is typed into a tab now goes on with a command that was begun before.
    pub fn goes_on(&self, tab: u32) -> bool {
        self.terminal.goes_on(tab)
    }

    /// Ends all that goes on at it.
    pub fn close(mut self, cluster: &mut Cluster) {
        self.terminal.end();
        self.terminal
            .turn(&mut Admin::at_desk(cluster, self.number));
        if let Some(log) = self.log.take() {
            log.close(&mut cluster.connect());
        }
        self.viewer.close(&mut cluster.connect());
    }

    /// When a command wants to go on; a moment that has passed means at once.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.terminal.next_deadline()
    }

    /// Whether a command goes on at this very time.
    pub fn is_busy(&self) -> bool {
        self.terminal.is_busy()
    }

    /// Lets commands go on.
    pub fn turn(&mut self, cluster: &mut Cluster) {
        let mut admin = Admin::at_desk(cluster, self.number);
        self.terminal.turn(&mut admin);
        self.changes += u64::from(admin.has_changed());
        self.finish_applies();
        for said in self.terminal.take_said() {
            match said {
                Said::Output(tab, origin, text) => self.output(tab, origin, text),
                Said::Prompt(tab, text) => {
                    self.outbox.push(FromWorker::TerminalPrompt { tab, text });
                }
                Said::Completion(tab, id, candidates) => {
                    let completion = completion(candidates);
                    self.outbox.push(FromWorker::TerminalCompletion {
                        tab,
                        id,
                        completion,
                    });
                }
                // A tab always has a shell: another one takes the place of the one that ended.
                Said::Ended(tab) => self.terminal.open(tab),
            }
        }
    }

    /// Takes in what is new; `hops` is what travelled since the last call.
    pub fn look(&mut self, cluster: &mut Cluster, hops: &[Hop]) {
        let traces = self.traces.take(cluster, hops);
        let now = cluster.now();
        self.viewer.turn(now, &mut cluster.connect(), traces);
        if let Some(log) = self.log.as_mut() {
            self.outbox
                .extend(log.poll(&mut cluster.connect()).map(FromWorker::Log));
        }
    }

    /// Sends output on, together with what is about to be sent for the same tab.
    fn output(&mut self, tab: u32, origin: Origin, text: String) {
        let stream = match origin {
            Origin::Echo => Stream::Echo,
            Origin::Out => Stream::Out,
            Origin::Err => Stream::Err,
        };
        if let Some(FromWorker::TerminalOutput { tab: last, chunks }) = self.outbox.last_mut()
            && *last == tab
        {
            match chunks.last_mut() {
                Some(chunk) if chunk.stream == stream => chunk.text.push_str(&text),
                _ => chunks.push(Chunk { text, stream }),
            }
            return;
        }
        let chunks = vec![Chunk { text, stream }];
        self.outbox.push(FromWorker::TerminalOutput { tab, chunks });
    }

    /// Takes in what the user did, or answers what the editor asks. Gives back what is not for a desk: what is about the cluster's
    /// time, history or identity.
    pub fn handle(&mut self, message: ToWorker, cluster: &mut Cluster) -> Option<ToWorker> {
        match message {
            ToWorker::Ping { id } => self.outbox.push(FromWorker::Pong { id }),
            ToWorker::Terminal { tab, input } => self.typed(tab, &input),
            ToWorker::TerminalComplete {
                tab,
                id,
                line,
                cursor,
            } => self.terminal.complete(tab, id, &line, cursor),
            ToWorker::Run { tab, command } => self.terminal.line(tab, &command),
            ToWorker::Apply { id, text, dry_run } => {
                self.applies
                    .push(Apply::start(id, text, dry_run, &mut self.terminal));
            }
            ToWorker::Inspect { subject } => self.viewer.inspect(subject),
            ToWorker::Logs { of } => {
                if let Some(old) = self.log.take() {
                    old.close(&mut cluster.connect());
                }
                self.log = of.map(LogTail::new);
            }
            ToWorker::EditorComplete { id, text, offset } => {
                let completion = manifest::complete(&text, offset);
                self.outbox
                    .push(FromWorker::EditorCompletion { id, completion });
            }
            ToWorker::EditorHover { id, text, offset } => {
                let hover = manifest::hover(&text, offset, &self.descriptions);
                self.outbox.push(FromWorker::EditorHover { id, hover });
            }
            ToWorker::EditorCheck { id, text } => {
                let customs: Vec<_> = cluster.api().custom_kinds().collect();
                let diagnostics = manifest::check(&text, &customs, &mut |resource, object| {
                    dry_run(cluster, resource, object)
                });
                self.outbox
                    .push(FromWorker::Diagnostics { id, diagnostics });
            }
            other => return Some(other),
        }
        None
    }

    fn typed(&mut self, tab: u32, input: &TerminalInput) {
        match input {
            TerminalInput::Line(line) => self.terminal.line(tab, line),
            TerminalInput::Interrupt => self.terminal.interrupt(tab),
            TerminalInput::EndOfFile => self.terminal.end_of_file(tab),
            TerminalInput::Open => self.terminal.open(tab),
            TerminalInput::Close => self.terminal.close(tab),
            TerminalInput::Resize { .. } => {}
        }
    }

    fn finish_applies(&mut self) {
        let (terminal, outbox) = (&mut self.terminal, &mut self.outbox);
        self.applies.retain(|apply| {
            let results = apply.poll(terminal);
            let id = apply.id();
            let waiting = results.is_none();
            outbox.extend(results.map(|results| FromWorker::Applied { id, results }));
            waiting
        });
    }

    /// Whether a frame would show anything new.
    pub fn has_news(&self) -> bool {
        self.viewer.has_news()
    }

    /// Adds what changed since the last frame to what is to be said.
    pub fn draw(&mut self, clock: ClockState, cluster: &mut Cluster) {
        let frame = self.viewer.frame(clock);
        self.outbox.push(FromWorker::Frame(frame));
        let now = cluster.now();
        let inspection = self.viewer.inspection(now, &mut cluster.connect());
        let inspection = inspection.map(|found| FromWorker::Inspection(Box::new(found)));
        self.outbox.extend(inspection);
    }

    /// Says something to the page.
    pub fn say(&mut self, message: FromWorker) {
        self.outbox.push(message);
    }

    /// What is to be said since the last call.
    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }
}

fn completion(found: Candidates) -> Completion {
    let items = found.items.into_iter().map(|candidate| CompletionItem {
        label: candidate.word,
        detail: candidate.about,
        ..CompletionItem::default()
    });
    Completion {
        from: found.from,
        to: found.to,
        items: items.collect(),
    }
}

/// Asks whether an object would be created; `Err` is the `Status`.
fn dry_run(cluster: &mut Cluster, resource: &ResourceDef, object: &Value) -> Result<(), Value> {
    let namespace = match object.namespace() {
        "" => "default",
        given => given,
    };
    let path = format!(
        "{}?dryRun=All&fieldValidation=Strict",
        resource.path(namespace)
    );
    let mut request = Request::new(Body::Tree(object.clone()));
    *request.method_mut() = http::Method::POST;
    // A namespace that is no part of a path is refused by the server as well.
    *request.uri_mut() = path.parse().unwrap_or_default();
    let agent = http::HeaderValue::from_static(AGENT);
    request
        .headers_mut()
        .insert(http::header::USER_AGENT, agent);
    request.extensions_mut().insert(UserInfo::new(
        USER,
        &["system:masters", "system:authenticated"],
    ));
    let Ok(response) = cluster.request(request) else {
        // A server that is down says nothing about the text.
        return Ok(());
    };
    if response.status().is_success() {
        return Ok(());
    }
    match response.into_body() {
        Body::Tree(status) => Err(status),
        Body::Bytes(bytes) => Err(Value::from_json(&bytes).unwrap_or_default()),
        _ => Ok(()),
    }
}
