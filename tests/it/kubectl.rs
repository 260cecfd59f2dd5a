//! kubectl on command lines that need no object of the server, against what the real one answers.

use kubarium::apimachinery::http::{Request, Response, StreamId, UserInfo, WatchEvent, WatchId};
use kubarium::apimachinery::{Rng, Timestamp};
use kubarium::apiserver::ApiServer;
use kubarium::apiserver::config::ApiServerConfig;
use kubarium::kubectl::{
    self, Attributes, FileError, FileKind, Io, LocalFuture, Transport, TransportError, complete,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const FILES: &[(&str, &str)] = &[
    (
        "cm.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, labels: {a: \"<b>\"}}\ndata: {k: \"1\", l: \"a\\nb\"}\n",
    ),
    (
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {replicas: 3, f: 1.5, big: 10000000, containers: [{name: a, image: x, n: null},{name: b}]}\n",
    ),
    (
        "/home/.kube/config",
        "apiVersion: v1\nkind: Config\nclusters: [{name: ref, cluster: {server: \"http://127.0.0.1:18080\"}}]\ncontexts: [{name: ref, context: {cluster: ref, user: ref}}]\ncurrent-context: ref\nusers: null\n",
    ),
];
const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

struct Workstation {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    out: RefCell<String>,
    err: RefCell<String>,
}

impl Workstation {
    fn new() -> Rc<Self> {
        let files = FILES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect();
        Rc::new(Workstation {
            files: RefCell::new(files),
            out: RefCell::default(),
            err: RefCell::default(),
        })
    }
}

impl Io for Workstation {
    fn stdout(&self, text: &str) {
        self.out.borrow_mut().push_str(text);
    }
    fn stderr(&self, text: &str) {
        self.err.borrow_mut().push_str(text);
    }
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async { Vec::new() })
    }
    fn read_line(&self) -> LocalFuture<'_, Option<String>> {
        Box::pin(async { None })
    }
    fn stat(&self, path: &str) -> Result<FileKind, FileError> {
        self.read(path).map(|_| FileKind::File)
    }
    fn attributes(&self, _: &str) -> Result<Attributes, FileError> {
        Err(FileError::NotFound)
    }
    fn make_directory(&self, _: &str) -> Result<(), FileError> {
        Err(FileError::NotADirectory)
    }
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let files = self.files.borrow();
        files.get(path).cloned().ok_or(FileError::NotFound)
    }
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mut files = self.files.borrow_mut();
        files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }
    fn remove(&self, path: &str) -> Result<(), FileError> {
        let gone = self.files.borrow_mut().remove(path);
        gone.map(|_| ()).ok_or(FileError::NotFound)
    }
    fn list(&self, _: &str) -> Result<Vec<String>, FileError> {
        Err(FileError::NotFound)
    }
    fn env(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home".to_owned())
    }
    fn run_command(&self, _: &str) -> LocalFuture<'_, Result<i32, String>> {
        Box::pin(async { Err("no shell".to_owned()) })
    }
    fn now(&self) -> Timestamp {
        NOW
    }
    fn sleep(&self, _: Duration) -> LocalFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
    fn random(&self) -> u64 {
        7
    }
}

/// An API server without anything around it.
struct Alone(RefCell<ApiServer>);

impl Transport for Alone {
    fn send(&self, mut request: Request) -> LocalFuture<'_, Result<Response, TransportError>> {
        request
            .extensions_mut()
            .insert(UserInfo::new("kubernetes-admin", &["system:masters"]));
        let response = self.0.borrow_mut().handle(request, NOW);
        Box::pin(async { Ok(response) })
    }
    fn next_event(&self, _: WatchId) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(std::future::pending())
    }
    fn next_chunk(&self, _: StreamId) -> LocalFuture<'_, Result<Option<Vec<u8>>, String>> {
        Box::pin(std::future::pending())
    }
    fn close_watch(&self, _: WatchId) {}
    fn close_stream(&self, _: StreamId) {}
}

fn server() -> Rc<Alone> {
    let server = ApiServer::new(ApiServerConfig::default(), Rng::new(1));
    Rc::new(Alone(RefCell::new(server)))
}

/// Drives a future that never has to wait.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the command waits for something"),
    }
}

/// Splits a command line as a shell does: blanks part words, quotes keep them together.
fn words(line: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let (mut quote, mut open) = (None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                if !open {
                    out.push(String::new());
                    open = true;
                }
            }
            (None, ' ') => open = false,
            (_, c) => {
                if !open {
                    out.push(String::new());
                    open = true;
                }
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

#[test]
fn command_lines_are_answered_as_the_real_kubectl_does() {
    let recorded = include_str!("../data/kubectl/offline.t");
    let mut wrong = Vec::new();
    for case in recorded.split("$ kubectl").skip(1) {
        let (line, want) = case.split_once('\n').unwrap_or((case, ""));
        let io = Workstation::new();
        let code = at_once(kubectl::run(words(line), io.clone(), server()));
        let mut got = String::new();
        for (sign, text) in [('>', io.out.borrow()), ('!', io.err.borrow())] {
            for line in text.lines() {
                got.push_str(&format!("{sign} {line}\n"));
            }
        }
        if code != 0 {
            got.push_str(&format!("[exit {code}]\n"));
        }
        if got != want {
            wrong.push(format!("$ kubectl{line}\nwanted:\n{want}got:\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_context_changes_in_its_file_and_nowhere_else() {
    let (io, transport) = (Workstation::new(), server());
    let run = |line: &str| at_once(kubectl::run(words(line), io.clone(), transport.clone()));
    assert_eq!(run("config set-context --current --namespace=blue"), 0);
    assert_eq!(run("config view --minify -o jsonpath={..namespace}"), 1);
    assert_eq!(run("config set-credentials ref --token=secret"), 0);
    io.out.borrow_mut().clear();
    assert_eq!(run("config view --minify -o jsonpath={..namespace}"), 0);
    assert_eq!(&*io.out.borrow(), "blue");
    io.out.borrow_mut().clear();
    assert_eq!(run("config view"), 0);
    assert!(io.out.borrow().contains("token: REDACTED"));
    assert!(
        String::from_utf8_lossy(&io.files.borrow()["/home/.kube/config"]).contains("token: secret")
    );
}

#[test]
fn words_are_completed() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["desc"], &["describe"]),
        (&["get", "deployments.", ""], &[]),
        (&["get", "deploy"], &["deployments"]),
        (&["get", "pods", "-n", "bl"], &["blue"]),
        (&["get", "ns", "bl"], &["blue"]),
        (&["get", "ns/b"], &["ns/blue"]),
        (&["get", "pods", "--show-l"], &["--show-labels"]),
        (
            &["get", "pods", "-o", "js"],
            &["json", "jsonpath-as-json=", "jsonpath-file=", "jsonpath="],
        ),
        (&["config", "use-context", ""], &["ref"]),
    ];
    let transport = server();
    let made = kubectl::run(
        words("create ns blue"),
        Workstation::new(),
        transport.clone(),
    );
    assert_eq!(at_once(made), 0);
    for (line, want) in cases {
        let line: Vec<String> = line.iter().map(|w| (*w).to_owned()).collect();
        let got = at_once(complete(&line, Workstation::new(), transport.clone()));
        let got: Vec<&str> = got.iter().map(|c| c.word.as_str()).collect();
        assert_eq!(got, *want, "{line:?}");
    }
}
