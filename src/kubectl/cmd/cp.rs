//! `kubectl cp`: files as archives that `tar` in the container reads or writes.

pub mod path;

use super::exec::{self, Streams, target};
use crate::apimachinery::Value;
use crate::archive::{self, Kind, Member, Reader};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::env::FileKind;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::rest::Stream;
use path::Spec;

/// The command.
pub static CP: Command = Command {
    name: "cp",
    args: "<file-spec-src> <file-spec-dest>",
    short: "Copy files and directories to and from containers",
    long: "Copy files and directories to and from containers, which need a tar for it.",
    examples: "# A folder of this machine into a pod\nkubectl cp ./folder web-0:/tmp/folder\n# A file out of one container of a pod in another namespace\nkubectl cp other/web-0:/etc/hosts ./hosts -c web",
    flags: &[&[
        Flag::string("container", "The container.").short('c'),
        Flag::bool(
            "no-preserve",
            "Do not keep owners and permissions in the container.",
        ),
        Flag::int(
            "retries",
            "0",
            "How often to go on with a copy out of a container that broke off; negative for ever.",
        ),
    ]],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let [from, to] = cx.args.as_slice() else {
        return Err(Error::msg("source and destination are required"));
    };
    let (from, to) = (Spec::parse(from)?, Spec::parse(to)?);
    if !from.pod.is_empty() && !to.pod.is_empty() {
        return Err(Error::msg(
            "one of src or dest must be a local file specification",
        ));
    }
    if from.file.is_empty() || to.file.is_empty() {
        return Err(Error::msg("filepath can not be empty"));
    }
    if !from.pod.is_empty() {
        return from_pod(cx, &from, &to.file).await;
    }
    if !to.pod.is_empty() {
        return to_pod(cx, &from.file, &to).await;
    }
    Err(Error::msg(
        "one of src or dest must be a remote file specification",
    ))
}

/// Begins a command in the container that is meant, and gives what is to be said of the choice.
async fn start(
    cx: &Cx,
    place: &Spec,
    command: &[&str],
    stdin: bool,
) -> Result<(Stream, Option<String>), Error> {
    let namespace = match place.namespace.as_str() {
        "" => cx.namespace()?.0,
        given => given.to_owned(),
    };
    let pod: Value = target::named(cx, &namespace, &place.pod).await?;
    target::is_running(&pod, "exec into")?;
    let (container, said) = target::choose(&pod, cx.flags.str("container"))?;
    let mut call = exec::call(&pod, "exec", &container, Streams { stdin, tty: false });
    for word in command {
        call = call.query_always("command", word);
    }
    Ok((cx.rest.stream(call).await?, said))
}

/// Whether a path is a directory in the container; false also where that cannot be told.
async fn is_directory(cx: &Cx, place: &Spec) -> bool {
    let Ok((mut stream, _)) = start(cx, place, &["test", "-d", &place.file], false).await else {
        return false;
    };
    while let Ok(Some(message)) = stream.next().await {
        if let Some((&exec::ERROR, data)) = message.split_first() {
            return exec::exit_code(data) == Ok(0);
        }
    }
    false
}

async fn to_pod(cx: &Cx, from: &str, to: &Spec) -> Outcome {
    if cx.io.stat(from).is_err() {
        return Err(Error::msg(format!(
            "{from} doesn't exist in local filesystem"
        )));
    }
    let mut file = to.file.clone();
    if is_directory(cx, to).await {
        file = path::join(&file, &path::base(from));
    }
    let mut command = vec!["tar"];
    if cx.flags.bool("no-preserve") {
        command.extend(["--no-same-permissions", "--no-same-owner"]);
    }
    let parent = path::dir(&file);
    command.extend(["-xmf", "-", "-C", &parent]);
    let (mut stream, said) = start(cx, to, &command, true).await?;
    if let Some(said) = said {
        cx.warn(said);
    }
    let name = path::base(&path::clean(&file));
    let mut waiting = vec![(path::clean(from), name)];
    while let Some((place, name)) = waiting.pop() {
        let children = send(cx, &stream, &place, &name)?;
        let children = children.into_iter().rev();
        waiting.extend(children.map(|c| (path::join(&place, &c), path::join(&name, &c))));
    }
    let mut end = Vec::new();
    archive::finish(&mut end);
    stream.write(exec::STDIN, &end);
    stream.write(exec::CLOSE, &[exec::STDIN]);
    while let Some(message) = stream.next().await.map_err(Error::msg)? {
        match message.split_first() {
            Some((&exec::STDOUT, data)) => cx.io.stdout_bytes(data),
            Some((&exec::STDERR, data)) => cx.io.stderr(&String::from_utf8_lossy(data)),
            Some((&exec::ERROR, data)) => return exec::ended(cx, data),
            _ => {}
        }
    }
    Ok(())
}

