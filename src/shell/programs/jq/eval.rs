//! Running filters of `jq`. Every result is handed to a callback; paths are followed along when they are asked for.

use std::rc::Rc;
use std::sync::Arc;

use super::json::{Json, Object, Style, number, put, show};
use super::parser::{Definition, Filter, Pattern, Piece};

/// Filters that one input may take.
const FUEL: u64 = 20_000_000;
/// Calls within calls.
const MAX_CALLS: usize = 120;

/// Why an evaluation stopped.
#[derive(Clone, Debug)]
pub enum Stop {
    Error(Json),
    /// To the label with this number.
    Break(u64),
    Halt(i32),
}

pub type Flow = Result<(), Stop>;

pub fn error<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(Json::from(message.into())))
}

/// A value, and where it was found if that matters.
#[derive(Clone, Debug)]
pub struct Item {
    pub value: Json,
    pub path: Option<Vec<Json>>,
}

impl Item {
    pub fn plain(value: Json) -> Item {
        Item { value, path: None }
    }

    fn at(&self, value: Json, key: Json) -> Item {
        let path = self.path.as_ref().map(|path| {
            let mut path = path.clone();
            path.push(key);
            path
        });
        Item { value, path }
    }
}

/// What names stand for.
pub type Env = Option<Rc<Scope>>;

pub enum Scope {
    Var(String, Json, Env),
    Label(String, u64, Env),
    Function(Arc<Definition>, Env),
    /// An argument: a filter, and the names it was written under.
    Closure(String, Arc<Filter>, Env, Env),
}

pub type Out<'a> = &'a mut dyn FnMut(&mut Jq, Item) -> Flow;

/// The state of a run.
pub struct Jq {
    pub inputs: std::collections::VecDeque<Json>,
    pub env: Json,
    pub named: Json,
    pub now: f64,
    pub line: usize,
    /// What `debug` and `stderr` said.
    pub messages: Vec<String>,
    fuel: u64,
    calls: usize,
    labels: u64,
}

pub fn bind(name: &str, value: Json, env: &Env) -> Env {
    Some(Rc::new(Scope::Var(name.to_string(), value, env.clone())))
}

impl Jq {
    pub fn new() -> Jq {
        Jq {
            inputs: Default::default(),
            env: Json::Null,
            named: Json::Null,
            now: 0.0,
            line: 0,
            messages: Vec::new(),
            fuel: FUEL,
            calls: 0,
            labels: 0,
        }
    }

    pub fn refuel(&mut self) {
        self.fuel = FUEL;
        self.calls = 0;
    }

    pub fn burn(&mut self) -> Flow {
        self.fuel = self.fuel.saturating_sub(1);
        match self.fuel {
            0 => error("the filter takes too long"),
            _ => Ok(()),
        }
    }

    pub fn new_label(&mut self) -> u64 {
        self.labels += 1;
        self.labels
    }

    /// All results of a filter on a value.
    pub fn all(&mut self, filter: &Filter, env: &Env, value: &Json) -> Result<Vec<Json>, Stop> {
        let mut results = Vec::new();
        self.eval(filter, env, Item::plain(value.clone()), &mut |_, item| {
            results.push(item.value);
            Ok(())
        })?;
        Ok(results)
    }

    /// Hands every result of `filter` on a value to `with`.
    pub fn each(
        &mut self,
        filter: &Filter,
        env: &Env,
        value: &Json,
        with: &mut dyn FnMut(&mut Jq, Json) -> Flow,
    ) -> Flow {
        self.eval(filter, env, Item::plain(value.clone()), &mut |jq, item| {
            with(jq, item.value)
        })
    }

