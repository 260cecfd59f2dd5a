//! Image archives made here: an OCI layout in a tar, which every runtime takes in.

use sha2::{Digest, Sha256};

/// The image of sandboxes, which is made here so that nothing has to be fetched for one.
pub const PAUSE: &str = "kubarium.dev/pause:1";

/// The names of the images that `ctr images import` says it has taken in.
pub fn imported(said: &str) -> Vec<&str> {
    let names = said.split_whitespace().filter(|word| {
        let (host, rest) = word.split_once('/').unwrap_or_default();
        host.contains(['.', ':']) && rest.contains([':', '@']) && !word.contains("://")
    });
    names.collect()
}

/// A file of an image.
pub struct Entry<'a> {
    /// Its path, without a slash at the beginning; with one at the end it is a folder.
    pub path: &'a str,
    /// What is in it.
    pub content: &'a [u8],
    /// Its mode.
    pub mode: u32,
    /// Where it leads, for a symbolic link.
    pub link: &'a str,
}

/// A tar of these files.
pub fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let mut head = [0_u8; 512];
        let mut put = |at: usize, text: &str| {
            for (place, byte) in head.iter_mut().skip(at).zip(text.bytes()) {
                *place = byte;
            }
        };
        let kind = match (entry.link, entry.path.ends_with('/')) {
            ("", true) => "5",
            ("", false) => "0",
            _ => "2",
        };
        put(0, entry.path);
        put(100, &format!("{:07o}", entry.mode));
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{:011o}", entry.content.len()));
        put(136, "00000000000");
        put(148, "        ");
        put(156, kind);
        put(157, entry.link);
        put(257, "ustar");
        put(263, "00");
        let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
        let text = format!("{sum:06o}\0 ");
        for (place, byte) in head.iter_mut().skip(148).zip(text.bytes()) {
            *place = byte;
        }
        out.extend(head);
        out.extend(entry.content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn digest(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    sum.iter().map(|b| format!("{b:02x}")).collect()
}

/// The architecture of this machine as images name it.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// An archive of one image of one layer: its full name, its files, and its configuration (`Entrypoint`, `Cmd`, `Env` …).
pub fn archive(name: &str, entries: &[Entry<'_>], config: &serde_json::Value) -> Vec<u8> {
    let layer = tar(entries);
    let layer_digest = digest(&layer);
    let image = serde_json::json!({
        "architecture": architecture(), "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer_digest}")]},
        "history": [{"created": "1970-01-01T00:00:00Z"}],
    })
    .to_string();
    let image_digest = digest(image.as_bytes());
    let manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": format!("sha256:{image_digest}"), "size": image.len()
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar",
            "digest": format!("sha256:{layer_digest}"), "size": layer.len()
        }],
    })
    .to_string();
    let manifest_digest = digest(manifest.as_bytes());
    let index = serde_json::json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": format!("sha256:{manifest_digest}"), "size": manifest.len(),
            "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
        }],
    })
    .to_string();
    let blob = |digest: &str| format!("blobs/sha256/{digest}");
    let (of_layer, of_image, of_manifest) = (
        blob(&layer_digest),
        blob(&image_digest),
        blob(&manifest_digest),
    );
    let file = |path, content| Entry {
        path,
        content,
        mode: 0o644,
        link: "",
    };
    tar(&[
        file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        file("index.json", index.as_bytes()),
        file(&of_layer, &layer),
        file(&of_image, image.as_bytes()),
        file(&of_manifest, manifest.as_bytes()),
    ])
}

/// The archive of the image of sandboxes: one program that waits and does nothing else. None for machines whose code is not known
/// here.
pub fn pause() -> Option<Vec<u8>> {
    // Asks the kernel to wait for a signal, again and again.
    let (machine, code): (u16, &[u8]) = match std::env::consts::ARCH {
        "x86_64" => (62, &[0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]),
        // With no `pause` there: `ppoll` of nothing, without a time.
        "aarch64" => (
            183,
            &[
                0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2, 0x02, 0x00, 0x80, 0xd2, 0x03, 0x00,
                0x80, 0xd2, 0x28, 0x09, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0xfa, 0xff, 0xff, 0x17,
            ],
        ),
        _ => return None,
    };
    let program = elf(machine, code);
    let entry = Entry {
        path: "pause",
        content: &program,
        mode: 0o755,
        link: "",
    };
    let config = serde_json::json!({"Entrypoint": ["/pause"]});
    Some(archive(PAUSE, &[entry], &config))
}

/// A program that consists of this code.
fn elf(machine: u16, code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x40_0000;
    const HEADS: u64 = 64 + 56;
    let size = HEADS + code.len() as u64;
    let mut out = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend(2_u16.to_le_bytes());
    out.extend(machine.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    for word in [BASE + HEADS, 64, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 64, 0, 0] {
        out.extend(half.to_le_bytes());
    }
    // One segment, which is read and executed.
    out.extend(1_u32.to_le_bytes());
    out.extend(5_u32.to_le_bytes());
    for word in [0, BASE, BASE, size, size, 0x1000] {
        out.extend(word.to_le_bytes());
    }
    out.extend(code);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imported_images_have_names() {
        for said in [
            "unpacking docker.io/library/a:1 (sha256:00ff)...done\n",
            "docker.io/library/a:1          \tsaved\t\napplication/vnd.oci.image.manifest.v1+json sha256:00ff\nImporting\telapsed: 0.1 s\ttotal:   0.0 B\t(0.0 B/s)\n",
        ] {
            assert_eq!(imported(said), ["docker.io/library/a:1"], "{said}");
        }
    }

    #[test]
    fn archives_have_whole_blocks_and_right_sums() {
        let entry = Entry {
            path: "a/b",
            content: b"hello",
            mode: 0o755,
            link: "",
        };
        let tar = tar(&[entry]);
        assert_eq!(tar.len(), 512 + 512 + 1024);
        let octal = |range: std::ops::Range<usize>| {
            let text = String::from_utf8_lossy(&tar[range]).into_owned();
            u32::from_str_radix(text.trim_matches(['\0', ' ']), 8).expect("octal")
        };
        assert_eq!(octal(124..136), 5);
        let sum: u32 = tar[..512]
            .iter()
            .enumerate()
            .map(|(i, b)| u32::from(if (148..156).contains(&i) { b' ' } else { *b }))
            .sum();
        assert_eq!(octal(148..156), sum);
        assert_eq!(&elf(62, &[0; 9])[..4], b"\x7fELF");
        assert_eq!(elf(62, &[0; 9]).len(), 129);
    }
}
