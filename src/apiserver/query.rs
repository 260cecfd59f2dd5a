//! Query parameters as upstream's conversion functions read them.

use crate::apimachinery::status::{Status, StatusCause};

/// The decoded parameters of a request, in order.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands after `?`.
    pub fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|p| !p.is_empty()).map(|p| {
            let (k, v) = p.split_once('=').unwrap_or((p, ""));
            (decode(k), decode(v))
        });
        Query(pairs.collect())
    }
    /// Parameters that are decoded already.
    pub fn of(pairs: Vec<(String, String)>) -> Query {
        Query(pairs)
    }
    /// The first value of a parameter, "" where it is missing.
    pub fn get(&self, key: &str) -> &str {
        self.0
            .iter()
            .find(|(k, _)| k == key)
            .map_or("", |(_, v)| v.as_str())
    }
    /// Whether the parameter was given at all.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }
    /// All values of a parameter.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(k, _)| k == key)
            .map(|(_, v)| v.as_str())
    }
    /// All parameters in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
    /// A boolean: present means true unless it says `false` or `0`.
    pub fn flag(&self, key: &str) -> bool {
        self.has(key) && !matches!(self.get(key), "false" | "False" | "FALSE" | "0")
    }
    /// A whole number.
    ///
    /// # Errors
    /// 400 in the words of Go's `strconv`.
    pub fn int(&self, key: &str) -> Result<Option<i64>, Status> {
        let text = self.get(key);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            Status::bad_request(format!(
                "strconv.ParseInt: parsing {text:?}: invalid syntax"
            ))
        })
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes
            .get(i + 1..i + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[i], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Decodes one segment of a path.
pub fn decode_segment(text: &str) -> String {
    if text.contains('%') {
        decode(&text.replace('+', "%2B"))
    } else {
        text.to_owned()
    }
}

/// Parameters of list and watch (`metav1.ListOptions`), checked.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// `labelSelector`.
    pub label_selector: String,
    /// `fieldSelector`.
    pub field_selector: String,
    /// `allowWatchBookmarks`.
    pub bookmarks: bool,
    /// `sendInitialEvents`.
    pub send_initial_events: Option<bool>,
    /// `resourceVersion` as given; "" and 0 have meanings of their own.
    pub resource_version: Option<u64>,
    /// `resourceVersionMatch`.
    pub version_match: String,
    /// `limit`; 0 for none.
    pub limit: usize,
    /// `continue`.
    pub continue_: String,
}

impl ListOptions {
    /// Reads and checks them (`ValidateListOptions`).
    ///
    /// # Errors
    /// 400 for what cannot be read, 422 for what does not fit together.
    pub fn parse(query: &Query, watch: bool) -> Result<Self, Status> {
        query.int("timeoutSeconds")?;
        let limit = query.int("limit")?.unwrap_or(0);
        let send_initial_events = query
            .has("sendInitialEvents")
            .then(|| query.flag("sendInitialEvents"));
        let version = query.get("resourceVersion");
        let version_match = query.get("resourceVersionMatch");
        let causes = if watch {
            watch_causes(query, send_initial_events)
        } else {
            list_causes(query, send_initial_events)
        };
        if !causes.is_empty() {
            return Err(Status::invalid("meta.k8s.io", "ListOptions", "", causes));
        }
        let resource_version = match version {
            "" => None,
            v => Some(v.parse().map_err(|_| {
                Status::bad_request(format!(
                    "invalid resource version: resourceVersion: Invalid value: {v:?}: strconv.ParseUint: parsing {v:?}: invalid syntax"
                ))
            })?),
        };
        Ok(ListOptions {
            label_selector: query.get("labelSelector").to_owned(),
            field_selector: query.get("fieldSelector").to_owned(),
            bookmarks: query.flag("allowWatchBookmarks"),
            send_initial_events,
            resource_version,
            version_match: version_match.to_owned(),
            limit: usize::try_from(limit).unwrap_or(0),
            continue_: query.get("continue").to_owned(),
        })
    }
}

fn forbidden(field: &str, message: impl AsRef<str>) -> StatusCause {
    StatusCause::new(
        "FieldValueForbidden",
        format!("Forbidden: {}", message.as_ref()),
        field,
    )
}

fn unsupported(field: &str, value: &str, supported: &str) -> StatusCause {
    StatusCause::new(
        "FieldValueNotSupported",
        format!("Unsupported value: {value}: supported values: {supported}"),
        field,
    )
}

const MATCH: &str = "resourceVersionMatch";

fn list_causes(query: &Query, send_initial_events: Option<bool>) -> Vec<StatusCause> {
    let (version, matching) = (query.get("resourceVersion"), query.get(MATCH));
    let mut causes = Vec::new();
    if !matching.is_empty() {
        if version.is_empty() {
            causes.push(forbidden(
                MATCH,
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ));
        }
        if !query.get("continue").is_empty() {
            causes.push(forbidden(
                MATCH,
                "resourceVersionMatch is forbidden when continue is provided",
            ));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            causes.push(unsupported(
                MATCH,
                &format!("{matching:?}"),
                "\"Exact\", \"NotOlderThan\", \"\"",
            ));
        }
        if matching == "Exact" && version == "0" {
            causes.push(forbidden(
                MATCH,
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            ));
        }
    }
    if send_initial_events.is_some() {
        causes.push(forbidden(
            "sendInitialEvents",
            "sendInitialEvents is forbidden for list",
        ));
    }
    causes
}

