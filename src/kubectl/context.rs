//! What a running command has in its hands.

use super::command::Found;
use super::config::KubeConfig;
use super::discovery::{Discovery, Mapping};
use super::env::{Io, Transport};
use super::error::Error;
use super::flags::{Flags, Parsed, parse_duration, parse_int};
use super::rest::Rest;
use super::rest::trace::Trace;
use http::{HeaderName, HeaderValue};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// How long what was learnt about the server's resources is believed.
const DISCOVERY_AGE: Duration = Duration::from_secs(6 * 3600);

/// A running command: its words, its workstation and its server.
pub struct Cx {
    /// The command and those above it.
    pub found: Found,
    /// Its flags.
    pub flags: Flags,
    /// Its arguments.
    pub args: Vec<String>,
    /// How many of the arguments stood before `--`, if there was one.
    pub dash_at: Option<usize>,
    /// The whole command line as given.
    pub words: Vec<String>,
    /// The workstation.
    pub io: Rc<dyn Io>,
    /// The server.
    pub rest: Rest,
    /// The kubeconfig, read when first needed.
    config: RefCell<Option<Rc<KubeConfig>>>,
    discovery: RefCell<Option<Rc<Discovery>>>,
    fresh: Cell<bool>,
    /// Whether short names with several meanings were warned of.
    ambiguous: Cell<bool>,
}

impl Cx {
    /// Puts together what a command needs.
    pub fn new(
        found: Found,
        parsed: Parsed,
        words: Vec<String>,
        io: Rc<dyn Io>,
        transport: Rc<dyn Transport>,
    ) -> Cx {
        let rest = Rest::new(
            transport,
            io.clone(),
            headers(&parsed.flags),
            timeout(&parsed.flags),
        );
        Cx {
            found,
            flags: parsed.flags,
            args: parsed.args,
            dash_at: parsed.dash_at,
            words,
            io,
            rest,
            config: RefCell::default(),
            discovery: RefCell::default(),
            fresh: Cell::new(false),
            ambiguous: Cell::new(false),
        }
        .traced()
    }

    /// With `-v=6` and more, requests are told of.
    fn traced(mut self) -> Cx {
        let level = self.flags.int("v");
        if level < 6 {
            return self;
        }
        let config = self.config().ok();
        for path in config.iter().flat_map(|c| &c.paths) {
            let words = format!("Config loaded from file:  {path}");
            super::rest::trace::line(&*self.io, "loader.go:402", &words);
        }
        let server = match (self.global("server"), config) {
            ("", Some(config)) => {
                let context = config.context_name(self.global("context"));
                config.server(&context, self.global("cluster"))
            }
            (given, _) => given.to_owned(),
        };
        self.rest = self.rest.traced(Some(Trace { level, server }));
        self
    }

    /// A global flag of the connection; "" where the command has one of the same name that means something else.
    fn global(&self, name: &str) -> &str {
        let mut own = self.found.command().flags.iter().flat_map(|f| f.iter());
        match own.any(|f| f.name == name) {
            true => "",
            false => self.flags.str(name),
        }
    }

    /// Refuses flags about the connection that cannot be meant.
    pub fn check_connection(&self) -> Result<(), Error> {
        let text = self.flags.str("request-timeout");
        if parse_int(text).is_err() && parse_duration(text).is_err() {
            return Err(Error::msg(
                "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
            ));
        }
        if self.flags.changed("kubeconfig") {
            self.config()?;
        }
        let (cluster, user) = (self.global("cluster"), self.global("user"));
        if !cluster.is_empty() && self.config()?.cluster(cluster).is_null() {
            return Err(Error::msg(format!(
                "no server found for cluster {cluster:?}"
            )));
        }
        if !user.is_empty() && self.config()?.user(user).is_null() {
            return Err(Error::msg(format!("auth info {user:?} does not exist")));
        }
        let more = ["as-uid", "as-group", "as-user-extra"];
        if self.flags.str("as").is_empty() && more.iter().any(|f| self.flags.changed(f)) {
            let config = self.config()?;
            let context = config.context(&config.context_name(self.flags.str("context")));
            let user = match user {
                "" => context.get("user").str(),
                user => user,
            };
            return Err(Error::msg(format!(
                "requesting uid, groups or user-extra for {user} without impersonating a user"
            )));
        }
        Ok(())
    }

    /// Writes to standard output.
    pub fn out(&self, text: impl AsRef<str>) {
        self.io.stdout(text.as_ref());
    }
    /// Writes a line to standard output.
    pub fn line(&self, text: impl AsRef<str>) {
        self.io.stdout(&format!("{}\n", text.as_ref()));
    }
    /// Writes a line to standard error.
    pub fn warn(&self, text: impl AsRef<str>) {
        self.io.stderr(&format!("{}\n", text.as_ref()));
    }
    /// An error that points to this command's help.
    pub fn usage(&self, text: impl AsRef<str>) -> Error {
        Error::usage(&self.found.path(), text)
    }

    /// The kubeconfig that is in force.
    pub fn config(&self) -> Result<Rc<KubeConfig>, Error> {
        if let Some(config) = &*self.config.borrow() {
            return Ok(config.clone());
        }
        let config = Rc::new(KubeConfig::load(&*self.io, self.flags.str("kubeconfig"))?);
        *self.config.borrow_mut() = Some(config.clone());
        Ok(config)
    }

