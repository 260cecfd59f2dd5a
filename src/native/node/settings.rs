//! How the kubelet of a real node behaves, read from a file as kubelets read theirs (`KubeletConfiguration` of
//! `kubelet.config.k8s.io/v1beta1`). Fields that have no effect here are refused, not passed over.

use super::mirrors::Mirror;
use super::rotation::Rotation;
use crate::apimachinery::duration;
use crate::apimachinery::quantity::Quantity;
use crate::kubelet::eviction::thresholds::{self, Threshold};
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The shortest time between two looks at the sizes of logs.
const SHORTEST_LOG_INTERVAL: Duration = Duration::from_secs(3);

/// The file, with the fields that are heeded.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Configuration {
    api_version: String,
    kind: String,
    container_log_max_size: Option<String>,
    container_log_max_files: Option<i64>,
    container_log_monitor_interval: Option<String>,
    static_pod_path: Option<PathBuf>,
    eviction_hard: Option<BTreeMap<String, String>>,
    eviction_pressure_transition_period: Option<String>,
    volume_stats_agg_period: Option<String>,
    #[serde(rename = "imageGCHighThresholdPercent")]
    image_gc_high_threshold_percent: Option<i64>,
    #[serde(rename = "imageGCLowThresholdPercent")]
    image_gc_low_threshold_percent: Option<i64>,
    #[serde(rename = "imageMinimumGCAge")]
    image_minimum_gc_age: Option<String>,
}

/// What it says, with upstream's defaults for what it leaves out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// When logs of containers are begun anew.
    pub logs: Rotation,
    /// Where images are looked for before their registries are asked; options of the program's own say that.
    pub mirrors: Vec<Mirror>,
    /// The manifests that the node runs by itself: a folder, or a file.
    pub static_pods: Option<PathBuf>,
    /// What the node must have left before pods are ended.
    pub eviction_hard: Vec<Threshold>,
    /// How long the node counts as short of something after it was last.
    pub pressure_transition: Duration,
    /// How long after one look at the sizes of pods on disk comes the next.
    pub sizes_every: Duration,
    /// From how full a disk on images are removed, and down to where, in percent.
    pub image_gc_percent: (u8, u8),
    /// How long an image has to be there before it may be removed.
    pub image_min_age: Duration,
    /// Whether the file says when images are removed: with a containerd that others may use, too, none are otherwise.
    pub image_gc_asked: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            logs: Rotation::default(),
            mirrors: Vec::new(),
            static_pods: None,
            eviction_hard: thresholds::defaults(),
            pressure_transition: Duration::from_secs(300),
            sizes_every: Duration::from_secs(60),
            image_gc_percent: (85, 80),
            image_min_age: Duration::from_secs(120),
            image_gc_asked: false,
        }
    }
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, is no such configuration, or says what makes no sense or is not heeded.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text)
            .with_context(|| format!("{} configures no kubelet of a real node", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: Configuration = serde_yaml::from_str(text)?;
        if (file.api_version.as_str(), file.kind.as_str())
            != ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration")
        {
            bail!(
                "it is {:?} of {:?}, not KubeletConfiguration of kubelet.config.k8s.io/v1beta1",
                file.kind,
                file.api_version
            );
        }
        let mut settings = Self::default();
        settings.read_logs(&file)?;
        settings.read_images(&file)?;
        settings.read_eviction(&file)?;
        settings.static_pods = file.static_pod_path;
        Ok(settings)
    }

    fn read_eviction(&mut self, file: &Configuration) -> anyhow::Result<()> {
        if let Some(given) = &file.eviction_hard {
            // Signals that are left out are not watched.
            let all = given.iter().map(|(s, text)| Threshold::parse(s, text));
            let all: Result<Vec<Option<Threshold>>, String> = all.collect();
            let all = all.map_err(|why| anyhow::anyhow!("evictionHard: {why}"))?;
            self.eviction_hard = all.into_iter().flatten().collect();
        }
        if let Some(text) = &file.eviction_pressure_transition_period {
            self.pressure_transition = interval("evictionPressureTransitionPeriod", text)?;
        }
        if let Some(text) = &file.volume_stats_agg_period {
            self.sizes_every = interval("volumeStatsAggPeriod", text)?;
            if self.sizes_every < Duration::from_secs(1) {
                bail!("volumeStatsAggPeriod: {text} must be 1s or more");
            }
        }
        Ok(())
    }

    fn read_images(&mut self, file: &Configuration) -> anyhow::Result<()> {
        let percent = |field: &str, value: Option<i64>, default: u8| match value {
            None => Ok(default),
            Some(n) => u8::try_from(n)
                .ok()
                .filter(|n| *n <= 100)
                .with_context(|| format!("{field}: {n} must be between 0 and 100, inclusive")),
        };
        let (high, low) = self.image_gc_percent;
        let high = percent(
            "imageGCHighThresholdPercent",
            file.image_gc_high_threshold_percent,
            high,
        )?;
        let low = percent(
            "imageGCLowThresholdPercent",
            file.image_gc_low_threshold_percent,
            low,
        )?;
        if low >= high {
            bail!(
                "imageGCLowThresholdPercent: {low} must be less than imageGCHighThresholdPercent {high}"
            );
        }
        self.image_gc_percent = (high, low);
        self.image_gc_asked = file.image_gc_high_threshold_percent.is_some()
            || file.image_gc_low_threshold_percent.is_some();
        if let Some(text) = &file.image_minimum_gc_age {
            self.image_min_age = interval("imageMinimumGCAge", text)?;
        }
        Ok(())
    }

    fn read_logs(&mut self, file: &Configuration) -> anyhow::Result<()> {
        let logs = &mut self.logs;
        if let Some(size) = &file.container_log_max_size {
            let bytes = Quantity::parse(size).map(|q| q.value()).unwrap_or(-1);
            logs.max_size = u64::try_from(bytes).ok().with_context(|| {
                format!("containerLogMaxSize: {size:?} is no quantity of bytes, such as 10Mi")
            })?;
        }
        if let Some(files) = file.container_log_max_files {
            let many = usize::try_from(files).ok().filter(|n| *n > 1);
            logs.max_files =
                many.with_context(|| format!("containerLogMaxFiles: {files} must be > 1"))?;
        }
        if let Some(text) = &file.container_log_monitor_interval {
            logs.every = interval("containerLogMonitorInterval", text)?;
            if logs.every < SHORTEST_LOG_INTERVAL {
                bail!("containerLogMonitorInterval: {text} must be greater than or equal to 3s");
            }
        }
        Ok(())
    }
}

