//! Where in a manifest an offset stands, told by indentation.

/// One step from a document's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the value of a key.
    Key(String),
    /// Into an item of a list.
    Item,
}

/// What is being written at the offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writing {
    /// A key, or its beginning.
    Key,
    /// The value of the path's last key.
    Value,
    /// Nothing that can be helped with: a comment, a block of text.
    Other,
}

/// Where an offset stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The document's `apiVersion`, or "".
    pub api_version: String,
    /// The document's `kind`, or "".
    pub kind: String,
    /// From the root to the map that holds the key, or to the value.
    pub path: Vec<Step>,
    pub writing: Writing,
    /// Byte range of the word at the offset.
    pub from: usize,
    pub to: usize,
    /// The other keys of the same map that stand above or below.
    pub siblings: Vec<String>,
    /// Column where a new key of this map stands.
    pub indent: usize,
    /// The word has a colon behind it already.
    pub has_colon: bool,
}

/// What a line begins with.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    /// `- ` at a column.
    Marker(usize),
    /// `key:` at a column, with what follows the colon.
    Key(usize, &'a str, &'a str),
    /// Anything else.
    Word(usize),
}

impl Place {
    /// Looks around a byte offset of the text.
    pub fn find(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let (document, start) = document_around(text, offset);
        let lines: Vec<&str> = document.split('\n').collect();
        let (row, line_start) = row_of(&lines, start, offset);
        let column = offset - line_start;
        let mut place = Self {
            api_version: top_level(&lines, "apiVersion"),
            kind: top_level(&lines, "kind"),
            path: Vec::new(),
            writing: Writing::Other,
            from: offset,
            to: offset,
            siblings: Vec::new(),
            indent: 0,
            has_colon: false,
        };
        let line = lines[row];
        if line[..column].trim_start().starts_with('#') || line[..column].contains(" #") {
            return place;
        }
        place.read_line(line, line_start, column);
        if place.writing == Writing::Other {
            return place;
        }
        let tokens = tokens(line);
        let written: Vec<_> = tokens
            .into_iter()
            .filter(|token| matches!(token, Token::Marker(at) if *at < place.indent))
            .collect();
        place.climb(&lines, row, &written);
        if place.writing == Writing::Value {
            let key = line[place.indent..].split(':').next().unwrap_or_default();
            place.path.push(Step::Key(unquoted(key).to_owned()));
        }
        place
    }

    /// Finds the word and what it is.
    fn read_line(&mut self, line: &str, line_start: usize, column: usize) {
        let mut indent = line.len() - line.trim_start_matches(' ').len();
        for token in tokens(line) {
            match token {
                Token::Marker(at) => indent = at + 2,
                Token::Key(at, key, _) => {
                    indent = at;
                    let colon = at + key.len();
                    if column > colon {
                        self.writing = Writing::Value;
                        self.indent = at;
                        let value = colon + 1 + spaces(&line[colon + 1..]);
                        self.from = line_start + value.min(column);
                        self.to = line_start + line.trim_end().len().max(column);
                        return;
                    }
                }
                Token::Word(at) => indent = at,
            }
        }
        self.writing = Writing::Key;
        // On an empty line the cursor says how deep the new key stands.
        self.indent = if line.trim().is_empty() {
            column
        } else {
            indent
        };
        let end = line[self.indent.min(line.len())..]
            .find([':', ' '])
            .map_or(line.trim_end().len(), |at| at + self.indent);
        self.from = line_start + self.indent.min(column);
        self.to = line_start + end.max(column);
        self.has_colon = line[end.min(line.len())..].starts_with(':');
    }

    /// Collects the steps above, from the innermost outwards.
    fn climb(&mut self, lines: &[&str], row: usize, written: &[Token<'_>]) {
        let mut want = self.indent;
        let mut after_item = false;
        let mut steps = Vec::new();
        let mut innermost = true;
        let mut visit =
            |token: &Token<'_>, innermost: &mut bool, siblings: &mut Vec<String>| match *token {
                Token::Key(at, key, rest) => {
                    let parent = at < want || (after_item && at == want && rest.is_empty());
                    if parent {
                        steps.push(Step::Key(unquoted(key).to_owned()));
                        (want, after_item, *innermost) = (at, false, false);
                    } else if at == want && *innermost {
                        siblings.push(unquoted(key).to_owned());
                    }
                }
                Token::Marker(at) if at < want => {
                    steps.push(Step::Item);
                    (want, after_item, *innermost) = (at, true, false);
                }
                _ => {}
            };
        let mut siblings = Vec::new();
        for token in written.iter().rev() {
            visit(token, &mut innermost, &mut siblings);
        }
        for line in lines[..row].iter().rev() {
            for token in tokens(line).iter().rev() {
                visit(token, &mut innermost, &mut siblings);
            }
        }
        for line in &lines[row + 1..] {
            match tokens(line).first() {
                Some(Token::Key(at, key, _)) if *at == self.indent => {
                    siblings.push(unquoted(key).to_owned());
                }
                Some(Token::Key(at, ..) | Token::Marker(at) | Token::Word(at))
                    if *at < self.indent =>
                {
                    break;
                }
                _ => {}
            }
        }
        steps.reverse();
        self.path = steps;
        self.siblings = siblings;
    }
}

