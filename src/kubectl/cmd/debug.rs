//! `kubectl debug`: ephemeral containers, copies of pods, and pods on nodes.

mod attach;
mod profile;

use super::common::new_object;
use super::logs;
use super::run::image;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::{create_two_way_merge_patch, strategic_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::apimachinery::{Rng, Value, names, yaml};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::resource::{Builder, Helper};
use crate::tree;
use profile::{Profile, Style};

/// The command.
pub static DEBUG: Command = Command {
    name: "debug",
    args: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    long: "Look into a pod with a container that is added to it while it runs or to a copy of it, or into a node with a pod on it whose /host is the node's file system.",
    examples: "# Add a container to a pod and attach to it\nkubectl debug web-0 -it --image=busybox:1.36\n# Do so in a copy of the pod whose container runs a shell\nkubectl debug web-0 -it --copy-to=web-debug --container=web -- sh\n# Look into a node\nkubectl debug node/worker-1 -it --image=busybox:1.36",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool(
        "arguments-only",
        "What follows -- are arguments, not the command.",
    ),
    Flag::bool(
        "attach",
        "Wait until the container runs and attach to it; so it is with -i.",
    ),
    Flag::string("container", "Name of the container.").short('c'),
    Flag::string("copy-to", "Make a copy of the pod, of this name."),
    Flag::string(
        "custom",
        "File with parts of a container, in JSON or YAML, that change what the profile makes.",
    ),
    Flag::strings("env", "Environment variables: name=value."),
    Flag::strings("filename", "File with the object.").short('f'),
    Flag::string("image", "Image of the container."),
    Flag::string("image-pull-policy", "When to pull the image."),
    Flag::bool(
        "keep-annotations",
        "With --copy-to: keep the pod's annotations.",
    ),
    Flag::bool(
        "keep-init-containers",
        "With --copy-to: run the pod's init containers.",
    )
    .default("true"),
    Flag::bool("keep-labels", "With --copy-to: keep the pod's labels."),
    Flag::bool("keep-liveness", "With --copy-to: keep liveness probes."),
    Flag::bool("keep-readiness", "With --copy-to: keep readiness probes."),
    Flag::bool("keep-startup", "With --copy-to: keep startup probes."),
    Flag::string(
        "profile",
        "general, baseline, restricted, netadmin or sysadmin.",
    )
    .default("general"),
    Flag::bool("quiet", "Say less.").short('q'),
    Flag::bool("replace", "With --copy-to: delete the pod."),
    Flag::bool("same-node", "With --copy-to: on the pod's own node."),
    Flag::strings(
        "set-image",
        "With --copy-to: images of containers, name=image; * is every container.",
    ),
    Flag::bool(
        "share-processes",
        "With --copy-to: containers see each other's processes.",
    )
    .default("true"),
    Flag::bool("stdin", "Keep standard input open.").short('i'),
    Flag::string(
        "target",
        "The container whose processes an ephemeral one is to see.",
    ),
    Flag::bool("tty", "Give the container a terminal.").short('t'),
];

async fn run(cx: &Cx) -> Outcome {
    let options = Options::of(cx)?;
    options.validate()?;
    let found = Builder::new(cx)?
        .filenames(cx)
        .named("pods", &options.targets)
        .latest();
    for info in found.find(cx).await?.all()? {
        let (pod, container) = match info.mapping.kind.as_str() {
            "Node" => options.on_node(&info.object).await?,
            "Pod" if cx.flags.str("copy-to").is_empty() => options.in_pod(&info.object).await?,
            "Pod" => options.in_copy(&info.object).await?,
            kind => {
                let version = info.mapping.api_version();
                return Err(Error::msg(format!(
                    "\"{version}, Kind={kind}\" not supported by debug"
                )));
            }
        };
        if options.attach && !container.is_empty() {
            attach::attach(cx, &pod, &container).await?;
        }
    }
    Ok(())
}

/// What is asked for.
struct Options<'a> {
    cx: &'a Cx,
    targets: Vec<String>,
    /// What follows `--`.
    words: Vec<String>,
    attach: bool,
    env: Vec<Value>,
    images: Vec<(String, String)>,
    profile: Profile,
    custom: Value,
}

