//! Functions that `jq` has by itself.

use std::sync::Arc;

use super::access::{add, binary, index, indices, iterate};
use super::eval::{Env, Flow, Item, Jq, Out, Stop, error, told};
use super::formats;
use super::json::{Json, Object, Reader, Style, put, show};
use super::parser::Filter;
use super::strings;
use super::update;

/// Names, with how many arguments each can have.
pub const BUILTINS: &[(&str, &[usize])] = &[
    ("abs", &[0]),
    ("add", &[0, 1]),
    ("all", &[0, 1, 2]),
    ("any", &[0, 1, 2]),
    ("arrays", &[0]),
    ("ascii_downcase", &[0]),
    ("ascii_upcase", &[0]),
    ("booleans", &[0]),
    ("capture", &[1, 2]),
    ("ceil", &[0]),
    ("contains", &[1]),
    ("date", &[0]),
    ("debug", &[0, 1]),
    ("del", &[1]),
    ("delpaths", &[1]),
    ("empty", &[0]),
    ("endswith", &[1]),
    ("env", &[0]),
    ("error", &[0, 1]),
    ("exp", &[0]),
    ("explode", &[0]),
    ("first", &[0, 1]),
    ("flatten", &[0, 1]),
    ("floor", &[0]),
    ("from_entries", &[0]),
    ("fromdate", &[0]),
    ("fromdateiso8601", &[0]),
    ("fromjson", &[0]),
    ("getpath", &[1]),
    ("group_by", &[1]),
    ("gsub", &[2, 3]),
    ("halt", &[0]),
    ("halt_error", &[0, 1]),
    ("has", &[1]),
    ("implode", &[0]),
    ("in", &[1]),
    ("index", &[1]),
    ("indices", &[1]),
    ("infinite", &[0]),
    ("input", &[0]),
    ("input_line_number", &[0]),
    ("inputs", &[0]),
    ("inside", &[1]),
    ("isempty", &[1]),
    ("isinfinite", &[0]),
    ("isnan", &[0]),
    ("isnormal", &[0]),
    ("isvalid", &[1]),
    ("iterables", &[0]),
    ("join", &[1]),
    ("keys", &[0]),
    ("keys_unsorted", &[0]),
    ("last", &[0, 1]),
    ("length", &[0]),
    ("limit", &[2]),
    ("log", &[0]),
    ("log10", &[0]),
    ("log2", &[0]),
    ("ltrimstr", &[1]),
    ("ltrim", &[0]),
    ("map", &[1]),
    ("map_values", &[1]),
    ("match", &[1, 2]),
    ("max", &[0]),
    ("max_by", &[1]),
    ("min", &[0]),
    ("min_by", &[1]),
    ("nan", &[0]),
    ("not", &[0]),
    ("now", &[0]),
    ("nth", &[1, 2]),
    ("nulls", &[0]),
    ("numbers", &[0]),
    ("objects", &[0]),
    ("path", &[1]),
    ("paths", &[0, 1]),
    ("leaf_paths", &[0]),
    ("pick", &[1]),
    ("pow", &[2]),
    ("range", &[1, 2, 3]),
    ("recurse", &[0, 1, 2]),
    ("repeat", &[1]),
    ("reverse", &[0]),
    ("rindex", &[1]),
    ("round", &[0]),
    ("rtrimstr", &[1]),
    ("rtrim", &[0]),
    ("scalars", &[0]),
    ("scan", &[1, 2]),
    ("select", &[1]),
    ("setpath", &[2]),
    ("sort", &[0]),
    ("sort_by", &[1]),
    ("split", &[1, 2]),
    ("splits", &[1, 2]),
    ("sqrt", &[0]),
    ("startswith", &[1]),
    ("stderr", &[0]),
    ("strftime", &[1]),
    ("strings", &[0]),
    ("sub", &[2, 3]),
    ("test", &[1, 2]),
    ("to_entries", &[0]),
    ("toarray", &[0]),
    ("todate", &[0]),
    ("todateiso8601", &[0]),
    ("tojson", &[0]),
    ("tonumber", &[0]),
    ("tostring", &[0]),
    ("transpose", &[0]),
    ("trim", &[0]),
    ("type", &[0]),
    ("unique", &[0]),
    ("unique_by", &[1]),
    ("until", &[2]),
    ("utf8bytelength", &[0]),
    ("values", &[0]),
    ("walk", &[1]),
    ("while", &[2]),
    ("with_entries", &[1]),
    ("input_filename", &[0]),
];

