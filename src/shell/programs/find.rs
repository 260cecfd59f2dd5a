//! `find`.

mod expression;

use super::super::launch::launch;
use super::super::process::{Cx, Program, Start, Step};
use super::super::system::{FileKind, Metadata, Pid};
use super::attributes::{base, group_name, mode_string, user_name, utc};
use super::walk::children;
use expression::{Compare, Op, Plan, Test};

/// Arguments that one `-exec … +` gets at most.
const MAX_BATCH: usize = 5000;
/// Places waiting to be looked at.
const MAX_WAITING: usize = 200_000;

#[derive(Clone)]
struct Place {
    path: String,
    depth: usize,
    start: String,
    /// Its directory was read already (`-depth`).
    opened: bool,
}

#[derive(Clone)]
struct Find {
    plan: Plan,
    waiting: Vec<Place>,
    /// What is being looked at, and how far the expression got.
    current: Option<(Place, Metadata, usize)>,
    value: bool,
    pruned: bool,
    child: Option<Pid>,
    /// Paths collected by each `-exec … +`.
    batches: Vec<Vec<String>>,
    failed: i32,
    quit: bool,
}

impl Program for Find {
    fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(pid) = self.child {
            let Some(code) = cx.table.reap(pid) else {
                return Step::Wait;
            };
            self.child = None;
            self.value = code == 0;
            if self.current.is_none() && code != 0 {
                self.failed = 1;
            }
            return Step::Continue;
        }
        if self.current.is_some() {
            self.evaluate(cx);
            return Step::Continue;
        }
        match self.waiting.pop() {
            Some(place) if !self.quit => {
                self.visit(place, cx);
                Step::Continue
            }
            _ => self.last_batches(cx),
        }
    }
}

impl Find {
    fn visit(&mut self, place: Place, cx: &mut Cx) {
        let follow = self.plan.follow || (place.depth == 0 && self.plan.follow_start);
        let meta = cx.stat(&place.path, follow);
        let meta = match meta.or_else(|e| cx.stat(&place.path, false).map_err(|_| e)) {
            Ok(meta) => meta,
            Err(error) => {
                self.failed = 1;
                match cx.busybox() {
                    true => cx.complain(format!("{}: {error}", place.path)),
                    false => cx.complain(format!("‘{}’: {error}", place.path)),
                }
                return;
            }
        };
        if self.plan.depth_first && meta.is_dir() && !place.opened {
            let mut again = place.clone();
            again.opened = true;
            self.waiting.push(again);
            self.descend(&place, cx);
            return;
        }
        self.pruned = false;
        if place.depth < self.plan.min_depth {
            self.leave(place, &meta, cx);
        } else {
            self.current = Some((place, meta, 0));
        }
    }

    fn descend(&mut self, place: &Place, cx: &mut Cx) {
        if place.depth >= self.plan.max_depth || self.waiting.len() > MAX_WAITING {
            return;
        }
        let below = match self.plan.follow {
            true => {
                let path = cx.path(&place.path);
                let names = cx.sys.fs().list(&path).unwrap_or_default();
                names
                    .iter()
                    .map(|n| super::attributes::join(&place.path, n))
                    .collect()
            }
            false => children(cx, &place.path),
        };
        // Links to directories above would lead in circles.
        if place.depth > 100 {
            return;
        }
        for path in below.into_iter().rev() {
            self.waiting.push(Place {
                path,
                depth: place.depth + 1,
                start: place.start.clone(),
                opened: false,
            });
        }
    }

    /// The expression has been evaluated for a place.
    fn leave(&mut self, place: Place, meta: &Metadata, cx: &mut Cx) {
        if meta.is_dir() && !self.pruned && !place.opened {
            self.descend(&place, cx);
        }
    }