impl<'a> Options<'a> {
    fn of(cx: &'a Cx) -> Result<Options<'a>, Error> {
        let dash = cx.dash_at.unwrap_or(cx.args.len());
        let env = pairs(cx, "env")?;
        Ok(Options {
            cx,
            targets: cx.args[..dash].to_vec(),
            words: cx.args[dash..].to_vec(),
            attach: match cx.flags.changed("attach") {
                true => cx.flags.bool("attach"),
                false => cx.flags.bool("stdin"),
            },
            env: env.into_iter().map(variable).collect(),
            images: pairs(cx, "set-image")?,
            profile: Profile::of(cx)?,
            custom: custom(cx)?,
        })
    }

    fn validate(&self) -> Outcome {
        let flags = &self.cx.flags;
        let (image, container) = (flags.str("image"), flags.str("container"));
        let copy = !flags.str("copy-to").is_empty();
        let fail = |text: &str| Err(Error::msg(text));
        if self.attach && flags.changed("attach") && image.is_empty() && container.is_empty() {
            return fail(
                "you must specify --container or create a new container using --image in order to attach.",
            );
        }
        match copy {
            true if image.is_empty() && self.images.is_empty() && self.words.is_empty() => {
                return fail("you must specify --image, --set-image or command arguments.");
            }
            true if !self.words.is_empty() && container.is_empty() && image.is_empty() => {
                return fail(
                    "you must specify an existing container or a new image when specifying args.",
                );
            }
            true => {}
            false if flags.bool("replace") => {
                return fail("--replace may only be used with --copy-to.");
            }
            false if flags.bool("same-node") => {
                return fail("--same-node may only be used with --copy-to.");
            }
            false if !self.images.is_empty() => {
                return fail("--set-image may only be used with --copy-to.");
            }
            false if image.is_empty() => {
                return fail("you must specify --image when not using --copy-to.");
            }
            false => {}
        }
        if !image.is_empty() && !image::is_reference(image) {
            return fail(&format!(
                "invalid image name {image:?}: invalid reference format"
            ));
        }
        if self.targets.is_empty() && flags.strings("filename").is_empty() {
            return fail("NAME or filename is required for debug");
        }
        let policy = flags.str("image-pull-policy");
        if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
            return fail(&format!("invalid image pull policy: {policy}"));
        }
        if let Some((name, image)) = self.images.iter().find(|(_, i)| !image::is_reference(i)) {
            return fail(&format!(
                "invalid image name {image:?} for container {name:?}: invalid reference format"
            ));
        }
        let target = flags.str("target");
        if !target.is_empty() {
            if copy {
                return fail(
                    "--target is incompatible with --copy-to. Use --share-processes instead.",
                );
            }
            self.say(&format!("Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature."));
        }
        if flags.bool("tty") && !flags.bool("stdin") {
            return fail("-i/--stdin is required for containers with -t/--tty=true");
        }
        let fixed = ["name", "command", "image", "lifecycle", "volumeDevices"];
        if fixed.iter().any(|f| !self.custom.get(f).is_empty()) {
            return fail(
                "name, command, image, lifecycle and volume devices are not modifiable via custom profile",
            );
        }
        if self.profile == Profile::Legacy {
            self.cx.warn("--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \"--profile=general\".");
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        if !self.cx.flags.bool("quiet") {
            self.cx.line(text);
        }
    }

    /// Five letters of chance, as upstream's names end.
    fn suffix(&self) -> String {
        names::generate_name("", &mut Rng::new(self.cx.io.random()))
    }

    /// A name for the container: the one that is asked for, or one that the pod does not have.
    fn container_name(&self, pod: &Value) -> String {
        let wanted = self.cx.flags.str("container");
        if !wanted.is_empty() {
            return wanted.to_owned();
        }
        let known = logs::names(pod).0;
        let name = loop {
            let name = format!("debugger-{}", self.suffix());
            if !known.contains(&name) {
                break name;
            }
        };
        self.say(&format!("Defaulting debug container name to {name}."));
        name
    }

    /// A new container as the flags describe it.
    fn container(&self, name: &str) -> Value {
        let flags = &self.cx.flags;
        let mut c = tree!({
            "name": name, "image": flags.str("image"), "resources": {},
            "terminationMessagePolicy": "File",
        });
        if !self.env.is_empty() {
            c.set("env", self.env.clone());
        }
        if !self.words.is_empty() {
            c.set(self.words_field(), tree!(&self.words[..]));
        }
        let policy = flags.str("image-pull-policy");
        if !policy.is_empty() {
            c.set("imagePullPolicy", policy);
        }
        self.streams(&mut c);
        c
    }

    fn words_field(&self) -> &'static str {
        match self.cx.flags.bool("arguments-only") {
            true => "args",
            false => "command",
        }
    }