impl Jq {
    pub fn builtin(
        &mut self,
        name: &str,
        args: &[Arc<Filter>],
        env: &Env,
        item: Item,
        out: Out,
    ) -> Flow {
        match (name, args) {
            ("empty", []) => Ok(()),
            ("error", []) => Err(Stop::Error(item.value)),
            ("error", [message]) => self.each(message, env, &item.value, &mut |_, message| {
                Err(Stop::Error(message))
            }),
            ("halt", []) => Err(Stop::Halt(0)),
            ("halt_error", _) => {
                let text = match &item.value {
                    Json::Text(text) => text.to_string(),
                    other => show(other, &Style::COMPACT) + "\n",
                };
                self.messages.push(text);
                Err(Stop::Halt(5))
            }
            ("select", [condition]) => {
                let value = item.value.clone();
                self.each(condition, env, &value, &mut |jq, hit| match hit.truth() {
                    true => out(jq, item.clone()),
                    false => Ok(()),
                })
            }
            ("recurse", []) => self.recurse(item, out),
            ("recurse", [step]) => self.recurse_by(step, None, env, item, 0, out),
            ("recurse", [step, condition]) => {
                self.recurse_by(step, Some(condition), env, item, 0, out)
            }
            ("first", [filter]) => self.limited(filter, 1, env, item, out),
            ("limit", [count, filter]) => {
                let value = item.value.clone();
                self.each(count, env, &value, &mut |jq, count| match count {
                    Json::Number(n) if n > 0.0 => {
                        jq.limited(filter, n as u64, env, item.clone(), out)
                    }
                    _ => Ok(()),
                })
            }
            ("last", [filter]) => {
                let mut last = None;
                self.eval(filter, env, item, &mut |_, found| {
                    last = Some(found);
                    Ok(())
                })?;
                last.map_or(Ok(()), |found| out(self, found))
            }
            ("nth", [at, filter]) => {
                let value = item.value.clone();
                self.each(at, env, &value, &mut |jq, at| {
                    let Json::Number(n) = at else {
                        return error("nth needs a number");
                    };
                    let mut last = None;
                    jq.limited(
                        filter,
                        n.max(0.0) as u64 + 1,
                        env,
                        item.clone(),
                        &mut |_, found| {
                            last = Some(found);
                            Ok(())
                        },
                    )?;
                    last.map_or(Ok(()), |found| out(jq, found))
                })
            }
            ("first", []) => self.eval(&at_index(0.0), env, item, out),
            ("last", []) => self.eval(&at_index(-1.0), env, item, out),
            ("nth", [at]) => {
                let index = Filter::Index(Arc::new(Filter::Identity), at.clone());
                self.eval(&index, env, item, out)
            }
            ("getpath", [path]) => {
                let value = item.value.clone();
                self.each(path, env, &value, &mut |jq, path| {
                    let Json::Array(keys) = &path else {
                        return error("Path must be specified as an array");
                    };
                    let found = update::get(&item.value, keys)?;
                    let place = item.path.as_ref().map(|p| [&p[..], &keys[..]].concat());
                    out(
                        jq,
                        Item {
                            value: found,
                            path: place,
                        },
                    )
                })
            }
            ("while", [condition, step]) => {
                let mut at = item;
                loop {
                    self.burn()?;
                    if !self.holds(condition, env, &at.value)? {
                        return Ok(());
                    }
                    out(self, at.clone())?;
                    at = Item::plain(self.one(step, env, &at.value)?);
                }
            }
            ("until", [condition, step]) => {
                let mut at = item.value.clone();
                while !self.holds(condition, env, &at)? {
                    self.burn()?;
                    at = self.one(step, env, &at)?;
                }
                self.constant(at, &item, out)
            }
            ("repeat", [step]) => self.recurse_by(step, None, env, item, 0, out),
            ("inputs", []) => {
                while let Some(value) = self.inputs.pop_front() {
                    self.constant(value, &item, out)?;
                }
                Ok(())
            }
            ("range", args) => self.range(args, env, &item, out),
            ("path", [filter]) => {
                let found = update::paths(self, filter, env, &item.value)?;
                found
                    .into_iter()
                    .try_for_each(|path| self.constant(Json::from(path), &item, out))
            }
            ("paths" | "leaf_paths", args) => self.all_paths(name, args, env, &item, out),
            ("map", [filter]) => {
                let mut items = Vec::new();
                for (_, value) in iterate(&item.value)? {
                    items.extend(self.all(filter, env, &value)?);
                }
                self.constant(Json::from(items), &item, out)
            }
            ("sub" | "gsub", [regex, with, flags @ ..]) => {
                let flags = match flags.first() {
                    Some(flags) => self.one(flags, env, &item.value)?,
                    None => Json::Null,
                };
                let regex = self.one(regex, env, &item.value)?;
                let with = (&**with, env);
                strings::substitute(self, &item, &regex, &flags, name == "gsub", with, out)
            }
            (
                "values" | "nulls" | "booleans" | "numbers" | "strings" | "arrays" | "objects"
                | "iterables" | "scalars",
                [],
            ) => match of_kind(name, &item.value) {
                true => out(self, item),
                false => Ok(()),
            },
            (_, []) => {
                let value = self.simple(name, &item.value)?;
                self.constant(value, &item, out)
            }
            _ => self.with_filter(name, args, env, item, out),
        }
    }

