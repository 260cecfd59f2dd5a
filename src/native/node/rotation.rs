//! Logs of real containers are begun anew once they are long: the old ones are renamed and later compressed, and only so many are
//! kept (pkg/kubelet/logs/container_log_manager.go).

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const COMPRESSED: &str = ".gz";
const UNFINISHED: &str = ".tmp";

/// When a log is begun anew, and how much of it is kept.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// From how many bytes on.
    pub max_size: u64,
    /// How many files are kept of a run of a container, the one that is written to among them.
    pub max_files: usize,
    /// How often is looked.
    pub every: Duration,
}

impl Default for Rotation {
    fn default() -> Self {
        Self {
            max_size: 10 << 20,
            max_files: 5,
            every: Duration::from_secs(10),
        }
    }
}

/// The files that a log was written to before, the oldest first; those that are left unfinished are among them.
pub fn older(log: &Path) -> Vec<PathBuf> {
    let prefix = match log.file_name() {
        Some(name) => format!("{}.", name.to_string_lossy()),
        None => return Vec::new(),
    };
    let folder = log.parent().map(fs::read_dir);
    let mut found: Vec<PathBuf> = folder
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().starts_with(&prefix))
        .map(|e| e.path())
        .collect();
    found.sort();
    found
}

/// Makes room: of the older files so many stay that the one now written to may become one of them, and they are compressed.
///
/// # Errors
/// Where a file cannot be removed or compressed.
pub fn make_room(log: &Path, max_files: usize) -> io::Result<()> {
    let all = older(log);
    // What a compression left that was broken off, and what it had finished with.
    let done = |p: &Path| all.contains(&with_suffix(p, COMPRESSED));
    let (mut kept, useless): (Vec<PathBuf>, Vec<PathBuf>) = all
        .iter()
        .cloned()
        .partition(|p| !ends_with(p, UNFINISHED) && !done(p));
    for file in useless {
        fs::remove_file(file)?;
    }
    let room = max_files.saturating_sub(2);
    for file in kept.drain(..kept.len().saturating_sub(room)) {
        fs::remove_file(file)?;
    }
    for file in kept.iter().filter(|p| !ends_with(p, COMPRESSED)) {
        compress(file)?;
    }
    Ok(())
}

fn compress(file: &Path) -> io::Result<()> {
    let unfinished = with_suffix(file, UNFINISHED);
    let mut from = File::open(file)?;
    let to = File::create(&unfinished)?;
    to.set_permissions(from.metadata()?.permissions())?;
    let mut encoder = GzEncoder::new(to, Compression::default());
    io::copy(&mut from, &mut encoder)?;
    encoder.finish()?;
    fs::rename(&unfinished, with_suffix(file, COMPRESSED))?;
    fs::remove_file(file)
}

/// How a log is called once another one is begun at the time `now`, which is in seconds.
pub fn old_name(log: &Path, now: i64) -> PathBuf {
    let time = chrono::DateTime::from_timestamp(now, 0).unwrap_or_default();
    with_suffix(log, &time.format(".%Y%m%d-%H%M%S").to_string())
}

/// Removes a log with all its older files.
pub fn remove(log: &Path) {
    for file in older(log) {
        let _ = fs::remove_file(file);
    }
    let _ = fs::remove_file(log);
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn ends_with(path: &Path, suffix: &str) -> bool {
    path.to_string_lossy().ends_with(suffix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn so_many_files_are_kept_and_the_older_ones_compressed() {
        let dir = std::env::temp_dir().join(format!("kubarium-rotation-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("made");
        let log = dir.join("0.log");
        for i in 0..6 {
            fs::write(&log, format!("log {i}")).expect("written");
            make_room(&log, 4).expect("made");
            fs::rename(&log, old_name(&log, 1_700_000_000 + i)).expect("renamed");
        }
        fs::write(&log, "log 6").expect("written");
        fs::write(dir.join("0.log.20231114-221324.tmp"), "half").expect("written");
        fs::write(dir.join("10.log"), "another run").expect("written");
        make_room(&log, 4).expect("made");
        let names: Vec<String> = older(&log)
            .iter()
            .map(|p| p.file_name().expect("named").to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            ["0.log.20231114-221324.gz", "0.log.20231114-221325.gz"]
        );
        let mut text = String::new();
        let file = File::open(dir.join(&names[1])).expect("there");
        let mut decoder = flate2::read::GzDecoder::new(file);
        decoder.read_to_string(&mut text).expect("compressed");
        assert_eq!(text, "log 5");
        remove(&log);
        assert_eq!(fs::read_dir(&dir).expect("there").count(), 1);
        fs::remove_dir_all(&dir).expect("removed");
    }
}