    pub fn eval(&mut self, filter: &Filter, env: &Env, item: Item, out: Out) -> Flow {
        self.burn()?;
        match filter {
            Filter::Identity => out(self, item),
            Filter::RecurseDefault => self.recurse(item, out),
            Filter::Literal(value) => self.constant(value.clone(), &item, out),
            Filter::Format(format, pieces) => {
                let format = format.clone();
                self.format(format.as_deref(), pieces, env, &item, String::new(), out)
            }
            Filter::Var(name) => {
                let value = self.variable(name, env)?;
                self.constant(value, &item, out)
            }
            Filter::Index(term, index) => self.eval(term, env, item.clone(), &mut |jq, found| {
                jq.each(index, env, &item.value, &mut |jq, key| {
                    let value = super::access::index(&found.value, &key)?;
                    out(jq, found.at(value, key))
                })
            }),
            Filter::Slice(term, from, to) => {
                let (from, to) = (from.as_deref(), to.as_deref());
                self.slice(term, from, to, env, &item, out)
            }
            Filter::Iterate(term) => self.eval(term, env, item, &mut |jq, found| {
                for (key, value) in super::access::iterate(&found.value)? {
                    out(jq, found.at(value, key))?;
                }
                Ok(())
            }),
            Filter::Try(body, catch) => self.try_(body, catch.as_deref(), env, item, out),
            Filter::Pipe(a, b) => {
                self.eval(a, env, item, &mut |jq, found| jq.eval(b, env, found, out))
            }
            Filter::Comma(a, b) => {
                self.eval(a, env, item.clone(), out)?;
                self.eval(b, env, item, out)
            }
            Filter::Minus(a) => self.each(a, env, &item.value, &mut |jq, value| match value {
                Json::Number(n) => jq.constant(Json::Number(-n), &item, out),
                other => error(format!("{} cannot be negated", told(&other))),
            }),
            Filter::Binary(op, a, b) => self.each(b, env, &item.value, &mut |jq, right| {
                jq.each(a, env, &item.value, &mut |jq, left| {
                    let value = super::access::binary(op, &left, &right)?;
                    jq.constant(value, &item, out)
                })
            }),
            Filter::And(a, b) => self.logic(a, b, false, env, &item, out),
            Filter::Or(a, b) => self.logic(a, b, true, env, &item, out),
            Filter::Alternative(a, b) => {
                let mut found = Vec::new();
                let result = self.eval(a, env, item.clone(), &mut |_, result| {
                    if result.value.truth() {
                        found.push(result);
                    }
                    Ok(())
                });
                if let Err(stop @ (Stop::Break(_) | Stop::Halt(_))) = result {
                    return Err(stop);
                }
                if found.is_empty() {
                    return self.eval(b, env, item, out);
                }
                found.into_iter().try_for_each(|result| out(self, result))
            }
            Filter::If(condition, yes, no) => {
                self.each(condition, env, &item.value, &mut |jq, value| {
                    let branch = if value.truth() { yes } else { no };
                    jq.eval(branch, env, item.clone(), out)
                })
            }
            Filter::Array(None) => self.constant(Json::Array(Arc::default()), &item, out),
            Filter::Array(Some(inner)) => {
                let items = self.all(inner, env, &item.value)?;
                self.constant(Json::from(items), &item, out)
            }
            Filter::Object(pairs) => self.object(pairs, env, &item, Object::new(), out),
            Filter::Update(op, path, value) => {
                super::update::update(self, op, path, value, env, &item, out)
            }
            other => self.eval_binding(other, env, item, out),
        }
    }

