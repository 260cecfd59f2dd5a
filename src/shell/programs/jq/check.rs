//! Finds names that are not defined before anything runs.

use super::builtins::BUILTINS;
use super::parser::{Filter, Pattern, Piece};

#[derive(Clone, Default)]
struct Names {
    vars: Vec<String>,
    functions: Vec<(String, usize)>,
}

/// The first name that nothing defines, as `jq` reports it.
pub fn undefined(filter: &Filter, vars: &[String]) -> Option<String> {
    let names = Names {
        vars: vars.to_vec(),
        functions: Vec::new(),
    };
    walk(filter, &names)
}

fn walk(filter: &Filter, names: &Names) -> Option<String> {
    use Filter::*;
    match filter {
        Identity | RecurseDefault | Literal(_) | Array(None) | Break(_) => None,
        Format(_, pieces) => pieces.iter().find_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Filter(inner) => walk(inner, names),
        }),
        Var(name) => {
            let known = names.vars.contains(name) || matches!(name.as_str(), "ENV" | "__loc__");
            (!known).then(|| format!("${name} is not defined"))
        }
        Slice(a, b, c) => walk(a, names)
            .or_else(|| b.as_ref().and_then(|b| walk(b, names)))
            .or_else(|| c.as_ref().and_then(|c| walk(c, names))),
        Iterate(a) | Minus(a) | Array(Some(a)) | Label(_, a) => walk(a, names),
        Try(a, b) => walk(a, names).or_else(|| b.as_ref().and_then(|b| walk(b, names))),
        Index(a, b) | Pipe(a, b) | Comma(a, b) | And(a, b) | Or(a, b) | Alternative(a, b) => {
            walk(a, names).or_else(|| walk(b, names))
        }
        Binary(_, a, b) | Update(_, a, b) => walk(a, names).or_else(|| walk(b, names)),
        If(a, b, c) => [a, b, c].into_iter().find_map(|f| walk(f, names)),
        Object(pairs) => pairs
            .iter()
            .find_map(|(k, v)| walk(k, names).or_else(|| walk(v, names))),
        Bind(source, pattern, body) => {
            walk(source, names).or_else(|| walk(body, &with(names, pattern)))
        }
        Reduce(source, pattern, init, update) => walk(source, names)
            .or_else(|| walk(init, names))
            .or_else(|| walk(update, &with(names, pattern))),
        Foreach(source, pattern, init, update, extract) => {
            let inner = with(names, pattern);
            walk(source, names)
                .or_else(|| walk(init, names))
                .or_else(|| walk(update, &inner))
                .or_else(|| extract.as_ref().and_then(|e| walk(e, &inner)))
        }
        Define(definition, rest) => {
            let mut outer = names.clone();
            outer
                .functions
                .push((definition.name.clone(), definition.params.len()));
            let mut inner = outer.clone();
            for param in &definition.params {
                if let Some(var) = param.strip_prefix('$') {
                    inner.vars.push(var.to_string());
                }
                inner
                    .functions
                    .push((param.trim_start_matches('$').to_string(), 0));
            }
            walk(&definition.body, &inner).or_else(|| walk(rest, &outer))
        }
        Call(name, args) => {
            if let Some(missing) = args.iter().find_map(|a| walk(a, names)) {
                return Some(missing);
            }
            let own = names
                .functions
                .iter()
                .any(|(n, a)| n == name && *a == args.len());
            let builtin = BUILTINS
                .iter()
                .any(|(n, arities)| n == name && arities.contains(&args.len()));
            let known = own || builtin || name.starts_with('@');
            (!known).then(|| format!("{name}/{} is not defined", args.len()))
        }
    }
}

fn with(names: &Names, pattern: &Pattern) -> Names {
    let mut names = names.clone();
    add(&mut names, pattern);
    names
}

fn add(names: &mut Names, pattern: &Pattern) {
    match pattern {
        Pattern::Var(name) => names.vars.push(name.clone()),
        Pattern::Array(items) => items.iter().for_each(|p| add(names, p)),
        Pattern::Object(items) => {
            for (_, var, inner) in items {
                names.vars.extend(var.clone());
                if let Some(inner) = inner {
                    add(names, inner);
                }
            }
        }
    }
}
