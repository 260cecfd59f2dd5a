//! What a simulated container runs, by its image and its own words.

use super::catalogue::{self, Entry, ServerKind};
use super::container::Process;
use super::os::is_server_program;
use crate::cri::ContainerConfig;

/// What an image's own entry point makes of the words: curl's adds the program where only its arguments are given.
fn entrypoint(repository: &str, config: &ContainerConfig, mut words: Vec<String>) -> Vec<String> {
    if repository.ends_with("/curlimages/curl") && config.command.is_empty() {
        let first = words.first().map_or("", String::as_str);
        if config.args.is_empty() || !crate::shell::programs::is_program(first) {
            words = config.args.clone();
            words.insert(0, "curl".to_owned());
        }
    }
    words
}

/// What a container runs, by its image and its own words, and the ports it listens on.
pub fn program(config: &ContainerConfig) -> (Process, Vec<u16>) {
    let known = catalogue::lookup(&config.image);
    let ports = if known.ports.is_empty() {
        config.ports.clone()
    } else {
        known.ports.to_vec()
    };
    let own = |words: &[String]| words.first().is_some_and(|w| is_server_program(w));
    match known.entry {
        Entry::Server(kind) => {
            let binary_entry = !matches!(
                kind,
                ServerKind::Nginx
                    | ServerKind::Httpd
                    | ServerKind::Redis
                    | ServerKind::Database
                    | ServerKind::Generic
            );
            let words: Vec<String> = config.command.iter().chain(&config.args).cloned().collect();
            let plain = words.is_empty()
                || own(&words)
                || config.command.is_empty() && (binary_entry || words[0].starts_with('-'));
            if plain {
                (Process::Server(kind), ports)
            } else {
                (Process::Command(words), ports)
            }
        }
        Entry::Shell => {
            let words: Vec<String> = config.command.iter().chain(&config.args).cloned().collect();
            let words = if words.is_empty() {
                vec!["sh".to_owned()]
            } else {
                words
            };
            let words = entrypoint(known.repository, config, words);
            (Process::Command(words), config.ports.clone())
        }
        Entry::Command(default) => {
            let words: Vec<String> = config.command.iter().chain(&config.args).cloned().collect();
            let words = if words.is_empty() {
                default.iter().map(|s| (*s).to_owned()).collect()
            } else {
                words
            };
            (Process::Command(words), Vec::new())
        }
    }
}