    fn evaluate(&mut self, cx: &mut Cx) {
        let Some((place, meta, mut at)) = self.current.take() else {
            return;
        };
        while let Some(op) = self.plan.ops.get(at).cloned() {
            at += 1;
            match op {
                Op::Not => self.value = !self.value,
                Op::IfFalse(to) if !self.value => at = to,
                Op::IfTrue(to) if self.value => at = to,
                Op::IfFalse(_) | Op::IfTrue(_) => {}
                Op::Test(test) => self.value = self.test(&test, &place, &meta, cx),
                Op::Exec(words) => {
                    let argv = words.iter().map(|w| w.replace("{}", &place.path)).collect();
                    self.start(argv, cx);
                    self.current = Some((place, meta, at));
                    return;
                }
                Op::Batch(id, words) => {
                    self.value = true;
                    self.batches[id].push(place.path.clone());
                    if self.batches[id].len() >= MAX_BATCH {
                        let argv = [words, std::mem::take(&mut self.batches[id])].concat();
                        self.start(argv, cx);
                        self.current = Some((place, meta, at));
                        return;
                    }
                }
            }
        }
        self.leave(place, &meta, cx);
    }

    fn start(&mut self, argv: Vec<String>, cx: &mut Cx) {
        let mut proc = cx.proc.child(cx.sys, argv);
        let body = launch(cx.sys, &mut proc, "find");
        self.child = Some(cx.add_child(proc, body));
    }

    fn last_batches(&mut self, cx: &mut Cx) -> Step {
        for op in self.plan.ops.clone() {
            if let Op::Batch(id, words) = op
                && !self.batches[id].is_empty()
            {
                let argv = [words, std::mem::take(&mut self.batches[id])].concat();
                self.start(argv, cx);
                return Step::Continue;
            }
        }
        Step::Exit(self.failed)
    }

    fn test(&mut self, test: &Test, place: &Place, meta: &Metadata, cx: &mut Cx) -> bool {
        let fold = |text: &str, fold: bool| match fold {
            true => text.to_lowercase(),
            false => text.to_string(),
        };
        let now = cx.sys.now();
        let age = now.saturating_sub(meta.mtime) / 1_000_000;
        match test {
            Test::Always(value) => return *value,
            Test::Name(pattern, i) => return pattern.matches(&fold(base(&place.path), *i)),
            Test::Path(pattern, i) => return pattern.matches(&fold(&place.path, *i)),
            Test::Regex(regex) => return regex.is_match(&place.path),
            Test::Type(kinds) => {
                let letter = match meta.kind {
                    FileKind::File => 'f',
                    FileKind::Dir => 'd',
                    FileKind::Symlink => 'l',
                    FileKind::CharDevice => 'c',
                    FileKind::Pipe => 'p',
                };
                return kinds.contains(letter);
            }
            Test::Size(compare, unit) => return compare.holds(meta.size.div_ceil(*unit)),
            Test::Empty => {
                if !meta.is_dir() {
                    return meta.is_file() && meta.size == 0;
                }
                let path = cx.path(&place.path);
                return cx.sys.fs().list(&path).is_ok_and(|l| l.is_empty());
            }
            Test::Newer(time) => return meta.mtime > *time,
            Test::Days(compare) => return compare.holds(age / 86_400),
            Test::Minutes(compare) => {
                return match compare {
                    Compare::Less(n) => age < n * 60,
                    _ => compare.holds(age.div_ceil(60)),
                };
            }
            Test::Perm(kind, bits) => {
                return match kind {
                    '-' => meta.mode & bits == *bits,
                    '/' => *bits == 0 || meta.mode & bits != 0,
                    _ => meta.mode == *bits,
                };
            }
            Test::User(name) => {
                return user_name(cx, meta.uid) == *name || meta.uid.to_string() == *name;
            }
            Test::Group(name) => {
                return group_name(cx, meta.gid) == *name || meta.gid.to_string() == *name;
            }
            Test::Print(end) => cx.out(format!("{}{end}", place.path)),
            Test::Printf(format) => {
                let text = self.printf(format, place, meta, cx);
                cx.out(text);
            }
            Test::Delete => return self.delete(place, meta, cx),
            Test::Prune => self.pruned = true,
            Test::Quit => self.quit = true,
        }
        true
    }

