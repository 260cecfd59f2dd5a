//! The page's files: built into the program, or in a folder.

use crate::native::exchange::OutBody;
use anyhow::{Context as _, bail};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderValue, Response};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/site.rs"));

const INDEX: &str = "index.html";
/// Says to the page that its cluster is where it came from.
const MARK: &str = r#"<meta name="kubarium-session" content="./session" />"#;

/// A file, in the forms that there are.
#[derive(Debug, Default)]
struct File {
    plain: Option<Bytes>,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

/// All files.
#[derive(Debug)]
pub struct Site(BTreeMap<String, File>);

impl Site {
    /// The page that was built into this program; none where none was.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn built_in() -> anyhow::Result<Option<Self>> {
        if FILES.is_empty() {
            return Ok(None);
        }
        let files = FILES.iter().map(|(n, b)| (*n, Bytes::from_static(b)));
        Self::of(files).map(Some)
    }

    /// The page in a folder, which `make dist` fills.
    ///
    /// # Errors
    /// Where it cannot be read, or is no such page.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let read = || -> std::io::Result<Vec<(String, Bytes)>> {
            let mut found = Vec::new();
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                if let (Ok(name), true) = (entry.file_name().into_string(), entry.path().is_file())
                {
                    found.push((name, std::fs::read(entry.path())?.into()));
                }
            }
            Ok(found)
        };
        let found = read().with_context(|| format!("cannot read {}", folder.display()))?;
        Self::of(found.iter().map(|(n, b)| (n.as_str(), b.clone())))
            .with_context(|| format!("{} is not this program's page", folder.display()))
    }

    fn of<'a>(found: impl Iterator<Item = (&'a str, Bytes)>) -> anyhow::Result<Self> {
        let mut files: BTreeMap<String, File> = BTreeMap::new();
        for (name, bytes) in found {
            let (name, form) = match name.rsplit_once('.') {
                Some((name, "br")) => (name, 2),
                Some((name, "gz")) => (name, 1),
                _ => (name, 0),
            };
            let file = files.entry(name.to_owned()).or_default();
            match form {
                2 => file.brotli = Some(bytes),
                1 => file.gzip = Some(bytes),
                _ => file.plain = Some(bytes),
            }
        }
        let index = files.get(INDEX).and_then(File::unpacked);
        let index = index.context("there is no index.html")?;
        let text = String::from_utf8(index.to_vec()).context("index.html is no text")?;
        let Some((head, rest)) = text.split_once("<head>") else {
            bail!("index.html has no head");
        };
        let marked = File {
            plain: Some(format!("{head}<head>{MARK}{rest}").into()),
            ..File::default()
        };
        files.insert(INDEX.to_owned(), marked);
        Ok(Self(files))
    }

    /// A file ("" is the page itself) in the best form that the client takes; none where there is no such file.
    pub fn file(&self, name: &str, encodings: &str) -> Option<Response<OutBody>> {
        let name = if name.is_empty() { INDEX } else { name };
        let file = self.0.get(name)?;
        let takes = |encoding: &str| {
            let mut all = encodings.split(',');
            all.any(|one| one.trim().split(';').next() == Some(encoding))
        };
        let forms = [(&file.brotli, "br"), (&file.gzip, "gzip")];
        let packed = forms.into_iter().find(|(_, encoding)| takes(encoding));
        let (bytes, encoding) = match packed {
            Some((Some(bytes), encoding)) => (bytes.clone(), Some(encoding)),
            _ => (file.unpacked()?, None),
        };
        let mut response = Response::new(OutBody::Whole(Some(bytes)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind_of(name)));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        let lasting = match is_named_by_content(name) {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(lasting));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

impl File {
    fn unpacked(&self) -> Option<Bytes> {
        if let Some(plain) = &self.plain {
            return Some(plain.clone());
        }
        let mut bytes = Vec::new();
        let packed = self.gzip.as_ref()?;
        GzDecoder::new(&packed[..]).read_to_end(&mut bytes).ok()?;
        Some(bytes.into())
    }
}

/// Whether a name has the hash of its content in it, and so never means another one.
fn is_named_by_content(name: &str) -> bool {
    let hex = |part: &str| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 12
    };
    name.split('-').skip(1).any(hex)
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(text: &str) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("a vector");
        encoder.finish().expect("a vector").into()
    }

    fn body(response: Response<OutBody>) -> Vec<u8> {
        match response.into_body() {
            OutBody::Whole(Some(bytes)) => bytes.to_vec(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn files_are_served_in_the_form_that_is_taken() {
        let found = [
            ("index.html.gz", packed("<html><head></head></html>")),
            ("web-0123456789abcdef_bg.wasm.gz", packed("module")),
            ("web-0123456789abcdef_bg.wasm.br", Bytes::from("brotli")),
        ];
        let site = Site::of(found.into_iter()).expect("a page");
        let wasm = "web-0123456789abcdef_bg.wasm";
        let best = site.file(wasm, "gzip, deflate, br").expect("there");
        assert_eq!(best.headers()[CONTENT_ENCODING], "br");
        assert_eq!(best.headers()[CONTENT_TYPE], "application/wasm");
        assert!(
            best.headers()[CACHE_CONTROL]
                .to_str()
                .is_ok_and(|v| v.contains("immutable"))
        );
        assert_eq!(body(best), b"brotli");
        let plain = site.file(wasm, "identity").expect("there");
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(body(plain), b"module");

        let index = site.file("", "gzip").expect("there");
        assert_eq!(index.headers()[CACHE_CONTROL], "no-cache");
        let text = String::from_utf8(body(index)).expect("text");
        assert!(text.contains(MARK), "{text}");
        assert!(site.file("../secret", "").is_none());
    }

    #[test]
    fn what_is_no_page_is_refused() {
        assert!(Site::of([("readme.txt", Bytes::new())].into_iter()).is_err());
        assert!(Site::of([("index.html", Bytes::from("hello"))].into_iter()).is_err());
        assert!(Site::read(Path::new("/nowhere/at/all")).is_err());
    }
}