fn watch_causes(query: &Query, send_initial_events: Option<bool>) -> Vec<StatusCause> {
    let matching = query.get(MATCH);
    let mut causes = Vec::new();
    if send_initial_events.is_some() && matching != "NotOlderThan" {
        causes.push(forbidden(
            MATCH,
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if !matching.is_empty() {
        if send_initial_events.is_none() {
            causes.push(forbidden(
                MATCH,
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ));
        }
        if matching != "NotOlderThan" {
            causes.push(unsupported(
                MATCH,
                &format!("{matching:?}"),
                "\"NotOlderThan\"",
            ));
        }
        if !query.get("continue").is_empty() {
            causes.push(forbidden(
                MATCH,
                "resourceVersionMatch is forbidden when continue is provided",
            ));
        }
    }
    causes
}

/// Checks `dryRun` and, for writes of objects, `fieldValidation` and `fieldManager`; says whether to run dry.
///
/// # Errors
/// 422 in the name of `kind`: `CreateOptions`, `UpdateOptions`, `PatchOptions`, `DeleteOptions`.
pub fn write_options(query: &Query, kind: &str) -> Result<bool, Status> {
    checked(query, kind, Vec::new())
}

/// The same for a patch, which names its manager where it applies, and may be forced only then.
///
/// # Errors
/// 422.
pub fn patch_options(query: &Query, applies: bool) -> Result<bool, Status> {
    let cause = if !applies && query.has("force") {
        let why = "may not be specified for non-apply patch";
        Some(forbidden("force", why))
    } else if applies && query.get("fieldManager").is_empty() {
        Some(StatusCause::new(
            "FieldValueRequired",
            "Required value: is required for apply patch",
            "fieldManager",
        ))
    } else {
        None
    };
    checked(query, "PatchOptions", cause.into_iter().collect())
}

fn checked(query: &Query, kind: &str, mut causes: Vec<StatusCause>) -> Result<bool, Status> {
    let dry: Vec<&str> = query.all("dryRun").filter(|v| !v.is_empty()).collect();
    causes.extend(dry_run_causes(&dry));
    let manager = query.get("fieldManager");
    if manager.len() > 128 {
        causes.push(StatusCause::new(
            "FieldValueTooLong",
            "Too long: may not be more than 128 bytes",
            "fieldManager",
        ));
    }
    if manager.chars().any(char::is_control) {
        causes.push(StatusCause::new(
            "FieldValueInvalid",
            format!("Invalid value: {manager:?}: should only contain printable characters"),
            "fieldManager",
        ));
    }
    let validation = query.get("fieldValidation");
    if kind != "DeleteOptions" && !matches!(validation, "" | "Ignore" | "Warn" | "Strict") {
        causes.push(unsupported(
            "fieldValidation",
            &format!("{validation:?}"),
            "\"\", \"Ignore\", \"Strict\", \"Warn\"",
        ));
    }
    if causes.is_empty() {
        Ok(!dry.is_empty())
    } else {
        Err(Status::invalid("meta.k8s.io", kind, "", causes))
    }
}

/// What is wrong with the values of `dryRun`.
pub fn dry_run_causes(values: &[&str]) -> Vec<StatusCause> {
    if values.iter().all(|v| *v == "All") {
        return Vec::new();
    }
    let given = values
        .iter()
        .map(|v| format!("{v:?}"))
        .collect::<Vec<_>>()
        .join(",");
    vec![unsupported("dryRun", &format!("[{given}]"), "\"All\"")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let q = Query::parse("labelSelector=app%20in%20%28a%2Cb%29&watch=1&limit=x&a=b+c&%zz=%4");
        assert_eq!(q.get("labelSelector"), "app in (a,b)");
        assert!(q.flag("watch") && !q.flag("nope"));
        assert_eq!((q.get("a"), q.get("%zz")), ("b c", "%4"));
        let err = q.int("limit").expect_err("no number");
        assert_eq!(
            err.message(),
            "strconv.ParseInt: parsing \"x\": invalid syntax"
        );
        assert!(!Query::parse("watch=false").flag("watch"));
    }

    #[test]
    fn options_that_do_not_fit_together_are_refused() {
        let message = |q: &str, watch| {
            ListOptions::parse(&Query::parse(q), watch)
                .expect_err("refused")
                .message()
                .to_owned()
        };
        assert!(
            message("resourceVersionMatch=Exact", false)
                .ends_with("unless resourceVersion is provided")
        );
        assert!(message("sendInitialEvents=true", true).contains("requires setting"));
        assert!(
            write_options(&Query::parse("dryRun=Some"), "CreateOptions")
                .expect_err("refused")
                .message()
                .ends_with("dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"")
        );
    }
}