/// The document around an offset and where it begins.
fn document_around(text: &str, offset: usize) -> (&str, usize) {
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if line.trim_end() == "---" {
            if at >= offset {
                return (text[start..at].trim_end_matches('\n'), start);
            }
            if next <= offset {
                start = next;
            }
        }
        at = next;
    }
    (&text[start..], start)
}

/// The row of an offset and the offset where that row begins.
fn row_of(lines: &[&str], start: usize, offset: usize) -> (usize, usize) {
    let mut at = start;
    for (row, line) in lines.iter().enumerate() {
        if offset <= at + line.len() {
            return (row, at);
        }
        at += line.len() + 1;
    }
    let last = lines.len() - 1;
    (last, offset.saturating_sub(lines[last].len()))
}

fn top_level(lines: &[&str], key: &str) -> String {
    lines
        .iter()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
        .map(|value| unquoted(value.split(" #").next().unwrap_or_default().trim()).to_owned())
        .unwrap_or_default()
}

/// The markers of a line and its key or word, from left to right.
fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = spaces(line);
    while line[at..].starts_with("- ") || &line[at..] == "-" {
        found.push(Token::Marker(at));
        at = (at + 2).min(line.len());
        at += spaces(&line[at..]);
    }
    let rest = &line[at..];
    if rest.is_empty() || rest.starts_with('#') {
        return found;
    }
    let colon = rest
        .match_indices(':')
        .map(|(colon, _)| colon)
        .find(|colon| rest[colon + 1..].is_empty() || rest[colon + 1..].starts_with(' '));
    found.push(match colon {
        Some(colon) if !rest.starts_with(['{', '[']) => {
            let value = rest[colon + 1..].trim();
            let value = if value.starts_with('#') { "" } else { value };
            Token::Key(at, &rest[..colon], value)
        }
        _ => Token::Word(at),
    });
    found
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place at `|` as one line of text.
    fn at(marked: &str) -> String {
        let offset = marked.find('|').expect("a mark");
        let text = marked.replacen('|', "", 1);
        let place = Place::find(&text, offset);
        let path: String = place
            .path
            .iter()
            .map(|step| match step {
                Step::Key(key) => format!(".{key}"),
                Step::Item => "[]".to_owned(),
            })
            .collect();
        let word = &text[place.from..place.to];
        format!(
            "{}/{} {path} {:?} {word:?} {:?}",
            place.api_version, place.kind, place.writing, place.siblings
        )
    }

    #[test]
    fn indentation_tells_the_path() {
        let head = "apiVersion: v1\nkind: Pod\n";
        for (body, expected) in [
            ("sp|", r#" Key "sp" ["kind", "apiVersion"]"#),
            ("spec:\n  contai|", r#".spec Key "contai" []"#),
            ("spec:\n  |", r#".spec Key "" []"#),
            (
                "spec:\n  containers:\n  - name: a\n    ima|\n  restartPolicy: Always",
                r#".spec.containers[] Key "ima" ["name"]"#,
            ),
            (
                "spec:\n  containers:\n    - name: a\n    - im|",
                r#".spec.containers[] Key "im" []"#,
            ),
            (
                "spec:\n  containers:\n  - name: a\n    ports:\n    - containerPort: 80\n    image: |x",
                r#".spec.containers[].image Value "x" ["ports", "name"]"#,
            ),
            (
                "metadata:\n  labels:\n    app: a|b # why",
                r#".metadata.labels.app Value "ab # why" []"#,
            ),
            ("# no|", r#" Other "" []"#),
        ] {
            let found = at(&format!("{head}{body}"));
            assert_eq!(found, format!("v1/Pod {expected}"), "{body}");
        }
    }

    #[test]
    fn documents_are_apart() {
        let text = "kind: A\n---\nkind: B\nm|\n---\nkind: C\n";
        assert_eq!(at(text), r#"/B  Key "m" ["kind"]"#);
    }

    #[test]
    fn any_offset_of_any_text_has_a_place() {
        let text = "- - a: [é, 'x: y'\n-\n  : \n\"k\": - b\n---\n--- \n\t|\n";
        for offset in 0..text.len() + 2 {
            Place::find(text, offset);
        }
    }
}