    /// The namespace to work in, and whether the command line named it.
    pub fn namespace(&self) -> Result<(String, bool), Error> {
        if self.flags.changed("namespace") && !self.flags.str("namespace").is_empty() {
            return Ok((self.flags.str("namespace").to_owned(), true));
        }
        let config = self.config()?;
        let name = config.context_name(self.flags.str("context"));
        if self.flags.changed("context") && config.context(&name).is_null() {
            return Err(Error::Plain(format!(
                "Error in configuration: context was not found for specified context: {name}"
            )));
        }
        let namespace = config.context(&name).get("namespace").str().to_owned();
        Ok(if namespace.is_empty() {
            ("default".to_owned(), false)
        } else {
            (namespace, false)
        })
    }

    /// The server's resources: as remembered, or asked for.
    pub async fn discovery(&self) -> Result<Rc<Discovery>, Error> {
        if let Some(known) = &*self.discovery.borrow() {
            return Ok(known.clone());
        }
        let remembered = self
            .io
            .cached_discovery()
            .filter(|d| self.io.now().since(d.fetched) < DISCOVERY_AGE);
        match remembered {
            Some(known) => {
                *self.discovery.borrow_mut() = Some(known.clone());
                Ok(known)
            }
            None => self.refresh_discovery().await,
        }
    }

    /// The server's resources, asked for anew.
    pub async fn refresh_discovery(&self) -> Result<Rc<Discovery>, Error> {
        let found = Rc::new(Discovery::fetch(&self.rest, self.io.now()).await?);
        self.io.cache_discovery(Some(found.clone()));
        *self.discovery.borrow_mut() = Some(found.clone());
        self.fresh.set(true);
        Ok(found)
    }

    async fn look_up(
        &self,
        look: impl Fn(&Discovery) -> Option<Rc<Mapping>>,
    ) -> Result<Option<Rc<Mapping>>, Error> {
        if let Some(m) = look(&*self.discovery().await?) {
            return Ok(Some(m));
        }
        if self.fresh.get() {
            return Ok(None);
        }
        Ok(look(&*self.refresh_discovery().await?))
    }

    /// The resource that a word of the user names, if the server has it.
    pub async fn find_resource(&self, word: &str) -> Result<Option<Rc<Mapping>>, Error> {
        self.look_up(|d| d.resource(word)).await
    }

    /// The resource that a word of the user names; the builder's error where the server has none.
    pub async fn resource(&self, word: &str) -> Result<Rc<Mapping>, Error> {
        let found = self.find_resource(word).await?;
        if let Some(mapping) = &found
            && !self.ambiguous.replace(true)
        {
            for other in self.discovery().await?.also_short(word, mapping) {
                self.warn(format!(
                    "Warning: short name {word:?} could also match lower priority resource {}",
                    other.group_resource()
                ));
            }
        }
        found.ok_or_else(|| {
            let name = word.split('.').next().unwrap_or(word);
            Error::msg(format!(
                "the server doesn't have a resource type \"{name}\""
            ))
        })
    }

    /// The resource of an object's kind.
    pub async fn kind(&self, api_version: &str, kind: &str) -> Result<Rc<Mapping>, Error> {
        let (group, version) = crate::apimachinery::meta::split_api_version(api_version);
        self.look_up(|d| d.kind(group, version, kind))
            .await?
            .ok_or_else(|| Error::NoKindMatch {
                kind: kind.to_owned(),
                group: group.to_owned(),
                versions: vec![version.to_owned()],
            })
    }

    /// The resource of a kind, in the group's preferred version.
    pub async fn preferred_kind(&self, group: &str, kind: &str) -> Result<Rc<Mapping>, Error> {
        let found = self.look_up(|d| d.kind(group, "", kind)).await?;
        found.ok_or_else(|| Error::NoKindMatch {
            kind: kind.to_owned(),
            group: group.to_owned(),
            versions: Vec::new(),
        })
    }
}

/// Headers that the global flags ask for: impersonation and a token.
fn headers(flags: &Flags) -> Vec<(HeaderName, HeaderValue)> {
    let mut out = Vec::new();
    let mut add = |name: &str, value: &str| {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) && !value.is_empty()
        {
            out.push((name, value));
        }
    };
    add("impersonate-user", flags.str("as"));
    add("impersonate-uid", flags.str("as-uid"));
    for group in flags.strings("as-group") {
        add("impersonate-group", &group);
    }
    for extra in flags.strings("as-user-extra") {
        if let Some((key, value)) = extra.split_once('=') {
            add(&format!("impersonate-extra-{}", key.to_lowercase()), value);
        }
    }
    let token = flags.str("token");
    if !token.is_empty() {
        add("authorization", &format!("Bearer {token}"));
    }
    out
}

fn timeout(flags: &Flags) -> Option<Duration> {
    let text = flags.str("request-timeout");
    let nanos = match parse_int(text) {
        Ok(seconds) => seconds.saturating_mul(1_000_000_000),
        Err(_) => parse_duration(text).ok()?,
    };
    (nanos > 0).then(|| Duration::from_nanos(nanos.unsigned_abs()))
}
