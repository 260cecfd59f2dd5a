//! The cluster with everything that stands around it: the user's terminals, the view, the editor's
//! questions. Simulated time moves here and nowhere else.

use super::{admin::Admin, apply::Apply, logs::LogTail, manifest, traces::Traces};
use crate::{
    apimachinery::{
        Timestamp, Value,
        descriptions::Descriptions,
        http::{Body, Request, UserInfo},
        schema::ResourceDef,
    },
    cluster::{Cluster, ClusterConfig},
    terminal::{Candidates, Origin, Said, Terminal},
    view::{
        protocol::{
            Chunk, ClockState, Completion, CompletionItem, Diagnostic, FromWorker, Stream,
            TerminalInput, ToWorker,
        },
        viewer::Viewer,
    },
};

/// Who the user is to the API server.
const USER: &str = "kubernetes-admin";
const AGENT: &str = "kubarium-page";

/// What a session lets run.
pub struct World {
    pub(super) cluster: Cluster,
    terminal: Terminal,
    applies: Vec<Apply>,
    viewer: Viewer,
    traces: Traces,
    log: Option<LogTail>,
    outbox: Vec<FromWorker>,
    changes: u64,
}

impl World {
    /// Takes the words that `kubectl explain` shows.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.terminal.describe(descriptions);
    }

    /// Boots a cluster of a built-in profile; one that does not exist gives the default one.
    pub fn new(profile: Option<&str>, seed: u64) -> Self {
        let config = profile.and_then(ClusterConfig::profile).unwrap_or_default();
        let cluster = Cluster::boot(ClusterConfig { seed, ..config });
        Self {
            terminal: Terminal::new(&cluster.config().name, cluster.now(), seed),
            applies: Vec::new(),
            cluster,
            viewer: Viewer::new(),
            traces: Traces::default(),
            log: None,
            outbox: Vec::new(),
            changes: 0,
        }
    }

    /// Grows whenever a command of the user changes something.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether what is typed into a tab now goes on with a command that was begun before.
    pub fn goes_on(&self, tab: u32) -> bool {
        self.terminal.goes_on(tab)
    }

    /// Simulated time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.cluster.now().0.div_euclid(1_000)
    }

    /// When something is due next.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.next_deadline()
            .map(|at| at.0.saturating_add(999).div_euclid(1_000))
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let now = self.cluster.now();
        [self.cluster.next_deadline(), self.terminal.next_deadline()]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.max(now))
    }

    /// Whether a command goes on at this very time.
    pub fn is_busy(&self) -> bool {
        self.terminal.is_busy()
    }

    /// Lets happen what is due until `target_ms`; false when there was no time for all of it.
    pub fn advance_to(&mut self, target_ms: i64, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let target = Timestamp(target_ms.saturating_mul(1_000));
        loop {
            let next = self.next_deadline().filter(|at| *at <= target);
            // Commands go on at every moment at which something happens, so that how time is
            // sliced makes no difference to them.
            let more = self.cluster.step(next.unwrap_or(target));
            if more || next.is_some() {
                self.turn_terminal();
            } else {
                return true;
            }
            if out_of_time() {
                return false;
            }
        }
    }

    /// Goes on to the next thing that is due; false when there is none.
    pub fn step(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let next = self.next_deadline_ms();
        next.is_some_and(|next| self.advance_to(next, out_of_time))
    }

    /// Does all that is due until a whole millisecond is reached; that one.
    pub fn round_off(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> i64 {
        let whole = self.cluster.now().0.saturating_add(999).div_euclid(1_000);
        self.advance_to(whole, out_of_time);
        whole
    }

    /// Takes in what is new.
    pub fn look(&mut self) {
        let now = self.cluster.now();
        let traces = self.traces.take(&mut self.cluster);
        self.viewer.turn(now, &mut self.cluster.connect(), traces);
        if let Some(log) = self.log.as_mut() {
            self.outbox
                .extend(log.poll(&mut self.cluster.connect()).map(FromWorker::Log));
        }
    }

    /// Lets commands go on.
    fn turn_terminal(&mut self) {
        let mut admin = Admin::new(&mut self.cluster);
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

    /// Takes in what the user did.
    pub fn input(&mut self, message: ToWorker) {
        match message {
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
                    old.close(&mut self.cluster.connect());
                }
                self.log = of.map(LogTail::new);
            }
            _ => {}
        }
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

    /// What is wrong with the editor's text.
    pub fn check(&mut self, text: &str) -> Vec<Diagnostic> {
        let cluster = &mut self.cluster;
        let customs: Vec<_> = cluster.api().custom_kinds().collect();
        manifest::check(text, &customs, &mut |resource, object| {
            dry_run(cluster, resource, object)
        })
    }

    /// Whether a frame would show anything new.
    pub fn has_news(&self) -> bool {
        self.viewer.has_news()
    }

    /// What changed since the last frame.
    pub fn frame(&mut self, clock: ClockState) -> Vec<FromWorker> {
        let frame = self.viewer.frame(clock);
        let now = self.cluster.now();
        let inspection = self.viewer.inspection(now, &mut self.cluster.connect());
        let inspection = inspection.map(|found| FromWorker::Inspection(Box::new(found)));
        [FromWorker::Frame(frame)]
            .into_iter()
            .chain(inspection)
            .collect()
    }

    /// What was said meanwhile.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Types lines into the first tab and gives what is printed until simulated time has passed.
    fn type_in(world: &mut World, input: TerminalInput, ms: i64) -> String {
        world.input(ToWorker::Terminal { tab: 1, input });
        let until = world.now_ms() + ms;
        world.advance_to(until, &mut || false);
        world.look();
        let mut text = String::new();
        for message in world.take_outbox() {
            if let FromWorker::TerminalOutput { chunks, .. } = message {
                text.extend(chunks.into_iter().map(|chunk| chunk.text));
            }
        }
        text
    }

    #[test]
    fn a_shell_in_a_container_has_a_terminal() {
        let mut world = World::new(None, 1);
        let line = |text: &str| TerminalInput::Line(text.to_owned());
        type_in(&mut world, TerminalInput::Open, 100);
        type_in(
            &mut world,
            line("kubectl run -it box --image=busybox:1.36 -- sh"),
            8_000,
        );
        let said = type_in(&mut world, line("echo $((40 + 2)); tty"), 1_000);
        assert!(said.contains("\n42\n") && said.ends_with("/ # "), "{said}");
        // Ctrl-C ends the command and not the shell; Ctrl-D ends the shell.
        type_in(&mut world, line("sleep 100"), 1_000);
        let said = type_in(&mut world, TerminalInput::Interrupt, 1_000);
        assert!(said.contains("^C") && said.ends_with("/ # "), "{said}");
        let said = type_in(&mut world, line("cd /tmp"), 1_000);
        assert!(said.ends_with("/tmp # "), "{said}");
        let said = type_in(&mut world, TerminalInput::EndOfFile, 3_000);
        assert!(said.contains("Session ended, resume using"), "{said}");
        // What is typed now is the workstation's again.
        let said = type_in(&mut world, line("hostname"), 1_000);
        assert!(said.contains("\nkubarium\n"), "{said}");
    }
}
