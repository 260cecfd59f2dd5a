//! Manifests to begin with.

/// A manifest and what it shows.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Title in English and Korean.
    pub title: [&'static str; 2],
    /// The manifest, which begins with a comment in English; a function, so that it comes with the code that is loaded late.
    manifest: fn() -> &'static str,
    /// The same comment in Korean.
    comment: fn() -> &'static str,
}

impl Example {
    /// The manifest with its comment in Korean, or in English.
    pub fn text(&self, korean: bool) -> String {
        let whole = (self.manifest)();
        if !korean {
            return whole.to_owned();
        }
        let lines = (self.comment)().lines();
        let comment = lines.map(|line| format!("# {line}\n"));
        let manifest = whole
            .split_inclusive('\n')
            .skip_while(|line| line.starts_with('#'));
        comment.chain(manifest.map(str::to_owned)).collect()
    }
}

/// The example that a text is, untouched, in the other language.
pub fn translated(text: &str, korean: bool) -> Option<String> {
    let mut all = EXAMPLES.iter();
    let same = all.find(|example| example.text(!korean) == text)?;
    Some(same.text(korean))
}

macro_rules! examples {
    ($($file:literal $en:literal $ko:literal $comment:literal;)*) => {
        /// All examples, the simplest first.
        pub const EXAMPLES: &[Example] = &[$(Example {
            title: [$en, $ko],
            manifest: || include_str!(concat!("examples/", $file, ".yaml")),
            comment: || $comment,
        }),*];
    };
}
examples! {
    "deployment" "Deployment and Service" "Deployment와 Service"
        "nginx Pod 세 개를 주소 하나로 묶습니다.
적용한 뒤 지도에서 Pod를 지우면
ReplicaSet이 새 Pod로 채웁니다.";
    "pod" "A single Pod" "Pod 하나"
        "실행되는 가장 작은 단위입니다.
지워져도 대신할 Pod가 생기지 않습니다.";
    "rolling" "Rolling update" "롤링 업데이트"
        "적용한 뒤 이미지를 nginx:1.27로 바꿔
다시 적용해 보세요. Pod가 몇 개씩
교체되며, 모자라는 Pod는 언제나
하나를 넘지 않습니다.";
    "probes" "Probes" "프로브"
        "/tmp/ready가 생기면 준비된 것이고,
30초 뒤 /tmp/healthy가 사라지면
다시 시작됩니다.";
    "init" "Init containers and a sidecar" "초기화 컨테이너와 사이드카"
        "초기화 컨테이너 둘이 차례로 끝나면
사이드카가 시작되어 계속 실행되고,
그다음에야 Pod의 주 컨테이너가
시작됩니다.";
    "crash" "A container that crashes" "계속 종료되는 컨테이너"
        "2초 만에 오류로 끝나기를 되풀이합니다.
다시 시작하기까지 기다리는 시간은
10초, 20초, 40초로 두 배씩 늘어
5분까지 갑니다.";
    "image" "An image that does not exist" "존재하지 않는 이미지"
        "존재하지 않는 이미지입니다. Pod를
선택해 왜 기다리는지 보고, 이미지를
고쳐 다시 적용해 보세요.";
    "volume" "StatefulSet with volumes" "볼륨이 있는 StatefulSet"
        "StatefulSet의 Pod는 이름과 볼륨을
그대로 지닙니다. counter-0을 지우고
다시 보세요. 파일이 남아 있습니다.
  kubectl exec counter-0 -- cat /data/starts";
    "job" "Job and CronJob" "Job과 CronJob"
        "Job은 끝날 때까지 실행되고, CronJob은
1분마다 Job을 시작합니다. 시계를 60×로
맞추고 지켜보세요.";
    "ingress" "Ingress" "Ingress"
        "두 서비스로 들어가는 입구 하나입니다.
적용한 뒤 Ingress가 주소를 받으면
터미널에서 해 보세요.
  curl -H 'Host: shop.example' http://192.168.80.254/
  curl -H 'Host: shop.example' http://192.168.80.254/api";
    "network-policy" "NetworkPolicy" "NetworkPolicy"
        "레이블이 role=client인 Pod만
데이터베이스에 접근합니다. 적용한 뒤
터미널에서 레이블 없이, 또 붙여서
해 보세요.
  kubectl run guest -it --rm --restart=Never \\
    --image=busybox:1.36 -- wget -T 2 -qO- http://db
  kubectl run client -it --rm --restart=Never --labels=role=client \\
    --image=busybox:1.36 -- wget -T 2 -qO- http://db";
    "unschedulable" "Pods that fit nowhere" "어느 노드에도 맞지 않는 Pod"
        "어느 노드에도 없는 만큼을 요청하므로
스케줄러의 큐에서 기다립니다. 요청을
줄여 다시 적용하거나, 더 큰 노드를
추가해 보세요.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_as_much_of_the_same_manifest() {
        for example in EXAMPLES {
            let both = [false, true].map(|korean| example.text(korean));
            let parts = both.each_ref().map(|text| {
                let lines = text.lines();
                let (comment, manifest): (Vec<&str>, Vec<&str>) =
                    lines.partition(|l| l.starts_with('#'));
                assert!(!comment.is_empty() && manifest.len() > 5, "{text}");
                // As much as a phone shows beside the numbers of lines; what is to be typed may be longer.
                let wide = |c: char| if ('가'..='힣').contains(&c) { 2 } else { 1 };
                for line in comment.iter().filter(|l| !l.starts_with("#   ")) {
                    assert!(line.chars().map(wide).sum::<usize>() <= 41, "{line}");
                }
                let commands = comment.into_iter().filter(|l| l.starts_with("#   "));
                (
                    commands.map(str::to_owned).collect::<Vec<_>>(),
                    manifest.join("\n"),
                )
            });
            assert_eq!(parts[0], parts[1]);
            assert!(both[1].chars().any(|c| ('가'..='힣').contains(&c)));
            assert_eq!(translated(&both[0], true).as_ref(), Some(&both[1]));
            assert_eq!(translated(&both[1], false).as_ref(), Some(&both[0]));
        }
        assert_eq!(translated("kind: Pod\n", true), None);
    }
}
