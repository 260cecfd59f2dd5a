//! Manifests to begin with.

/// A manifest and what it shows.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Title in English and Korean.
    pub title: [&'static str; 2],
    /// The manifest; a function, so that it comes with the code that is loaded late.
    pub text: fn() -> &'static str,
}

macro_rules! examples {
    ($($file:literal $en:literal $ko:literal;)*) => {
        /// All examples, the simplest first.
        pub const EXAMPLES: &[Example] = &[$(Example {
            title: [$en, $ko],
            text: || include_str!(concat!("examples/", $file, ".yaml")),
        }),*];
    };
}
examples! {
    "deployment" "Deployment and Service" "Deployment와 Service";
    "pod" "A single Pod" "Pod 하나";
    "rolling" "Rolling update" "롤링 업데이트";
    "probes" "Probes" "프로브";
    "init" "Init containers and a sidecar" "초기화 컨테이너와 사이드카";
    "crash" "A container that crashes" "계속 종료되는 컨테이너";
    "image" "An image that does not exist" "존재하지 않는 이미지";
    "volume" "StatefulSet with volumes" "볼륨이 있는 StatefulSet";
    "job" "Job and CronJob" "Job과 CronJob";
    "ingress" "Ingress" "Ingress";
    "network-policy" "NetworkPolicy" "NetworkPolicy";
    "unschedulable" "Pods that fit nowhere" "어느 노드에도 맞지 않는 Pod";
}