/// Sends one file, link or empty directory; of others, what is in them.
fn send(cx: &Cx, stream: &Stream, place: &str, name: &str) -> Result<Vec<String>, Error> {
    let failed = |deed: &str, e| Error::msg(format!("{deed} {place}: {e}"));
    let known = cx.io.attributes(place).map_err(|e| failed("lstat", e))?;
    let mut data = Vec::new();
    let kind = match (&known.link, known.kind) {
        (Some(_), _) => Kind::Symlink,
        (None, FileKind::Directory) => {
            let children = cx.io.list(place).map_err(|e| failed("open", e))?;
            if !children.is_empty() {
                return Ok(children);
            }
            Kind::Directory
        }
        (None, FileKind::File) => {
            data = cx.io.read(place).map_err(|e| failed("open", e))?;
            Kind::File
        }
    };
    let member = Member {
        name: name.to_owned(),
        kind,
        mode: known.mode,
        uid: known.uid,
        gid: known.gid,
        mtime: known.mtime,
        link: known.link.unwrap_or_default(),
    };
    let mut bytes = Vec::new();
    archive::append(&mut bytes, &member, &data);
    for piece in bytes.chunks(32 << 10) {
        stream.write(exec::STDIN, piece);
    }
    Ok(Vec::new())
}

async fn from_pod(cx: &Cx, from: &Spec, to: &str) -> Outcome {
    let stripped = path::clean(from.file.trim_start_matches('/'));
    let mut copy = Copy {
        cx,
        from,
        to,
        prefix: path::without_shortcuts(&stripped).to_owned(),
        reader: Reader::default(),
        warned: false,
    };
    let retries = cx.flags.int("retries");
    let (mut received, mut tries) = (0, 0);
    loop {
        let from_byte = if tries == 0 { 0 } else { received + 1 };
        let quoted = from.file.replace('\'', r"'\''");
        let resumable = format!("tar cf - '{quoted}' | tail -c+{from_byte}");
        let command = match retries {
            0 => ["tar", "cf", "-", &from.file].to_vec(),
            _ => ["sh", "-c", &resumable].to_vec(),
        };
        let (mut stream, said) = start(cx, from, &command, false).await?;
        if let Some(said) = said {
            cx.line(said);
        }
        while let Some(message) = stream.next().await.map_err(Error::msg)? {
            match message.split_first() {
                Some((&exec::STDOUT, data)) => {
                    received += data.len();
                    copy.take(data)?;
                }
                Some((&exec::STDERR, data)) => cx.io.stdout_bytes(data),
                Some((&exec::ERROR, data)) => {
                    exec::ended(cx, data)?;
                    break;
                }
                _ => {}
            }
        }
        if copy.reader.ended() {
            return Ok(());
        }
        if retries >= 0 && tries >= retries {
            cx.line(format!("Dropping out copy after {tries} retries"));
            return match copy.reader.is_within() {
                true => Err(Error::msg("unexpected EOF")),
                false => Ok(()),
            };
        }
        tries += 1;
        cx.line(format!(
            "Resuming copy at {received} bytes, retry {tries}/{retries}"
        ));
    }
}

/// A copy out of a container under way.
struct Copy<'a> {
    cx: &'a Cx,
    from: &'a Spec,
    to: &'a str,
    /// What the names of all members begin with.
    prefix: String,
    reader: Reader,
    warned: bool,
}

impl Copy<'_> {
    fn take(&mut self, bytes: &[u8]) -> Outcome {
        self.reader.push(bytes);
        let broken = |_| Error::msg("archive/tar: invalid tar header");
        while let Some((member, data)) = self.reader.take().map_err(broken)? {
            self.write(&member, &data)?;
        }
        Ok(())
    }

    fn write(&mut self, member: &Member, data: &[u8]) -> Outcome {
        let io = &self.cx.io;
        let Some(rest) = member.name.strip_prefix(&self.prefix) else {
            return Err(Error::msg("tar contents corrupted"));
        };
        let file = path::join(self.to, &path::remote(rest));
        if !path::is_within(self.to, &file) {
            self.cx.warn(format!(
                "warning: file {file:?} is outside target destination, skipping"
            ));
            return Ok(());
        }
        let make = |path: &str| {
            let made = io.make_directory(path);
            made.map_err(|e| Error::msg(format!("mkdir {path}: {e}")))
        };
        make(&path::dir(&file))?;
        match member.kind {
            Kind::Directory => make(&file),
            Kind::Symlink => {
                let advice = match std::mem::replace(&mut self.warned, true) {
                    true => String::new(),
                    false => format!(
                        " (consider using \"kubectl exec -n {:?} {:?} -- tar cf - {:?} | tar xf -\")",
                        self.from.namespace, self.from.pod, self.from.file
                    ),
                };
                self.cx.warn(format!(
                    "warning: skipping symlink: {file:?} -> {:?}{advice}",
                    member.link
                ));
                Ok(())
            }
            _ => {
                let written = io.write(&file, data);
                written.map_err(|e| Error::msg(format!("open {file}: {e}")))
            }
        }
    }
}