    fn streams(&self, c: &mut Value) {
        for field in ["stdin", "tty"] {
            match self.cx.flags.bool(field) {
                true => c.set(field, true),
                false => drop(c.remove(field)),
            }
        }
    }

    /// Changes a pod by the profile and by `--custom`.
    fn shape(&self, pod: &mut Value, list: &str, name: &str, style: Style) -> Outcome {
        self.profile.apply(self.cx, pod, name, style);
        if self.custom.is_null() {
            return Ok(());
        }
        let mut custom = self.custom.clone();
        custom.set("name", name);
        let mut patch = Value::object();
        patch.set_at(&["spec", list], vec![custom]);
        let Some(id) = kind_type("v1", "Pod") else {
            return Ok(());
        };
        *pod = strategic_merge_patch(pod, &patch, id).map_err(|e| Error::msg(e.to_string()))?;
        Ok(())
    }

    /// Adds an ephemeral container to a pod.
    async fn in_pod(&self, pod: &Value) -> Result<(Value, String), Error> {
        let name = self.container_name(pod);
        let mut container = self.container(&name);
        let target = self.cx.flags.str("target");
        if !target.is_empty() {
            container.set("targetContainerName", target);
        }
        let mut changed = pod.clone();
        let list = "ephemeralContainers";
        changed.entry("spec").entry(list).push(container);
        self.shape(&mut changed, list, &name, Style::Ephemeral)?;
        self.warn_of_user(&changed, list, &name);
        let Some(id) = kind_type("v1", "Pod") else {
            return Err(Error::msg("pods are unknown"));
        };
        let patch =
            create_two_way_merge_patch(pod, &changed, id).map_err(|e| Error::msg(e.to_string()))?;
        let mapping = Mapping::built_in("v1", "Pod");
        let patched = Helper::new(self.cx, &mapping, pod.namespace())
            .subresource("ephemeralcontainers")
            .patch(
                pod.name(),
                "application/strategic-merge-patch+json",
                Body::Tree(patch),
                None,
            )
            .await?;
        Ok((patched, name))
    }

    /// Makes a copy of a pod.
    async fn in_copy(&self, pod: &Value) -> Result<(Value, String), Error> {
        let flags = &self.cx.flags;
        let mut copy = new_object("v1", "Pod", flags.str("copy-to"));
        copy.set_at(&["metadata", "namespace"], pod.namespace());
        for field in ["annotations", "labels"] {
            if !pod.meta().get(field).is_empty() {
                copy.set_at(&["metadata", field], pod.meta().get(field).clone());
            }
        }
        let mut spec = pod.get("spec").clone();
        spec.remove("ephemeralContainers");
        if flags.changed("share-processes") {
            spec.set("shareProcessNamespace", flags.bool("share-processes"));
        }
        if !flags.bool("same-node") {
            spec.remove("nodeName");
        }
        for c in spec.entry("containers").items_mut() {
            let name = c.get("name").str().to_owned();
            let of = |wanted: &str| self.images.iter().find(|(n, _)| n == wanted);
            if let Some((_, image)) = of(&name).or(of("*")) {
                c.set("image", image);
            }
        }
        copy.set("spec", spec);
        let name = self.debugged(&mut copy)?;
        if !name.is_empty() {
            self.shape(&mut copy, "containers", &name, Style::Copy)?;
        }
        self.warn_of_user(&copy, "containers", &name);
        let mapping = Mapping::built_in("v1", "Pod");
        let helper = Helper::new(self.cx, &mapping, pod.namespace());
        let created = helper.create(&copy).await?;
        if flags.bool("replace") {
            let at_once = tree!({"gracePeriodSeconds": 0});
            helper.delete(pod.name(), at_once).await?;
        }
        Ok((created, name))
    }

