//! Links in HTML (`atomsToAttrs` of upstream's proxy transport: which attributes of which elements are URLs).

/// Element and attribute of each link.
const LINKS: [(&str, &[&str]); 25] = [
    ("a", &["href"]),
    ("applet", &["codebase"]),
    ("area", &["href"]),
    ("audio", &["src"]),
    ("base", &["href"]),
    ("blockquote", &["cite"]),
    ("body", &["background"]),
    ("button", &["formaction"]),
    ("command", &["icon"]),
    ("del", &["cite"]),
    ("embed", &["src"]),
    ("form", &["action"]),
    ("frame", &["longdesc", "src"]),
    ("head", &["profile"]),
    ("html", &["manifest"]),
    ("iframe", &["longdesc", "src"]),
    ("img", &["longdesc", "src", "usemap"]),
    ("input", &["src", "usemap", "formaction"]),
    ("ins", &["cite"]),
    ("link", &["href"]),
    ("object", &["classid", "codebase", "data", "usemap"]),
    ("q", &["cite"]),
    ("script", &["src"]),
    ("source", &["src"]),
    ("video", &["poster", "src"]),
];
/// Elements whose text holds no tags.
const RAW: [&str; 8] = [
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
    "script",
    "style",
    "textarea",
    "title",
];

/// The longest character reference that is read, with `&` and `;`: numbers may begin with a few zeros.
const LONGEST_REFERENCE: usize = 16;

/// The page with each link as `change` gives it; nothing else of it changes.
pub fn rewrite(html: &[u8], change: &dyn Fn(&str) -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        let (text, tag) = rest.split_at(at);
        out.extend_from_slice(text);
        if tag.starts_with(b"<!--") {
            let end = find(&tag[4..], b"-->").map_or(tag.len(), |e| e + 7);
            out.extend_from_slice(&tag[..end]);
            rest = &tag[end..];
        } else if tag.get(1).is_some_and(u8::is_ascii_alphabetic) {
            rest = element(tag, change, &mut out);
        } else {
            out.push(b'<');
            rest = &tag[1..];
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Writes the tag at the beginning and, where that holds no tags, the text behind it; gives what follows.
fn element<'a>(tag: &'a [u8], change: &dyn Fn(&str) -> String, out: &mut Vec<u8>) -> &'a [u8] {
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
    let length = tag.iter().position(ends).unwrap_or(tag.len());
    let name = String::from_utf8_lossy(&tag[1..length]).to_ascii_lowercase();
    let links = LINKS.iter().find(|(element, _)| *element == name);
    let links = links.map_or(&[][..], |(_, attributes)| attributes);
    out.extend_from_slice(&tag[..length]);
    let mut rest = &tag[length..];
    loop {
        let skip = |b: &u8| !(b.is_ascii_whitespace() || *b == b'/');
        let begin = rest.iter().position(skip).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..begin]);
        rest = &rest[begin..];
        match rest.first() {
            None => return rest,
            Some(b'>') => break,
            Some(_) => rest = attribute(rest, links, change, out),
        }
    }
    out.push(b'>');
    rest = &rest[1..];
    if RAW.contains(&name.as_str()) {
        let end = format!("</{name}");
        let end = (0..rest.len()).find(|at| {
            let here = &rest[*at..];
            here.len() >= end.len() && here[..end.len()].eq_ignore_ascii_case(end.as_bytes())
        });
        let end = end.unwrap_or(rest.len());
        out.extend_from_slice(&rest[..end]);
        rest = &rest[end..];
    }
    rest
}

/// Writes one attribute; gives what follows.
fn attribute<'a>(
    tag: &'a [u8],
    links: &[&str],
    change: &dyn Fn(&str) -> String,
    out: &mut Vec<u8>,
) -> &'a [u8] {
    // A name may begin with an equals sign.
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'=');
    let name = tag[1..].iter().position(ends).map_or(tag.len(), |e| e + 1);
    let space = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let equals = name + space(&tag[name..]);
    if tag.get(equals) != Some(&b'=') {
        out.extend_from_slice(&tag[..name]);
        return &tag[name..];
    }
    let begin = equals + 1 + space(&tag[equals + 1..]);
    let (inner, end) = match tag.get(begin) {
        Some(quote @ (b'"' | b'\'')) => {
            let rest = &tag[begin + 1..];
            let length = rest.iter().position(|b| b == quote).unwrap_or(rest.len());
            (
                begin + 1..begin + 1 + length,
                (begin + length + 2).min(tag.len()),
            )
        }
        _ => {
            let ends = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
            let rest = &tag[begin..];
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            (begin..begin + length, begin + length)
        }
    };
    let own = String::from_utf8_lossy(&tag[..name]).to_ascii_lowercase();
    let changed = links.contains(&own.as_str()).then(|| {
        let url = unescaped(std::str::from_utf8(&tag[inner]).ok()?);
        let changed = change(url.trim());
        (changed != url).then_some(changed)
    });
    match changed.flatten() {
        None => out.extend_from_slice(&tag[..end]),
        Some(url) => {
            let url = url.replace('&', "&amp;").replace('"', "&quot;");
            out.extend_from_slice(&tag[..begin]);
            out.extend_from_slice(format!("\"{url}\"").as_bytes());
        }
    }
    &tag[end..]
}