    /// Filters that bring new names.
    fn eval_binding(&mut self, filter: &Filter, env: &Env, item: Item, out: Out) -> Flow {
        match filter {
            Filter::Bind(source, pattern, body) => {
                let value = item.value.clone();
                self.each(source, env, &value, &mut |jq, bound| {
                    jq.destructure(pattern, &bound, env, &mut |jq, env| {
                        jq.eval(body, env, item.clone(), out)
                    })
                })
            }
            Filter::Reduce(source, pattern, init, update) => {
                let value = item.value.clone();
                self.each(init, env, &value, &mut |jq, start| {
                    let mut state = start;
                    jq.each(source, env, &value, &mut |jq, bound| {
                        jq.destructure(pattern, &bound, env, &mut |jq, env| {
                            let before = std::mem::take(&mut state);
                            let mut last = Json::Null;
                            jq.eval(update, env, Item::plain(before), &mut |_, result| {
                                last = result.value;
                                Ok(())
                            })?;
                            state = last;
                            Ok(())
                        })
                    })?;
                    jq.constant(state, &item, out)
                })
            }
            Filter::Foreach(source, pattern, init, update, extract) => {
                let value = item.value.clone();
                self.each(init, env, &value, &mut |jq, start| {
                    let mut state = start;
                    jq.each(source, env, &value, &mut |jq, bound| {
                        jq.destructure(pattern, &bound, env, &mut |jq, env| {
                            let before = state.clone();
                            jq.each(update, env, &before, &mut |jq, after| {
                                state = after.clone();
                                match extract {
                                    None => jq.constant(after, &item, out),
                                    Some(extract) => jq.eval(extract, env, Item::plain(after), out),
                                }
                            })
                        })
                    })
                })
            }
            Filter::Label(name, body) => {
                let label = self.new_label();
                let scope = Scope::Label(name.clone(), label, env.clone());
                match self.eval(body, &Some(Rc::new(scope)), item, out) {
                    Err(Stop::Break(to)) if to == label => Ok(()),
                    other => other,
                }
            }
            Filter::Break(name) => {
                let mut scope = env.as_ref();
                while let Some(at) = scope {
                    match &**at {
                        Scope::Label(label, number, _) if label == name => {
                            return Err(Stop::Break(*number));
                        }
                        other => scope = other.outer().as_ref(),
                    }
                }
                error(format!("$*label-{name} is not defined"))
            }
            Filter::Define(definition, rest) => {
                let scope = Scope::Function(definition.clone(), env.clone());
                self.eval(rest, &Some(Rc::new(scope)), item, out)
            }
            Filter::Call(name, args) => self.call(name, args, env, item, out),
            _ => Ok(()),
        }
    }

    /// A value that is nowhere in the input.
    pub fn constant(&mut self, value: Json, item: &Item, out: Out) -> Flow {
        match &item.path {
            // `path(null)` is no mistake until the path is used; `jq` allows it for the input itself.
            Some(path) if value.same(&item.value) => {
                let path = Some(path.clone());
                out(self, Item { value, path })
            }
            Some(_) => error(format!(
                "Invalid path expression with result {}",
                shortened(&value)
            )),
            None => out(self, Item::plain(value)),
        }
    }

    fn logic(
        &mut self,
        a: &Filter,
        b: &Filter,
        or: bool,
        env: &Env,
        item: &Item,
        out: Out,
    ) -> Flow {
        self.each(a, env, &item.value, &mut |jq, left| {
            if left.truth() == or {
                return jq.constant(Json::Bool(or), item, out);
            }
            jq.each(b, env, &item.value, &mut |jq, right| {
                jq.constant(Json::Bool(right.truth()), item, out)
            })
        })
    }

    pub fn recurse(&mut self, item: Item, out: Out) -> Flow {
        self.burn()?;
        out(self, item.clone())?;
        if let Json::Array(_) | Json::Object(_) = item.value {
            for (key, value) in super::access::iterate(&item.value)? {
                self.recurse(item.at(value, key), out)?;
            }
        }
        Ok(())
    }

    fn slice(
        &mut self,
        term: &Filter,
        from: Option<&Filter>,
        to: Option<&Filter>,
        env: &Env,
        item: &Item,
        out: Out,
    ) -> Flow {
        let none = Filter::Literal(Json::Null);
        let (from, to) = (from.unwrap_or(&none), to.unwrap_or(&none));
        self.eval(term, env, item.clone(), &mut |jq, found| {
            jq.each(to, env, &item.value, &mut |jq, to| {
                jq.each(from, env, &item.value, &mut |jq, from| {
                    let key: Object = vec![("start".into(), from), ("end".into(), to.clone())];
                    let key = Json::from(key);
                    let value = super::access::index(&found.value, &key)?;
                    out(jq, found.at(value, key))
                })
            })
        })
    }