    /// The first result, or `null`.
    fn one(&mut self, filter: &Filter, env: &Env, value: &Json) -> Result<Json, Stop> {
        Ok(self
            .all(filter, env, value)?
            .into_iter()
            .next()
            .unwrap_or_default())
    }

    fn holds(&mut self, filter: &Filter, env: &Env, value: &Json) -> Result<bool, Stop> {
        Ok(self.one(filter, env, value)?.truth())
    }

    fn limited(&mut self, filter: &Filter, count: u64, env: &Env, item: Item, out: Out) -> Flow {
        let label = self.new_label();
        let mut left = count;
        let result = self.eval(filter, env, item, &mut |jq, found| {
            left -= 1;
            out(jq, found)?;
            match left {
                0 => Err(Stop::Break(label)),
                _ => Ok(()),
            }
        });
        match result {
            Err(Stop::Break(to)) if to == label => Ok(()),
            other => other,
        }
    }

    fn recurse_by(
        &mut self,
        step: &Filter,
        condition: Option<&Filter>,
        env: &Env,
        item: Item,
        depth: usize,
        out: Out,
    ) -> Flow {
        if depth > 150 {
            return error("recursion is too deep");
        }
        if let Some(condition) = condition
            && !self.holds(condition, env, &item.value)?
        {
            return Ok(());
        }
        out(self, item.clone())?;
        self.eval(step, env, item, &mut |jq, found| {
            jq.recurse_by(step, condition, env, found, depth + 1, out)
        })
    }

    fn range(&mut self, args: &[Arc<Filter>], env: &Env, item: &Item, out: Out) -> Flow {
        let mut bounds = Vec::new();
        for arg in args {
            let mut numbers = Vec::new();
            for value in self.all(arg, env, &item.value)? {
                match value {
                    Json::Number(n) => numbers.push(n),
                    _ => return error("Range bounds must be numeric"),
                }
            }
            bounds.push(numbers);
        }
        let zero = vec![0.0];
        let one = vec![1.0];
        let (from, to, by) = match bounds.as_slice() {
            [to] => (&zero, to, &one),
            [from, to] => (from, to, &one),
            [from, to, by] => (from, to, by),
            _ => return Ok(()),
        };
        for from in from {
            for to in to {
                for by in by {
                    let mut at = *from;
                    while (*by > 0.0 && at < *to) || (*by < 0.0 && at > *to) {
                        self.burn()?;
                        self.constant(Json::Number(at), item, out)?;
                        at += by;
                    }
                }
            }
        }
        Ok(())
    }