    /// Changes the container of a copy that is to be debugged with, or adds one; its name, "" where images alone are changed.
    fn debugged(&self, copy: &mut Value) -> Result<String, Error> {
        let flags = &self.cx.flags;
        let wanted = flags.str("container");
        let there = logs::names(copy).0.iter().any(|n| n == wanted);
        if !there {
            if flags.str("image").is_empty() {
                return match self.images.is_empty() {
                    false => Ok(String::new()),
                    true => Err(Error::msg(
                        "you must specify image when creating new container",
                    )),
                };
            }
            let name = self.container_name(copy);
            let container = self.container(&name);
            copy.entry("spec").entry("containers").push(container);
            return Ok(name);
        }
        for list in ["containers", "initContainers"] {
            let all = copy.at_mut(&["spec", list]);
            if all.is_null() {
                continue;
            }
            for c in all
                .items_mut()
                .iter_mut()
                .filter(|c| c.get("name") == wanted)
            {
                if !self.words.is_empty() {
                    c.remove("args");
                    c.set(self.words_field(), tree!(&self.words[..]));
                }
                if !self.env.is_empty() {
                    c.set("env", self.env.clone());
                }
                for (flag, field) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")]
                {
                    if !flags.str(flag).is_empty() {
                        c.set(field, flags.str(flag));
                    }
                }
                self.streams(c);
            }
        }
        Ok(wanted.to_owned())
    }

    /// Makes a pod on a node.
    async fn on_node(&self, node: &Value) -> Result<(Value, String), Error> {
        let name = match self.cx.flags.str("container") {
            "" => "debugger",
            given => given,
        };
        let pod_name = format!("node-debugger-{}-{}", node.name(), self.suffix());
        self.say(&format!(
            "Creating debugging pod {pod_name} with container {name} on node {}.",
            node.name()
        ));
        let mut pod = new_object("v1", "Pod", &pod_name);
        pod.set_at(
            &["metadata", "labels", "app.kubernetes.io/managed-by"],
            "kubectl-debug",
        );
        pod.set(
            "spec",
            tree!({
                "nodeName": node.name(), "restartPolicy": "Never",
                "tolerations": [{"operator": "Exists"}],
            }),
        );
        pod.set_at(&["spec", "containers"], vec![self.container(name)]);
        self.shape(&mut pod, "containers", name, Style::Node)?;
        let (namespace, _) = self.cx.namespace()?;
        let mapping = Mapping::built_in("v1", "Pod");
        let created = Helper::new(self.cx, &mapping, &namespace)
            .create(&pod)
            .await?;
        Ok((created, name.to_owned()))
    }

    /// Warns where the pod's user takes away what the profile gives.
    fn warn_of_user(&self, pod: &Value, list: &str, name: &str) {
        let containers = pod.at(&["spec", list]).items();
        let Some(c) = containers.iter().find(|c| c.get("name") == name) else {
            return;
        };
        let user = |v: &Value| v.at(&["securityContext", "runAsUser"]).as_i64();
        let own = c.get("securityContext");
        let more = own.get("privileged").as_bool() == Some(true)
            || !own.at(&["capabilities", "add"]).is_empty();
        if user(pod.get("spec")).unwrap_or(0) != 0 && user(c) != Some(0) && more {
            self.cx.warn("Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using \"--custom\" with a custom profile that specifies \"securityContext.runAsUser: 0\".");
        }
    }
}

/// The pairs of a flag of `key=value`.
fn pairs(cx: &Cx, flag: &str) -> Result<Vec<(String, String)>, Error> {
    let given = cx.flags.strings(flag);
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Error::msg(format!(
            "invalid argument {text:?} for \"--{flag}\" flag: {text} must be formatted as key=value\nSee '{} --help' for usage.",
            cx.found.path()
        ))),
    };
    given.iter().map(pair).collect()
}

fn variable((name, value): (String, String)) -> Value {
    let mut variable = tree!({"name": name});
    if !value.is_empty() {
        variable.set("value", value);
    }
    variable
}

/// The parts of a container in the file of `--custom`.
fn custom(cx: &Cx) -> Result<Value, Error> {
    let file = cx.flags.str("custom");
    if file.is_empty() {
        return Ok(Value::Null);
    }
    let bytes = cx.io.read(file).map_err(|e| {
        Error::msg(format!(
            "must pass a container spec json file for custom profile: open {file}: {e}"
        ))
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let read = yaml::parse(&text).map_err(|e| e.to_string());
    match read {
        Ok(custom) if custom.as_map().is_some() || custom.is_null() => Ok(custom),
        Ok(_) => Err(Error::msg(format!(
            "{file} does not contain a valid container spec: it is no object"
        ))),
        Err(why) => Err(Error::msg(format!(
            "{file} does not contain a valid container spec: {why}"
        ))),
    }
}
