//! Removes images that nothing uses where the disk that holds them fills up (pkg/kubelet/images/image_gc_manager.go).

use super::config::KubeletConfig;
use super::{Caller, Kubelet};
use crate::apimachinery::Timestamp;
use crate::client::Cx;
use crate::collections::{Arrange, SortedMap, SortedSet};
use crate::cri::{Amount, CriError, CriRequest, ImageInfo, RuntimeService};
use std::time::Duration;

/// How often is looked (`ImageGCPeriod`).
const PERIOD: Duration = Duration::from_secs(300);

/// When an image was seen first, and in use last; the beginning of time stands for before the kubelet and for never.
#[derive(Clone, Debug, Default)]
struct Record {
    detected: Timestamp,
    used: Timestamp,
}

/// Images that are being removed, one after the other.
#[derive(Clone, Debug, Default)]
struct Run {
    wanted: i64,
    freed: i64,
    /// Ids and sizes of those that may go, the first one last.
    left: Vec<(String, i64)>,
    now: (String, i64),
    errors: Vec<String>,
}

/// What is known of the images on the node.
#[derive(Clone, Debug, Default)]
pub struct ImageCollector {
    records: SortedMap<String, Record>,
    begun: bool,
    next_at: Timestamp,
    run: Option<Run>,
    failed_before: bool,
}

impl ImageCollector {
    /// Notes which images there are, and which of them are in use.
    fn detect(&mut self, images: &[ImageInfo], used: &SortedSet<String>, now: Timestamp) {
        // How old those are that were there before is not known: they count as old.
        let first = if self.begun {
            now
        } else {
            Timestamp::default()
        };
        self.begun = true;
        self.records
            .retain(|id, _| images.iter().any(|i| i.id == *id));
        for image in images {
            let record = self.records.entry(image.id.clone()).or_insert(Record {
                detected: first,
                ..Record::default()
            });
            if is_used(image, used) {
                record.used = now;
            }
        }
    }

    /// Images that may go, with their sizes, those first that were in use longest ago.
    fn candidates(
        &self,
        images: &[ImageInfo],
        used: &SortedSet<String>,
        min_age: Duration,
        now: Timestamp,
    ) -> Vec<(String, i64)> {
        let mut found: Vec<(&Record, &ImageInfo)> = images
            .iter()
            .filter(|i| !i.pinned && !is_used(i, used))
            .filter_map(|i| Some((self.records.get(&i.id)?, i)))
            .filter(|(r, _)| r.used < now && now.since(r.detected) >= min_age)
            .collect();
        found.arrange_by(|(a, _), (b, _)| a.used.cmp(&b.used).then(a.detected.cmp(&b.detected)));
        found
            .into_iter()
            .map(|(_, i)| (i.id.clone(), i.size))
            .collect()
    }

    /// Whether images are being removed.
    pub fn is_busy(&self) -> bool {
        self.run.is_some()
    }
}

fn is_used(image: &ImageInfo, used: &SortedSet<String>) -> bool {
    used.contains(&image.id)
        || used.contains(&image.name)
        || image.others.iter().any(|name| used.contains(name))
}

/// How many bytes have to go; none where the disk is not that full.
fn to_free(disk: Amount, config: &KubeletConfig) -> Option<i64> {
    let (capacity, available) = (disk.capacity, disk.available.min(disk.capacity));
    let percent = 100 - available.saturating_mul(100) / capacity.max(1);
    let (high, low) = (config.image_gc_high_percent, config.image_gc_low_percent);
    let kept_free = i128::from(capacity) * i128::from(100 - low) / 100;
    let wanted = i64::try_from(kept_free - i128::from(available)).unwrap_or(i64::MAX);
    (percent >= i64::from(high)).then_some(wanted)
}

impl<R: RuntimeService> Kubelet<R> {
    /// When is looked next.
    pub(crate) fn next_image_look(&self) -> Option<Timestamp> {
        let wanted = self.config.collects_images && self.config.image_gc_high_percent < 100;
        let idle = self.images.run.is_none() && wanted;
        let begun = idle && self.images.next_at > Timestamp::default();
        begun.then_some(self.images.next_at)
    }

    /// Looks at the disk that holds images, where that is due, and begins to make room.
    pub(crate) fn collect_images(&mut self, cx: &mut Cx<'_>) {
        if self.images.run.is_some()
            || cx.now < self.images.next_at
            || self.config.image_gc_high_percent >= 100
            || !self.config.collects_images
        {
            return;
        }
        let Some(disk) = self.runtime.machine().map(|m| m.image_fs) else {
            return;
        };
        self.images.next_at = cx.now + PERIOD;
        let images = self.runtime.images();
        let used = self.images_in_use();
        self.images.detect(&images, &used, cx.now);
        if disk.capacity == 0 {
            let why = "invalid capacity 0 on image filesystem";
            self.node_event(cx, "Warning", "InvalidDiskCapacity", why);
            return self.collection_ended(cx, Err(why.to_owned()));
        }
        match to_free(disk, &self.config) {
            None => self.collection_ended(cx, Ok(())),
            Some(wanted) => self.free_images(cx, wanted),
        }
    }