/// A value without character references: numeric ones, and those of characters that stand in URLs.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // A look at all that follows would take the square of a long value's time.
        let near = rest.bytes().take(LONGEST_REFERENCE);
        let end = near.enumerate().find(|(_, b)| *b == b';');
        let reference = end.map(|(end, _)| &rest[1..end]);
        match reference.and_then(|r| Some((r.len(), character(r)?))) {
            Some((length, c)) => {
                out.push(c);
                rest = &rest[length + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// The character that a reference stands for: what is between `&` and `;`.
fn character(reference: &str) -> Option<char> {
    if let Some(number) = reference.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = match hex {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    let named = [
        ("amp", '&'),
        ("quot", '"'),
        ("apos", '\''),
        ("lt", '<'),
        ("gt", '>'),
    ];
    named
        .iter()
        .find(|(name, _)| *name == reference)
        .map(|n| n.1)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(html: &str) -> String {
        let change = |url: &str| match url.strip_prefix('/') {
            Some(path) => format!("/p/{path}"),
            None => url.to_owned(),
        };
        String::from_utf8_lossy(&rewrite(html.as_bytes(), &change)).into_owned()
    }

    #[test]
    fn links_change_and_nothing_else_does() {
        for (html, want) in [
            ("<a href=\"/x\">/x</a>", "<a href=\"/p/x\">/x</a>"),
            (
                "<A CLASS=b HREF = '/x?a=1&amp;b=2'>",
                "<A CLASS=b HREF = \"/p/x?a=1&amp;b=2\">",
            ),
            (
                "<img src=/x.png alt='/y'/>",
                "<img src=\"/p/x.png\" alt='/y'/>",
            ),
            (
                "<a name=/x href=y.html disabled>",
                "<a name=/x href=y.html disabled>",
            ),
            ("<p title=\"<a href='/x'>\">", "<p title=\"<a href='/x'>\">"),
            (
                "<!-- <a href='/x'> --><a href='/y'>",
                "<!-- <a href='/x'> --><a href=\"/p/y\">",
            ),
            (
                "<script src='/a.js'>b('<a href=\"/x\">')</SCRIPT>",
                "<script src=\"/p/a.js\">b('<a href=\"/x\">')</SCRIPT>",
            ),
            (
                "<!doctype html><title>a < b</title><form action='/go'>",
                "<!doctype html><title>a < b</title><form action=\"/p/go\">",
            ),
            ("a < b <", "a < b <"),
            (
                "<a href=\"&#47;x?a=1&#x26;b=&quot;2&nope;\">",
                "<a href=\"/p/x?a=1&amp;b=&quot;2&amp;nope;\">",
            ),
            ("<a href='&#xD800;/x'>", "<a href='&#xD800;/x'>"),
        ] {
            assert_eq!(changed(html), want, "{html}");
        }
    }

    #[test]
    fn a_value_of_nothing_but_ampersands_takes_no_time() {
        let url = "&".repeat(2 << 20);
        assert_eq!(unescaped(&url), url);
        assert_eq!(
            unescaped("&amp&#x0010FFFF;&;é&é;&#38;"),
            "&amp\u{10ffff}&;é&é;&"
        );
    }

    #[test]
    fn pages_that_break_off_are_left_as_they_are() {
        let html = "<a href=\"/x\"><img src='/y' =z /a b= >";
        for end in 0..html.len() {
            let part = &html[..end];
            let out = changed(part);
            assert!(out.len() >= part.len(), "{part}: {out}");
        }
        assert_eq!(changed("<a href"), "<a href");
        assert_eq!(changed("<!-- <a href='/x'>"), "<!-- <a href='/x'>");
    }
}