    fn all_paths(
        &mut self,
        name: &str,
        args: &[Arc<Filter>],
        env: &Env,
        item: &Item,
        out: Out,
    ) -> Flow {
        let found = update::paths(self, &Filter::RecurseDefault, env, &item.value)?;
        for path in found.into_iter().filter(|p| !p.is_empty()) {
            let value = update::get(&item.value, &path)?;
            let wanted = match args.first() {
                Some(filter) => self.holds(filter, env, &value)?,
                None => name == "paths" || of_kind("scalars", &value),
            };
            if wanted {
                self.constant(Json::from(path), item, out)?;
            }
        }
        Ok(())
    }

    /// Functions of the input alone.
    fn simple(&mut self, name: &str, value: &Json) -> Result<Json, Stop> {
        let numeric = |f: fn(f64) -> f64| match value {
            Json::Number(n) => Ok(Json::Number(f(*n))),
            other => error(format!("{} number required", told(other))),
        };
        Ok(match name {
            "floor" => return numeric(f64::floor),
            "ceil" => return numeric(f64::ceil),
            "round" => return numeric(f64::round),
            "sqrt" => return numeric(f64::sqrt),
            "abs" => return numeric(f64::abs),
            "exp" => return numeric(libm::exp),
            "log" => return numeric(libm::log),
            "log2" => return numeric(libm::log2),
            "log10" => return numeric(libm::log10),
            "not" => Json::Bool(!value.truth()),
            "type" => Json::from(value.kind()),
            "tostring" => Json::from(formats::text(value)),
            "tojson" => Json::from(show(value, &Style::COMPACT)),
            "now" => Json::Number(self.now),
            "env" => self.env.clone(),
            "nan" => Json::Number(f64::NAN),
            "infinite" => Json::Number(f64::INFINITY),
            "input_line_number" => Json::Number(self.line as f64),
            "input_filename" => Json::Null,
            "input" => match self.inputs.pop_front() {
                Some(value) => value,
                None => return error("No more inputs"),
            },
            "debug" | "stderr" => {
                let text = show(value, &Style::COMPACT);
                self.messages.push(match name {
                    "debug" => format!("[\"DEBUG:\",{text}]\n"),
                    _ => text,
                });
                value.clone()
            }
            name if name.starts_with('@') => Json::from(formats::apply(name, value)?),
            name => return super::values::simple(name, value),
        })
    }

    /// Functions with arguments whose results do not lie in the input.
    fn with_filter(
        &mut self,
        name: &str,
        args: &[Arc<Filter>],
        env: &Env,
        item: Item,
        out: Out,
    ) -> Flow {
        let value = item.value.clone();
        let first = &args[0];
        let result = match name {
            "map_values" => {
                let path = Filter::Iterate(Arc::new(Filter::Identity));
                return update::update(self, "|=", &path, first, env, &item, out);
            }
            "with_entries" => {
                let Json::Array(entries) = super::values::simple("to_entries", &value)? else {
                    return Ok(());
                };
                let mut changed = Vec::new();
                for entry in entries.iter() {
                    changed.extend(self.all(first, env, entry)?);
                }
                super::values::simple("from_entries", &Json::from(changed))?
            }
            "add" => {
                let mut sum = Json::Null;
                for part in self.all(first, env, &value)? {
                    sum = add(&sum, &part)?;
                }
                sum
            }
            "any" | "all" => {
                let (items, condition) = match args {
                    [source, condition] => (self.all(source, env, &value)?, condition),
                    _ => (iterate(&value)?.into_iter().map(|p| p.1).collect(), first),
                };
                let wanted = name == "any";
                let mut found = !wanted;
                for part in &items {
                    let hits = self.all(condition, env, part)?;
                    if hits.iter().any(|h| h.truth() == wanted) {
                        found = wanted;
                        break;
                    }
                }
                Json::Bool(found)
            }
            "isempty" => {
                let mut empty = true;
                self.limited(first, 1, env, item.clone(), &mut |_, _| {
                    empty = false;
                    Ok(())
                })?;
                Json::Bool(empty)
            }
            "isvalid" => Json::Bool(self.all(first, env, &value).is_ok()),
            "del" => {
                let paths = update::paths(self, first, env, &value)?;
                update::delete(&value, &paths)?
            }
            "pick" => {
                let mut picked = Json::Null;
                for path in update::paths(self, first, env, &value)? {
                    let part = update::get(&value, &path)?;
                    picked = update::set(&picked, &path, &mut |_| Ok(part.clone()))?;
                }
                picked
            }
            "sort_by" | "group_by" | "unique_by" | "min_by" | "max_by" => {
                let Json::Array(items) = &value else {
                    return error(format!("Cannot index {} with number", value.kind()));
                };
                let mut keyed = Vec::new();
                for part in items.iter() {
                    let key = Json::from(self.all(first, env, part)?);
                    keyed.push((key, part.clone()));
                }
                super::values::by_key(name, keyed)
            }
            "walk" => self.walk(first, env, &value, 0)?,
            "in" | "inside" => {
                let other = self.one(first, env, &value)?;
                match name {
                    "in" => super::values::has(&other, &value)?,
                    _ => Json::Bool(super::values::contains(&other, &value)?),
                }
            }
            "debug" => {
                for message in self.all(first, env, &value)? {
                    let text = show(&message, &Style::COMPACT);
                    self.messages.push(format!("[\"DEBUG:\",{text}]\n"));
                }
                return out(self, item);
            }
            _ => return self.with_values(name, args, env, &item, out),
        };
        self.constant(result, &item, out)
    }

