//! The commands, one file each, and the flags they share.

pub mod annotate;
pub mod api_resources;
pub mod apply;
pub mod attach;
pub mod auth;
pub mod autoscale;
pub mod certificate;
pub mod cluster_info;
pub mod common;
pub mod config;
pub mod cp;
pub mod create;
pub mod debug;
pub mod delete;
pub mod diff;
pub mod drain;
pub mod edit;
pub mod events;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod get;
pub mod kustomize;
pub mod label;
pub mod logs;
pub mod options;
pub mod pairs;
pub mod patch;
pub mod port_forward;
pub mod proxy;
pub mod raw;
pub mod replace;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod set;
pub mod taint;
pub mod top;
pub mod version;
pub mod wait;

use super::command::Command;
use super::flags::Flag;

/// Flags of every command.
pub const GLOBAL_FLAGS: &[Flag] = &[
    Flag::string("as", "User name to act as."),
    Flag::array("as-group", "Group to act as; may be given several times."),
    Flag::string("as-uid", "UID to act as."),
    Flag::array(
        "as-user-extra",
        "Extra of the user to act as, key=value; may be given several times.",
    ),
    Flag::string("cache-dir", "Directory of the cache.").default("/root/.kube/cache"),
    Flag::string(
        "certificate-authority",
        "File with the certificate authority's certificate.",
    ),
    Flag::string("client-certificate", "File with the client's certificate."),
    Flag::string("client-key", "File with the client's key."),
    Flag::string("cluster", "Cluster of the kubeconfig to use."),
    Flag::string("context", "Context of the kubeconfig to use."),
    Flag::bool("disable-compression", "Do not ask for compressed answers."),
    Flag::bool("help", "Help about the command.")
        .short('h')
        .hidden(),
    Flag::bool(
        "insecure-skip-tls-verify",
        "Do not check the server's certificate.",
    ),
    Flag::string("kubeconfig", "The kubeconfig file to use."),
    Flag::string("kuberc", "The kuberc file with preferences."),
    Flag::duration("log-flush-frequency", "5s", "How often logs are flushed.").hidden(),
    Flag::bool(
        "match-server-version",
        "Fail where client and server versions differ.",
    ),
    Flag::string("namespace", "Namespace to work in.").short('n'),
    Flag::string("password", "Password for basic authentication."),
    Flag::string("profile", "Name of a profile to capture.").default("none"),
    Flag::string("profile-output", "File to write the profile to.").default("profile.pprof"),
    Flag::string(
        "request-timeout",
        "How long to wait for one answer of the server, such as 1s, 2m, 3h; 0 is for ever.",
    )
    .default("0"),
    Flag::string("server", "Address of the API server.").short('s'),
    Flag::string(
        "tls-server-name",
        "Name to check the server's certificate against.",
    ),
    Flag::string("token", "Bearer token to show to the server."),
    Flag::string("user", "User of the kubeconfig to use."),
    Flag::string("username", "User name for basic authentication."),
    Flag::int("v", "0", "How much to log.").short('v'),
    Flag::string("vmodule", "How much to log per file."),
    Flag::bool("warnings-as-errors", "Fail where the server warns."),
];

/// `-f`, `-k`, `-R`.
pub const FILENAME_FLAGS: &[Flag] = &[
    Flag::strings(
        "filename",
        "File, directory or - (standard input) with the objects.",
    )
    .short('f'),
    Flag::string("kustomize", "Directory of a kustomization.").short('k'),
    Flag::bool("recursive", "Read the directories of -f recursively.").short('R'),
];

/// `-l`.
pub const SELECTOR: Flag =
    Flag::string("selector", "Label selector; supports =, ==, !=, in, notin.").short('l');

/// `--dry-run`.
pub const DRY_RUN: Flag = Flag::string(
    "dry-run",
    "Must be \"none\", \"server\" or \"client\": send nothing, or have the server keep nothing.",
)
.default("none")
.no_value("unchanged");

/// `--all-namespaces`.
pub const ALL_NAMESPACES: Flag = Flag::bool(
    "all-namespaces",
    "Across all namespaces, whatever the current one is.",
)
.short('A');

/// `--chunk-size`.
pub const CHUNK_SIZE: Flag = Flag::int(
    "chunk-size",
    "500",
    "Read long lists in pieces of this size; 0 for all at once.",
);

/// kubectl itself.
pub static ROOT: Command = Command {
    name: "kubectl",
    short: "kubectl controls the Kubernetes cluster manager",
    flags: &[GLOBAL_FLAGS],
    commands: &[
        &create::CREATE,
        &expose::EXPOSE,
        &run::RUN,
        &set::SET,
        &explain::EXPLAIN,
        &get::GET,
        &super::describe::DESCRIBE,
        &edit::EDIT,
        &delete::DELETE,
        &rollout::ROLLOUT,
        &scale::SCALE,
        &autoscale::AUTOSCALE,
        &certificate::CERTIFICATE,
        &cluster_info::CLUSTER_INFO,
        &top::TOP,
        &drain::CORDON,
        &drain::UNCORDON,
        &drain::DRAIN,
        &taint::TAINT,
        &logs::LOGS,
        &attach::ATTACH,
        &exec::EXEC,
        &port_forward::PORT_FORWARD,
        &proxy::PROXY,
        &cp::CP,
        &auth::AUTH,
        &debug::DEBUG,
        &events::EVENTS,
        &diff::DIFF,
        &apply::APPLY,
        &patch::PATCH,
        &replace::REPLACE,
        &wait::WAIT,
        &kustomize::KUSTOMIZE,
        &label::LABEL,
        &annotate::ANNOTATE,
        &options::COMPLETION,
        &api_resources::API_RESOURCES,
        &api_resources::API_VERSIONS,
        &config::CONFIG,
        &options::PLUGIN,
        &version::VERSION_COMMAND,
        &options::OPTIONS,
        &options::HELP,
        &options::ALPHA,
    ],
    ..Command::NEW
};