fn interval(field: &str, text: &str) -> anyhow::Result<Duration> {
    let nanos = duration::parse_nanos(text)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("{field} is no duration, such as 5m"))?;
    let Ok(nanos) = u64::try_from(nanos) else {
        bail!("{field}: {text} must not be negative");
    };
    Ok(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &str) -> Result<Settings, String> {
        let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
        Settings::parse(&[head, fields].concat()).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn configurations_are_read() {
        let plain = parse("").expect("fine").logs;
        assert_eq!(
            (plain.max_size, plain.max_files, plain.every.as_secs()),
            (10 << 20, 5, 10)
        );
        let logs = parse(
            "containerLogMaxSize: 64Ki\ncontainerLogMaxFiles: 3\ncontainerLogMonitorInterval: 1m",
        );
        let logs = logs.expect("fine").logs;
        let asked = |fields: &str| parse(fields).expect("fine").image_gc_asked;
        assert!(!asked("imageMinimumGCAge: 1m") && asked("imageGCHighThresholdPercent: 90"));
        assert_eq!(
            (logs.max_size, logs.max_files, logs.every.as_secs()),
            (64 << 10, 3, 60)
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (fields, why) in [
            (
                "containerLogMaxFiles: 1",
                "containerLogMaxFiles: 1 must be > 1",
            ),
            ("containerLogMaxSize: x", "\"x\" is no quantity"),
            ("containerLogMaxSize: '-1'", "\"-1\" is no quantity"),
            (
                "containerLogMonitorInterval: 1s",
                "greater than or equal to 3s",
            ),
            (
                "containerLogMonitorInterval: '5'",
                "missing unit in duration",
            ),
            (
                "evictionHard: {cpu.available: 1}",
                "unsupported signal \"cpu.available\"",
            ),
            (
                "evictionHard: {memory.available: 101%}",
                "must be >= 0% and <= 100%",
            ),
            (
                "imageGCHighThresholdPercent: 101",
                "must be between 0 and 100",
            ),
            ("imageGCHighThresholdPercent: 70", "80 must be less than"),
            ("imageMinimumGCAge: -1s", "must not be negative"),
            ("cgroupDriver: systemd", "unknown field `cgroupDriver`"),
        ] {
            let said = parse(fields).expect_err(fields);
            assert!(said.contains(why), "{fields}: {said}");
        }
        let other = Settings::parse("kind: Pod\napiVersion: v1").expect_err("refused");
        assert!(other.to_string().contains("not KubeletConfiguration"));
    }
}