    fn walk(
        &mut self,
        filter: &Filter,
        env: &Env,
        value: &Json,
        depth: usize,
    ) -> Result<Json, Stop> {
        if depth > 200 {
            return error("the value is nested too deeply");
        }
        let inner = match value {
            Json::Array(items) => {
                let mut walked = Vec::new();
                for part in items.iter() {
                    walked.push(self.walk(filter, env, part, depth + 1)?);
                }
                Json::from(walked)
            }
            Json::Object(object) => {
                let mut walked = Object::new();
                for (key, part) in object.iter() {
                    walked.push((key.clone(), self.walk(filter, env, part, depth + 1)?));
                }
                Json::from(walked)
            }
            other => other.clone(),
        };
        self.one(filter, env, &inner)
    }

    /// Functions whose arguments are values: once for every combination of them.
    fn with_values(
        &mut self,
        name: &str,
        args: &[Arc<Filter>],
        env: &Env,
        item: &Item,
        out: Out,
    ) -> Flow {
        let value = item.value.clone();
        self.each(&args[0], env, &value, &mut |jq, a| {
            let others = match args.get(1) {
                Some(second) => jq.all(second, env, &value)?,
                None => vec![Json::Null],
            };
            for b in others {
                if let "match" | "scan" | "splits" | "capture" = name {
                    let found = match name {
                        "splits" => strings::split_by(&value, &a, &b)?,
                        _ => strings::matches(&value, &a, &b, name == "scan")?,
                    };
                    for part in found {
                        let part = match name {
                            "scan" => strings::scanned(&part),
                            "capture" => strings::captured(&part),
                            _ => part,
                        };
                        jq.constant(part, item, out)?;
                    }
                    continue;
                }
                let result = of_values(name, &value, &a, &b, args.len(), jq.now)?;
                jq.constant(result, item, out)?;
            }
            Ok(())
        })
    }
}

