//! Reasons in Korean.

use super::left;
use crate::view::inspect::Why;

pub fn why(why: &Why, now: i64) -> (String, String) {
    let (is, todo): (String, &str) = match why {
        Why::Fine => ("모든 것이 정상입니다.".into(), ""),
        Why::WaitsForScheduler => ("스케줄러의 차례를 기다리고 있습니다.".into(), ""),
        Why::SchedulerDown => (
            "스케줄러가 멈춰 있어 어떤 Pod도 노드를 받지 못합니다.".into(),
            "kube-scheduler를 다시 시작하세요.",
        ),
        Why::ControllersDown => (
            "컨트롤러 매니저가 멈춰 있어 변경에 반응하는 것이 없습니다.".into(),
            "kube-controller-manager를 다시 시작하세요.",
        ),
        Why::NoNodeFits(m) => (
            format!("스케줄러가 맞는 노드를 찾지 못했습니다: {m}"),
            "모자란 것을 비우거나 더하고, 또는 요청을 줄이세요. 저절로 다시 시도됩니다.",
        ),
        Why::Verdicts(_) => ("노드마다 스케줄러가 본 것:".into(), ""),
        Why::Placed(node, all) => (
            match super::rivals(node, all) {
                0 => format!("스케줄러가 {node}을(를) 골랐습니다. 다른 노드는 맞지 않습니다."),
                1 => format!("스케줄러가 점수가 가장 높은 {node}을(를) 골랐습니다:"),
                n => format!("점수가 가장 높은 노드 {n}개 중에서 스케줄러가 {node}을(를) 뽑았습니다:"),
            },
            "",
        ),
        Why::WaitsForKubelet(n) => (
            format!("{n}에 배정되었습니다. 그곳의 kubelet이 아직 시작하지 않았습니다."),
            "",
        ),
        Why::Pulling(images) => (
            format!("kubelet이 {} 이미지를 받고 있습니다.", images.join(", ")),
            "",
        ),
        Why::Creating => ("kubelet이 컨테이너를 만들고 있습니다.".into(), ""),
        Why::InitRuns => (
            "초기화 컨테이너가 차례로 실행됩니다. 모두 성공하면 나머지가 시작됩니다.".into(),
            "",
        ),
        Why::CrashLoop { container, code, reason, restarts, until_ms } => (
            format!(
                "컨테이너 {container}: {reason} (종료 코드 {code}), 재시작 {restarts}번. 다음 시도까지 {} 남았습니다.",
                left(*until_ms, now)
            ),
            "지난 실행의 로그를 읽어 보세요. 실패할 때마다 기다림이 두 배가 되어 5분까지 늘어납니다.",
        ),
        Why::ImageTrouble { image, message } => (
            format!("이미지 {image}: 받을 수 없습니다. {message}"),
            "이미지의 이름이나 태그를 고치세요. 저절로 다시 시도됩니다.",
        ),
        Why::ConfigTrouble(m) => (
            format!("컨테이너를 만들 수 없습니다: {m}"),
            "없는 것을 만들거나 이름을 고치세요.",
        ),
        Why::NotReady(m) if m.is_empty() => (
            "실행 중이지만 아직 준비되지 않아 서비스가 트래픽을 보내지 않습니다.".into(),
            "",
        ),
        Why::NotReady(m) => (
            format!("실행 중이지만 준비되지 않아 서비스가 트래픽을 보내지 않습니다: {m}"),
            "readiness 프로브와 로그를 살펴보세요.",
        ),
        Why::Ended { container, code, reason } => (
            format!("컨테이너 {container}: {reason} (종료 코드 {code})."),
            "로그를 읽어 보세요.",
        ),
        Why::Evicted(m) => (format!("축출되었습니다: {m}"), ""),
        Why::Terminating { until_ms, finalizers } if finalizers.is_empty() => (
            format!(
                "종료를 요청받았습니다. 강제로 끝나기까지 {} 남았습니다.",
                left(*until_ms, now)
            ),
            "",
        ),
        Why::Terminating { finalizers, .. } => (
            format!("삭제되는 중이며 다음을 기다립니다: {}.", finalizers.join(", ")),
            "파이널라이저는 그것을 설정한 쪽에서 제거해야 합니다.",
        ),
        Why::NodeSilent(n) => (
            format!("노드 {n}: 응답이 없어 Pod의 상태를 알 수 없습니다. 5분 뒤에 축출됩니다."),
            "노드를 켜거나 삭제하세요.",
        ),
        Why::Serves(names) => (format!("트래픽을 보내는 서비스: {}.", names.join(", ")), ""),
        Why::Kept(kind, name) => (
            format!("{kind} {name}: 이것을 유지합니다. 사라지면 다시 만들어집니다."),
            "",
        ),
        Why::Settled(n) => (format!("Pod {n}개가 모두 새것이고 준비되었습니다."), ""),
        Why::Paused => (
            "롤아웃이 멈춰 있어 템플릿의 변경이 기다립니다.".into(),
            "롤아웃을 계속하세요.",
        ),
        Why::ScaledToZero => ("0으로 줄여져 있어 Pod를 원하지 않습니다.".into(), ""),
        Why::NotObserved => ("컨트롤러가 마지막 변경을 아직 보지 못했습니다.".into(), ""),
        Why::Rollout(new, ready, all) => (
            format!("Pod {all}개 중 {ready}개가 준비되었고, {new}개가 최신 템플릿입니다."),
            "",
        ),
        Why::Trouble(m) => (m.clone(), ""),
        Why::WaitsForPod(_, status) => (format!("다음 Pod를 기다립니다 ({status}):"), ""),
        Why::NoSelector => (
            "셀렉터가 없어 Kubernetes가 엔드포인트를 더하지 않습니다.".into(),
            "셀렉터를 더하거나 EndpointSlice를 직접 만드세요.",
        ),
        Why::NoPodMatches(s) => (
            format!("이 네임스페이스에는 레이블 {s} 를 가진 Pod가 없습니다."),
            "셀렉터와 Pod의 레이블을 비교해 보세요.",
        ),
        Why::NoneReady(n) => (
            format!("Pod {n}개가 셀렉터와 맞지만 준비된 것이 없습니다."),
            "Pod가 왜 준비되지 않았는지 살펴보세요.",
        ),
        Why::Ready(n) => (format!("준비된 엔드포인트 {n}개로 트래픽을 보냅니다."), ""),
        Why::NodeOff => ("머신의 전원이 꺼져 있습니다.".into(), "전원을 켜세요."),
        Why::NodeCut => (
            "머신이 네트워크에서 끊겼습니다. 컨테이너는 계속 돌지만 아무도 그 소식을 듣지 못합니다.".into(),
            "네트워크를 복구하세요.",
        ),
        Why::NodeTrouble { reason, message } => (format!("{reason}: {message}"), ""),
        Why::Cordoned => (
            "스케줄이 중지되어 새 Pod가 배정되지 않습니다.".into(),
            "스케줄을 재개하세요.",
        ),
        Why::Pressure(p) => (
            format!("{p} 상태를 보고하고, 모자란 것을 얻으려고 Pod를 축출합니다."),
            "",
        ),
    };
    (is, todo.to_owned())
}