    fn try_(
        &mut self,
        body: &Filter,
        catch: Option<&Filter>,
        env: &Env,
        item: Item,
        out: Out,
    ) -> Flow {
        // What comes after this filter must not have its errors caught here.
        let mut later = false;
        let result = self.eval(body, env, item, &mut |jq, result| {
            let flow = out(jq, result);
            later |= flow.is_err();
            flow
        });
        match result {
            Err(Stop::Error(message)) if !later => {
                if matches!(message.get("__jq"), Some(Json::Number(_))) {
                    return Ok(());
                }
                match catch {
                    None => Ok(()),
                    Some(catch) => self.eval(catch, env, Item::plain(message), out),
                }
            }
            other => other,
        }
    }

    fn object(
        &mut self,
        pairs: &[(Filter, Filter)],
        env: &Env,
        item: &Item,
        built: Object,
        out: Out,
    ) -> Flow {
        let Some(((key, value), rest)) = pairs.split_first() else {
            return self.constant(Json::from(built), item, out);
        };
        self.each(key, env, &item.value, &mut |jq, key| {
            let Json::Text(key) = key else {
                return error(format!("Object keys must be strings, not {}", told(&key)));
            };
            jq.each(value, env, &item.value, &mut |jq, value| {
                let mut built = built.clone();
                put(&mut built, &key, value);
                jq.object(rest, env, item, built, out)
            })
        })
    }

    fn format(
        &mut self,
        format: Option<&str>,
        pieces: &[Piece],
        env: &Env,
        item: &Item,
        built: String,
        out: Out,
    ) -> Flow {
        let Some((piece, rest)) = pieces.split_first() else {
            return self.constant(Json::from(built), item, out);
        };
        match piece {
            Piece::Text(text) => self.format(format, rest, env, item, built + text, out),
            Piece::Filter(filter) => self.each(filter, env, &item.value, &mut |jq, value| {
                let text = super::formats::apply(format.unwrap_or("@text"), &value)?;
                jq.format(format, rest, env, item, format!("{built}{text}"), out)
            }),
        }
    }

    fn variable(&mut self, name: &str, env: &Env) -> Result<Json, Stop> {
        let mut scope = env.as_ref();
        while let Some(at) = scope {
            match &**at {
                Scope::Var(var, value, _) if var == name => return Ok(value.clone()),
                other => scope = other.outer().as_ref(),
            }
        }
        match name {
            "ENV" => Ok(self.env.clone()),
            "__prog_args" => Ok(Json::Null),
            "__loc__" => {
                let loc: Object = vec![
                    ("file".into(), Json::from("<top-level>")),
                    ("line".into(), Json::Number(1.0)),
                ];
                Ok(Json::from(loc))
            }
            _ => error(format!("${name} is not defined")),
        }
    }

    /// Binds what a pattern names, once for every way its keys can be read.
    fn destructure(
        &mut self,
        pattern: &Pattern,
        value: &Json,
        env: &Env,
        with: &mut dyn FnMut(&mut Jq, &Env) -> Flow,
    ) -> Flow {
        match pattern {
            Pattern::Var(name) => with(self, &bind(name, value.clone(), env)),
            Pattern::Array(items) => {
                if !matches!(value, Json::Array(_) | Json::Null) {
                    return error(format!("Cannot index {} with number", value.kind()));
                }
                self.destructure_items(items, 0, value, env, with)
            }
            Pattern::Object(items) => self.destructure_keys(items, value, env, with),
        }
    }

    fn destructure_items(
        &mut self,
        items: &[Pattern],
        at: usize,
        value: &Json,
        env: &Env,
        with: &mut dyn FnMut(&mut Jq, &Env) -> Flow,
    ) -> Flow {
        let Some(pattern) = items.get(at) else {
            return with(self, env);
        };
        let part = super::access::index(value, &Json::Number(at as f64))?;
        self.destructure(pattern, &part, env, &mut |jq, env| {
            jq.destructure_items(items, at + 1, value, env, with)
        })
    }