    /// Removes unused images until that many bytes are free.
    pub(crate) fn free_images(&mut self, cx: &mut Cx<'_>, wanted: i64) {
        let images = self.runtime.images();
        let used = self.images_in_use();
        self.images.detect(&images, &used, cx.now);
        let min_age = self.config.image_min_age;
        let mut left = self.images.candidates(&images, &used, min_age, cx.now);
        left.reverse();
        self.images.run = Some(Run {
            wanted,
            left,
            ..Run::default()
        });
        self.free_next(cx);
    }

    fn free_next(&mut self, cx: &mut Cx<'_>) {
        let Some(mut run) = self.images.run.take() else {
            return;
        };
        let next = match run.freed < run.wanted {
            true => run.left.pop(),
            false => None,
        };
        let Some(next) = next else {
            return self.freed(cx, run);
        };
        let image = next.0.clone();
        run.now = next;
        self.images.run = Some(run);
        self.submit(cx.now, Caller::Images, CriRequest::RemoveImage { image });
    }

    /// Takes in that an image was removed, or why it was not.
    pub(crate) fn image_removed(&mut self, cx: &mut Cx<'_>, answer: Result<(), CriError>) {
        // Nothing is removed where disks do not fill.
        if self.runtime.machine().is_none() {
            return;
        }
        if let Some(run) = &mut self.images.run {
            match answer {
                Ok(()) => {
                    run.freed = run.freed.saturating_add(run.now.1);
                    self.images.records.remove(&run.now.0);
                }
                Err(e) => run.errors.push(e.to_string()),
            }
        }
        self.free_next(cx);
    }

    fn freed(&mut self, cx: &mut Cx<'_>, run: Run) {
        let Run { wanted, freed, .. } = run;
        // Whoever asks for all of them is content with what there was.
        let all = wanted == i64::MAX;
        let result = if !run.errors.is_empty() {
            let why = match run.errors.as_slice() {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            Err(format!(
                "wanted to free {wanted} bytes, but freed {freed} bytes space with errors in image deletion: {why}"
            ))
        } else if freed < wanted && !all {
            let why = format!(
                "Failed to garbage collect required amount of images. Attempted to free {wanted} bytes, but only found {freed} bytes eligible to free."
            );
            self.node_event(cx, "Warning", "FreeDiskSpaceFailed", &why);
            Err(why)
        } else {
            Ok(())
        };
        self.collection_ended(cx, result);
    }

    /// A failure is told where the one before failed as well.
    fn collection_ended(&mut self, cx: &mut Cx<'_>, result: Result<(), String>) {
        let failed_before = std::mem::replace(&mut self.images.failed_before, result.is_err());
        if let Err(why) = result
            && failed_before
        {
            self.node_event(cx, "Warning", "ImageGCFailed", &why);
        }
    }

    /// Names and ids of images that containers have, also those that ended and those of others.
    fn images_in_use(&self) -> SortedSet<String> {
        let mut used: SortedSet<String> = self.runtime.images_in_use().into_iter().collect();
        for w in self.workers.values() {
            for r in w.containers.values() {
                used.insert(r.image.0.to_string());
                used.insert(r.image.1.to_string());
            }
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cri::ImageUser;

    fn image(id: &str, size: i64, pinned: bool) -> ImageInfo {
        ImageInfo {
            id: id.to_owned(),
            name: format!("{id}:latest"),
            others: Vec::new(),
            size,
            pinned,
            user: ImageUser::Id(0),
        }
    }

    #[test]
    fn room_is_made_down_to_the_low_threshold() {
        let config = KubeletConfig::default();
        let free = |capacity, available| {
            let disk = Amount {
                capacity,
                available,
            };
            to_free(disk, &config)
        };
        assert_eq!(free(1000, 160), None);
        assert_eq!(free(1000, 150), Some(50));
        assert_eq!(free(1000, 0), Some(200));
        assert_eq!(free(1 << 50, 1 << 40), Some(224_080_469_740_748));
    }

    #[test]
    fn those_unused_for_longest_go_first() {
        let at = |s: i64| Timestamp::from_secs(1_000 + s);
        let age = Duration::from_secs(120);
        let images = [
            image("old", 1, false),
            image("used", 2, false),
            image("pinned", 3, true),
        ];
        let mut all = ImageCollector::default();
        let used: SortedSet<String> = ["used:latest".to_owned()].into_iter().collect();
        all.detect(&images, &used, at(0));
        let names = |all: &ImageCollector, images: &[ImageInfo], used: &SortedSet<String>, now| {
            let found = all.candidates(images, used, age, now);
            found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(names(&all, &images, &used, at(0)), ["old"]);
        let none = SortedSet::new();
        let later = [&images[..], &[image("new", 4, false)]].concat();
        all.detect(&later, &none, at(100));
        assert_eq!(
            names(&all, &later, &none, at(100)),
            ["old", "used"],
            "what came later is too young"
        );
        assert_eq!(names(&all, &later, &none, at(220)), ["old", "new", "used"]);
    }
}
