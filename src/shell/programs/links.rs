//! `ln`, `readlink`, `realpath`, `touch`, `mktemp`.

use super::super::io::normalize;
use super::super::process::{Cx, Start};
use super::super::system::Errno;
use super::attributes::{base, join};
use super::dirs::missing_operand;
use super::options;

pub fn ln(cx: &mut Cx) -> Start {
    let long = [
        ("symbolic", 's'),
        ("force", 'f'),
        ("no-dereference", 'n'),
        ("verbose", 'v'),
        ("no-target-directory", 'T'),
    ];
    let options = match options::parse(cx, "sfnvT", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut targets = options.operands.clone();
    let place = match targets.len() {
        0 => {
            return cx.fail(
                1,
                "missing file operand\nTry 'ln --help' for more information.",
            );
        }
        1 => ".".to_string(),
        _ => targets.pop().unwrap_or_default(),
    };
    let plain = options.has('n') || options.has('T');
    let dir = cx.stat(&place, !plain).is_ok_and(|m| m.is_dir());
    if targets.len() > 1 && !dir {
        return cx.fail(1, format!("target '{place}': {}", Errno::NotDir));
    }
    let mut failed = 0;
    for target in targets {
        let link = if dir {
            join(&place, base(&target))
        } else {
            place.clone()
        };
        let (path, now) = (cx.path(&link), cx.sys.now());
        if !options.has('s') {
            failed = 1;
            match cx.stat(&target, false) {
                Ok(_) => cx.complain(format!(
                    "failed to create hard link '{link}' => '{target}': {}",
                    Errno::NotSupported
                )),
                Err(error) => cx.complain(format!("failed to access '{target}': {error}")),
            }
            continue;
        }
        if options.has('f') {
            let _ = cx.sys.fs().remove_file(&path, now);
        }
        match cx.sys.fs().symlink(&target, &path, now) {
            Ok(()) if options.has('v') => cx.out(format!("'{link}' -> '{target}'\n")),
            Ok(()) => {}
            Err(error) => {
                failed = 1;
                if cx.busybox() {
                    cx.complain(format!("{link}: {error}"));
                } else {
                    cx.complain(format!("failed to create symbolic link '{link}': {error}"));
                }
            }
        }
    }
    Start::Done(failed)
}

pub fn readlink(cx: &mut Cx) -> Start {
    let long = [
        ("canonicalize", 'f'),
        ("canonicalize-existing", 'e'),
        ("canonicalize-missing", 'm'),
        ("no-newline", 'n'),
    ];
    let options = match options::parse(cx, "femnqsv", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    let mut failed = 0;
    for name in &options.operands {
        let found = if ['f', 'e', 'm'].iter().any(|c| options.has(*c)) {
            resolve(cx, name, options.has('e'), options.has('m'))
        } else {
            let path = cx.path(name);
            cx.sys.fs().read_link(&path)
        };
        match found {
            Ok(text) => {
                let end = if options.has('n') { "" } else { "\n" };
                cx.out(format!("{text}{end}"));
            }
            Err(_) => failed = 1,
        }
    }
    Start::Done(failed)
}

/// The path without links; its last part need not exist, unless `strict`.
fn resolve(cx: &mut Cx, name: &str, strict: bool, missing: bool) -> Result<String, Errno> {
    let path = cx.path(name);
    let fs = cx.sys.fs();
    let error = match fs.canonical(&path) {
        Ok(found) => return Ok(found),
        Err(error) if strict => return Err(error),
        Err(error) => error,
    };
    if missing {
        return Ok(normalize(&path));
    }
    let mut path = path;
    // A link may lead to nothing: then what it names is the answer.
    for _ in 0..40 {
        let Ok(target) = fs.read_link(&path) else {
            break;
        };
        let above = path.rsplit_once('/').map_or("/", |(above, _)| above);
        path = super::super::io::absolute(above, &target);
    }
    let trimmed = path.trim_end_matches('/');
    let (above, last) = trimmed.rsplit_once('/').ok_or(error)?;
    let above = fs.canonical(if above.is_empty() { "/" } else { above })?;
    Ok(join(&above, last))
}

pub fn realpath(cx: &mut Cx) -> Start {
    let long = [
        ("canonicalize-existing", 'e'),
        ("canonicalize-missing", 'm'),
        ("no-symlinks", 's'),
    ];
    let options = match options::parse(cx, "emsqP", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return missing_operand(cx);
    }
    let mut failed = 0;
    for name in &options.operands {
        let found = if options.has('s') {
            Ok(normalize(&cx.path(name)))
        } else {
            resolve(cx, name, options.has('e'), options.has('m'))
        };
        match found {
            Ok(path) => cx.out(path + "\n"),
            Err(error) => {
                failed = 1;
                cx.complain(format!("{name}: {error}"));
            }
        }
    }
    Start::Done(failed)
}

pub fn touch(cx: &mut Cx) -> Start {
    let long = [
        ("no-create", 'c'),
        ("date", 'd'),
        ("reference", 'r'),
        ("time", 'T'),
    ];
    let options = match options::parse(cx, "cd:r:t:amh", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.operands.is_empty() {
        return cx.fail(
            1,
            "missing file operand\nTry 'touch --help' for more information.",
        );
    }
    let now = cx.sys.now();
    let mut time = now;
    if let Some(text) = options.value('d').or(options.value('t')) {
        let text = match options.has('t') {
            true => super::date::stamp(text, now),
            false => super::date::parse(text, now),
        };
        match text {
            Some(at) => time = at,
            None => {
                let given = options.value('d').or(options.value('t')).unwrap_or("");
                return cx.fail(1, format!("invalid date format ‘{given}’"));
            }
        }
    } else if let Some(reference) = options.value('r') {
        match cx.stat(reference, true) {
            Ok(meta) => time = meta.mtime,
            Err(error) => {
                return cx.fail(
                    1,
                    format!("failed to get attributes of '{reference}': {error}"),
                );
            }
        }
    }
    let mut failed = 0;
    for name in &options.operands {
        let path = cx.path(name);
        let made = match cx.stat(name, true) {
            Ok(_) => Ok(()),
            Err(Errno::NotFound) if options.has('c') => continue,
            Err(Errno::NotFound) if !name.is_empty() => {
                let mode = 0o666 & !cx.proc.umask;
                cx.sys.fs().create(&path, mode, now)
            }
            Err(error) => Err(error),
        };
        let done = made.and_then(|()| cx.sys.fs().set_mtime(&path, time));
        if let Err(error) = done {
            failed = 1;
            if cx.busybox() {
                cx.complain(format!("{name}: {error}"));
            } else if name.ends_with('/') {
                cx.complain(format!("setting times of '{name}': {error}"));
            } else {
                cx.complain(format!("cannot touch '{name}': {error}"));
            }
        }
    }
    Start::Done(failed)
}

pub fn mktemp(cx: &mut Cx) -> Start {
    let long = [("directory", 'd'), ("dry-run", 'u'), ("tmpdir", 'p')];
    let options = match options::parse(cx, "duqtp:", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let tmp = cx.env("TMPDIR").unwrap_or("/tmp").to_string();
    let template = match options.operands.first() {
        Some(template) if options.has('t') || options.has('p') => {
            join(options.value('p').unwrap_or(&tmp), template)
        }
        Some(template) => template.clone(),
        None => join(options.value('p').unwrap_or(&tmp), "tmp.XXXXXXXXXX"),
    };
    let stem = template.trim_end_matches('X');
    let count = template.len() - stem.len();
    if count < 3 {
        return cx.fail(1, format!("too few X's in template ‘{template}’"));
    }
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut name = stem.to_string();
    for _ in 0..count {
        let pick = (cx.sys.kernel().random() % letters.len() as u64) as usize;
        name.push(char::from(letters[pick]));
    }
    let (path, now) = (cx.path(&name), cx.sys.now());
    let made = if options.has('u') {
        Ok(())
    } else if options.has('d') {
        cx.sys.fs().mkdir(&path, 0o700, now)
    } else {
        cx.sys.fs().create(&path, 0o600, now)
    };
    match made {
        Ok(()) => {
            cx.out(name + "\n");
            Start::Done(0)
        }
        Err(error) => {
            let what = if options.has('d') {
                "directory"
            } else {
                "file"
            };
            cx.fail(
                1,
                format!("failed to create {what} via template ‘{template}’: {error}"),
            )
        }
    }
}
