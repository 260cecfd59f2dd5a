//! Whether an image is to be pulled (pkg/kubelet/images).

/// Whether the image must be asked for: by policy and by whether it is on the node.
pub fn should_pull(policy: &str, present: bool) -> bool {
    match policy {
        "Always" => true,
        "Never" => false,
        _ => !present,
    }
}