    fn destructure_keys(
        &mut self,
        items: &[(Filter, Option<String>, Option<Pattern>)],
        value: &Json,
        env: &Env,
        with: &mut dyn FnMut(&mut Jq, &Env) -> Flow,
    ) -> Flow {
        let Some(((key, var, pattern), rest)) = items.split_first() else {
            return with(self, env);
        };
        self.each(key, env, value, &mut |jq, key| {
            let part = super::access::index(value, &key)?;
            let env = match var {
                Some(var) => bind(var, part.clone(), env),
                None => env.clone(),
            };
            match pattern {
                None => jq.destructure_keys(rest, value, &env, with),
                Some(pattern) => jq.destructure(pattern, &part, &env, &mut |jq, env| {
                    jq.destructure_keys(rest, value, env, with)
                }),
            }
        })
    }

    fn call(&mut self, name: &str, args: &[Arc<Filter>], env: &Env, item: Item, out: Out) -> Flow {
        let mut scope = env.as_ref();
        while let Some(at) = scope {
            match &**at {
                Scope::Closure(closure, filter, under, _) if args.is_empty() && closure == name => {
                    return self.enter(|jq| jq.eval(filter, under, item, out));
                }
                Scope::Function(definition, _)
                    if definition.name == name && definition.params.len() == args.len() =>
                {
                    let definition = definition.clone();
                    let own = Some(at.clone());
                    return self.enter(|jq| {
                        jq.apply(&definition, &definition.params, args, env, own, item, out)
                    });
                }
                other => scope = other.outer().as_ref(),
            }
        }
        self.builtin(name, args, env, item, out)
    }

    fn enter(&mut self, work: impl FnOnce(&mut Jq) -> Flow) -> Flow {
        self.calls += 1;
        if self.calls > MAX_CALLS {
            return error("functions call themselves too deeply");
        }
        let result = work(self);
        self.calls = self.calls.saturating_sub(1);
        result
    }

    /// Binds the arguments one after the other, then runs the body.
    #[allow(clippy::too_many_arguments)]
    fn apply(
        &mut self,
        definition: &Definition,
        params: &[String],
        args: &[Arc<Filter>],
        env: &Env,
        inner: Env,
        item: Item,
        out: Out,
    ) -> Flow {
        let (Some((param, params)), Some((arg, args))) = (params.split_first(), args.split_first())
        else {
            return self.eval(&definition.body, &inner, item, out);
        };
        let Some(var) = param.strip_prefix('$') else {
            let scope = Scope::Closure(param.clone(), arg.clone(), env.clone(), inner);
            let inner = Some(Rc::new(scope));
            return self.apply(definition, params, args, env, inner, item, out);
        };
        let value = item.value.clone();
        self.each(arg, env, &value, &mut |jq, value| {
            let literal = Arc::new(Filter::Literal(value.clone()));
            let inner = bind(var, value, &inner);
            let scope = Scope::Closure(var.to_string(), literal, None, inner);
            let inner = Some(Rc::new(scope));
            jq.apply(definition, params, args, env, inner, item.clone(), out)
        })
    }
}

impl Scope {
    fn outer(&self) -> &Env {
        match self {
            Scope::Var(_, _, outer)
            | Scope::Label(_, _, outer)
            | Scope::Function(_, outer)
            | Scope::Closure(_, _, _, outer) => outer,
        }
    }
}

/// A value in an error's text, shortened.
fn shortened(value: &Json) -> String {
    let text = match value {
        Json::Number(n) => number(*n),
        other => show(other, &Style::COMPACT),
    };
    if text.len() <= 11 {
        return text;
    }
    let mut end = 7;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// `number (1)`: a value as errors tell of it.
pub fn told(value: &Json) -> String {
    format!("{} ({})", value.kind(), shortened(value))
}