fn of_values(
    name: &str,
    value: &Json,
    a: &Json,
    b: &Json,
    args: usize,
    now: f64,
) -> Result<Json, Stop> {
    let _ = now;
    let both = |message: &str| error::<(&str, &str)>(message);
    let texts = |message: &str| match (value, a) {
        (Json::Text(x), Json::Text(y)) => Ok((&**x, &**y)),
        _ => both(message),
    };
    Ok(match name {
        "has" => return super::values::has(value, a),
        "contains" => Json::Bool(super::values::contains(value, a)?),
        "startswith" => {
            let (x, y) = texts("startswith() requires string inputs")?;
            Json::Bool(x.starts_with(y))
        }
        "endswith" => {
            let (x, y) = texts("endswith() requires string inputs")?;
            Json::Bool(x.ends_with(y))
        }
        "ltrimstr" => match texts("") {
            Ok((x, y)) => Json::from(x.strip_prefix(y).unwrap_or(x)),
            Err(_) => value.clone(),
        },
        "rtrimstr" => match texts("") {
            Ok((x, y)) => Json::from(x.strip_suffix(y).unwrap_or(x)),
            Err(_) => value.clone(),
        },
        "split" if args == 1 => {
            let (x, y) = texts("split input and separator must be strings")?;
            strings::split(x, y)
        }
        "split" => Json::from(strings::split_by(value, a, b)?),
        "join" => return join(value, a),
        "test" => Json::Bool(strings::test(value, a, b)?),
        "flatten" => match a {
            Json::Number(n) if *n >= 0.0 => super::values::flatten(value, *n as usize)?,
            _ => return error("flatten depth must not be negative"),
        },
        "index" | "rindex" | "indices" => {
            let found = match (value, a) {
                (Json::Text(x), Json::Text(y)) => strings::indices(x, y),
                (Json::Array(x), Json::Array(y)) => indices(x, y),
                (Json::Array(x), y) => indices(x, std::slice::from_ref(y)),
                (Json::Null, _) => Json::Null,
                (x, y) => return index(x, y),
            };
            match (name, &found) {
                ("index", Json::Array(all)) => all.first().cloned().unwrap_or_default(),
                ("rindex", Json::Array(all)) => all.last().cloned().unwrap_or_default(),
                _ => found,
            }
        }
        "pow" => match (a, b) {
            (Json::Number(x), Json::Number(y)) => Json::Number(libm::pow(*x, *y)),
            _ => return error(format!("{} number required", told(a))),
        },
        "setpath" => match a {
            Json::Array(path) => update::set(value, path, &mut |_| Ok(b.clone()))?,
            _ => return error("Path must be specified as an array"),
        },
        "delpaths" => {
            let mut paths = Vec::new();
            for (_, path) in iterate(a)? {
                match path {
                    Json::Array(path) => paths.push((*path).clone()),
                    _ => return error("Path must be specified as an array"),
                }
            }
            update::delete(value, &paths)?
        }
        "strftime" => return super::values::strftime(value, a),
        other => return error(format!("{other}/{args} is not defined")),
    })
}

fn join(value: &Json, separator: &Json) -> Result<Json, Stop> {
    let mut joined: Option<Json> = None;
    for (_, part) in iterate(value)? {
        let text = match &part {
            Json::Null => Json::from(""),
            Json::Bool(_) | Json::Number(_) => Json::from(formats::text(&part)),
            other => other.clone(),
        };
        joined = Some(match joined {
            None => add(&Json::from(""), &text)?,
            Some(before) => add(&binary("+", &before, separator)?, &text)?,
        });
    }
    Ok(joined.unwrap_or(Json::from("")))
}

fn at_index(n: f64) -> Filter {
    let literal = Arc::new(Filter::Literal(Json::Number(n)));
    Filter::Index(Arc::new(Filter::Identity), literal)
}

fn of_kind(name: &str, value: &Json) -> bool {
    match name {
        "values" => !matches!(value, Json::Null),
        "nulls" => matches!(value, Json::Null),
        "booleans" => matches!(value, Json::Bool(_)),
        "numbers" => matches!(value, Json::Number(_)),
        "strings" => matches!(value, Json::Text(_)),
        "arrays" => matches!(value, Json::Array(_)),
        "objects" => matches!(value, Json::Object(_)),
        "iterables" => matches!(value, Json::Array(_) | Json::Object(_)),
        _ => !matches!(value, Json::Array(_) | Json::Object(_)),
    }
}

/// `fromjson`.
pub fn from_json(text: &str) -> Result<Json, Stop> {
    let mut reader = Reader::new(text.as_bytes(), true);
    match reader.next() {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Ok(Json::Null),
        Err(_) => error(format!(
            "Invalid numeric literal at EOF at line 1, column {} (while parsing '{text}')",
            text.len()
        )),
    }
}

/// An object from pairs.
pub fn object(pairs: impl IntoIterator<Item = (String, Json)>) -> Json {
    let mut object = Object::new();
    for (key, value) in pairs {
        put(&mut object, &key, value);
    }
    Json::from(object)
}