    fn delete(&mut self, place: &Place, meta: &Metadata, cx: &mut Cx) -> bool {
        if base(&place.path) == "." {
            return true;
        }
        let (path, now) = (cx.path(&place.path), cx.sys.now());
        let done = match meta.is_dir() {
            true => cx.sys.fs().remove_dir(&path, now),
            false => cx.sys.fs().remove_file(&path, now),
        };
        if let Err(error) = done {
            self.failed = 1;
            cx.complain(format!("cannot delete ‘{}’: {error}", place.path));
        }
        done.is_ok()
    }

    fn printf(&self, format: &str, place: &Place, meta: &Metadata, cx: &mut Cx) -> String {
        let mut out = String::new();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek().copied()) {
                ('\\', Some(next)) => {
                    chars.next();
                    match next {
                        'n' => out.push('\n'),
                        't' => out.push('\t'),
                        '0' => out.push('\0'),
                        '\\' => out.push('\\'),
                        other => {
                            out.push('\\');
                            out.push(other);
                        }
                    }
                }
                ('%', Some(letter)) => {
                    chars.next();
                    let at = utc(meta.mtime);
                    let text = match letter {
                        'p' => place.path.clone(),
                        'f' => base(&place.path).to_string(),
                        'P' => {
                            let rest = place.path.strip_prefix(&place.start).unwrap_or("");
                            rest.trim_start_matches('/').to_string()
                        }
                        'h' => match place.path.rsplit_once('/') {
                            Some((dir, _)) => dir.to_string(),
                            None => ".".to_string(),
                        },
                        'H' => place.start.clone(),
                        's' => meta.size.to_string(),
                        'd' => place.depth.to_string(),
                        'm' => format!("{:o}", meta.mode),
                        'M' => mode_string(meta),
                        'u' => user_name(cx, meta.uid),
                        'g' => group_name(cx, meta.gid),
                        'U' => meta.uid.to_string(),
                        'G' => meta.gid.to_string(),
                        'y' => match meta.kind {
                            FileKind::Dir => "d",
                            FileKind::Symlink => "l",
                            FileKind::CharDevice => "c",
                            FileKind::Pipe => "p",
                            FileKind::File => "f",
                        }
                        .to_string(),
                        'l' => {
                            let path = cx.path(&place.path);
                            cx.sys.fs().read_link(&path).unwrap_or_default()
                        }
                        't' => at.format("%a %b %e %H:%M:%S%.f0 %Y").to_string(),
                        'T' => match chars.next() {
                            Some('@') => format!("{}.0000000000", at.timestamp()),
                            Some('+') => at.format("%Y-%m-%d+%H:%M:%S.0000000000").to_string(),
                            Some(c) => super::date::format(at, &format!("%{c}")),
                            None => String::new(),
                        },
                        '%' => "%".to_string(),
                        other => format!("%{other}"),
                    };
                    out.push_str(&text);
                }
                _ => out.push(c),
            }
        }
        out
    }
}

pub fn find(cx: &mut Cx) -> Start {
    let (starts, plan) = match expression::parse(cx) {
        Ok(read) => read,
        Err(message) => return cx.fail(1, message),
    };
    let batches = plan.ops.iter().filter(|op| matches!(op, Op::Batch(..)));
    let find = Find {
        batches: vec![Vec::new(); batches.count()],
        waiting: starts
            .into_iter()
            .rev()
            .map(|path| Place {
                start: path.clone(),
                path,
                depth: 0,
                opened: false,
            })
            .collect(),
        plan,
        current: None,
        value: true,
        pruned: false,
        child: None,
        failed: 0,
        quit: false,
    };
    Start::Run(Box::new(find))
}
