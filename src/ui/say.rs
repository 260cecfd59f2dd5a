//! Sentences that are made of parts: states, reasons, activity, times.

use super::words::{Lang, Words};
use crate::view::commands::ActionVerb;
use crate::view::frame::{
    ActivityLine, Because, Machine, NodeCard, NodeHealth, PodState, Verb, Verdict,
};
use crate::view::inspect::{FactLabel, How, Why};
use crate::view::protocol::{Notice, NoticeCode, ObjectRef};
use crate::view::select::short;
pub use crate::view::when::{date, time_of_day as time};

/// What a pod is doing, in words.
pub fn pod_state(lang: Lang, state: PodState) -> &'static str {
    let (en, ko) = match state {
        PodState::Pending => ("Waiting for the scheduler", "스케줄러를 기다림"),
        PodState::Unschedulable => ("Fits on no node", "맞는 노드가 없음"),
        PodState::Assigned => ("Has a node", "노드가 정해짐"),
        PodState::Pulling => ("Pulling the image", "이미지를 받는 중"),
        PodState::Creating => ("Creating containers", "컨테이너를 만드는 중"),
        PodState::Init => ("Init containers run", "초기화 컨테이너 실행 중"),
        PodState::NotReady => ("Running, not ready", "실행 중, 준비 안 됨"),
        PodState::Ready => ("Ready", "준비됨"),
        PodState::Completed => ("Completed", "완료됨"),
        PodState::Failed => ("Failed", "실패함"),
        PodState::CrashLoop => ("Crashes again and again", "계속 종료됨"),
        PodState::ImageTrouble => ("The image cannot be had", "이미지를 받을 수 없음"),
        PodState::ConfigTrouble => ("The container cannot be made", "컨테이너를 만들 수 없음"),
        PodState::Terminating => ("Terminating", "종료되는 중"),
        PodState::Unknown => ("Its node does not answer", "노드가 응답하지 않음"),
    };
    lang.pick(en, ko)
}

/// How a node is, in a word or two; "" where it is simply ready.
pub fn node_state(lang: Lang, card: &NodeCard) -> &'static str {
    let w = lang.words();
    match (card.machine, card.health, card.cordoned) {
        (Machine::Off, _, _) => w.off,
        (Machine::Cut, _, _) => w.cut,
        (_, NodeHealth::NotReady, _) => w.not_ready,
        (_, NodeHealth::Unknown, _) => w.silent,
        (_, _, true) => w.cordoned,
        _ => "",
    }
}

/// An object as kubectl names it: `deploy/web`.
pub fn object(o: &ObjectRef) -> String {
    format!("{}/{}", short(&o.kind), o.name)
}

/// A span of seconds, short: `42s`, `3m10s`, `5h2m`, `3d`.
pub fn span(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..=119 => format!("{s}s"),
        120..=599 => format!("{}m{}", s / 60, opt(s % 60, "s")),
        600..=10_799 => format!("{}m", s / 60),
        10_800..=28_799 => format!("{}h{}", s / 3600, opt(s % 3600 / 60, "m")),
        28_800..=172_799 => format!("{}h", s / 3600),
        _ => format!("{}d", s / 86_400),
    }
}

fn opt(n: i64, unit: &str) -> String {
    match n {
        0 => String::new(),
        n => format!("{n}{unit}"),
    }
}

/// What was done, for a line of the feed: `created deploy/web`.
pub fn deed(lang: Lang, line: &ActivityLine) -> String {
    let what = match line.count {
        0 | 1 => object(&line.object),
        n => lang.pick(
            format!("{n} × {}", line.object.kind),
            format!("{} {n}개", line.object.kind),
        ),
    };
    let detail = match line.verb {
        Verb::Scaled | Verb::Bound => &*line.reason,
        _ => "",
    };
    done(lang, line.verb, &what, detail)
}

/// Why it was done: `kubectl created deploy/web`.
pub fn cause(lang: Lang, because: &Because) -> String {
    let done = done(lang, because.verb, &object(&because.object), "");
    lang.pick(
        format!("{} {done}", because.who),
        format!("{}: {done}", because.who),
    )
}

/// A deed in words.
pub fn done(lang: Lang, verb: Verb, what: &str, detail: &str) -> String {
    let detail = match (verb, detail) {
        (_, "") => String::new(),
        (Verb::Scaled, d) => format!(" {d}"),
        (_, d) => lang.pick(format!(" to {d}"), format!(" → {d}")),
    };
    match lang {
        Lang::En => match verb {
            Verb::Created => format!("created {what}"),
            Verb::Updated => format!("updated {what}"),
            Verb::Scaled => format!("scaled {what}{detail}"),
            Verb::Deleted => format!("deleted {what}"),
            Verb::Bound => format!("assigned {what}{detail}"),
            Verb::Evicted => format!("evicted {what}"),
            Verb::Ready => format!("reported {what} ready"),
            Verb::Unready => format!("reported {what} not ready"),
            Verb::Said => what.to_owned(),
        },
        Lang::Ko => match verb {
            Verb::Created => format!("{what} 생성"),
            Verb::Updated => format!("{what} 변경"),
            Verb::Scaled => format!("{what} 규모 조정{detail}"),
            Verb::Deleted => format!("{what} 삭제"),
            Verb::Bound => format!("{what} 배정{detail}"),
            Verb::Evicted => format!("{what} 축출"),
            Verb::Ready => format!("{what} 준비됨을 보고"),
            Verb::Unready => format!("{what} 준비 안 됨을 보고"),
            Verb::Said => what.to_owned(),
        },
    }
}

/// What an action is called on its button.
pub fn action(lang: Lang, verb: ActionVerb) -> &'static str {
    use ActionVerb as V;
    let (en, ko) = match verb {
        V::Delete => ("Delete", "삭제"),
        V::Crash => ("Crash a container", "컨테이너 강제 종료"),
        V::Logs => ("Logs", "로그"),
        V::ScaleUp => ("One more", "하나 더"),
        V::ScaleDown => ("One less", "하나 덜"),
        V::Restart => ("Restart", "재시작"),
        V::Undo => ("Roll back", "되돌리기"),
        V::Pause => ("Pause rollout", "롤아웃 멈춤"),
        V::Resume => ("Resume rollout", "롤아웃 계속"),
        V::Cordon => ("Cordon", "스케줄 중지"),
        V::Uncordon => ("Uncordon", "스케줄 재개"),
        V::Drain => ("Drain", "비우기"),
        V::StopNode => ("Power off", "전원 끄기"),
        V::StartNode => ("Power on", "전원 켜기"),
        V::CutNode => ("Cut off the network", "네트워크 끊기"),
        V::MendNode => ("Mend the network", "네트워크 복구"),
        V::RemoveNode => ("Remove", "제거"),
        V::AddNode => ("Add a node", "노드 추가"),
        V::Describe => ("Describe", "자세히"),
        V::Request => ("Send a request", "요청 보내기"),
    };
    lang.pick(en, ko)
}

/// The label of a line of the summary.
pub fn fact(lang: Lang, label: FactLabel) -> &'static str {
    use FactLabel as L;
    let (en, ko) = match label {
        L::Status => ("Status", "상태"),
        L::Created => ("Created", "생성"),
        L::Node => ("Node", "노드"),
        L::Ip => ("IP", "IP"),
        L::Qos => ("QoS class", "QoS 클래스"),
        L::ServiceAccount => ("Service account", "서비스 어카운트"),
        L::RestartPolicy => ("Restart policy", "재시작 정책"),
        L::Replicas => ("Replicas", "레플리카"),
        L::Strategy => ("Strategy", "전략"),
        L::Selector => ("Selector", "셀렉터"),
        L::Image => ("Image", "이미지"),
        L::Type => ("Type", "유형"),
        L::ClusterIp => ("Cluster IP", "클러스터 IP"),
        L::Ports => ("Ports", "포트"),
        L::Endpoints => ("Ready endpoints", "준비된 엔드포인트"),
        L::Roles => ("Roles", "역할"),
        L::Capacity => ("Allocatable", "할당 가능"),
        L::Requested => ("Requested", "요청됨"),
        L::Pods => ("Pods", "Pods"),
        L::Taints => ("Taints", "테인트"),
        L::Version => ("Kubelet", "Kubelet"),
        L::Owner => ("Controlled by", "소유자"),
        L::Data => ("Keys", "키"),
        L::Finalizers => ("Finalizers", "파이널라이저"),
        L::Deleting => ("Deletion", "삭제 시각"),
    };
    lang.pick(en, ko)
}

/// The heading of a group of relations.
pub fn how(lang: Lang, how: How) -> &'static str {
    let (en, ko) = match how {
        How::Owner => ("Owned by", "소유자"),
        How::Dependant => ("Owns", "소유"),
        How::Selects => ("Selects", "선택하는 것"),
        How::SelectedBy => ("Selected by", "선택한 것"),
        How::RunsOn => ("Runs on", "실행되는 곳"),
        How::Hosts => ("Hosts", "실행 중인 것"),
        How::Uses => ("Uses", "사용하는 것"),
    };
    lang.pick(en, ko)
}

/// What a notice says.
pub fn notice(lang: Lang, notice: &Notice) -> String {
    let w = lang.words();
    let (words, told) = match notice.code {
        NoticeCode::StorageRefused => (w.storage_refused, String::new()),
        NoticeCode::StorageUnreadable => (w.storage_unreadable, String::new()),
        NoticeCode::OtherTab => (w.other_tab, String::new()),
        NoticeCode::OtherTabGone => (w.other_tab_gone, String::new()),
        NoticeCode::Slept => (w.slept, String::new()),
        NoticeCode::ProfileUnknown => (w.profile_unknown, notice.detail.clone()),
        NoticeCode::Shared => (w.shared, String::new()),
        NoticeCode::ShareUnreadable => (w.share_unreadable, unreadable(w, &notice.detail)),
        NoticeCode::KindsUnknown => (w.kinds_unknown, notice.detail.clone()),
        NoticeCode::RecordFull => (w.record_full, time(notice.detail.parse().unwrap_or(0))),
    };
    told.lines()
        .fold(words.to_owned(), |text, part| text.replacen("{}", part, 1))
}

/// Why what was shared cannot be read.
fn unreadable(w: &Words, detail: &str) -> String {
    let (kind, more) = detail.split_once('\n').unwrap_or((detail, ""));
    let words = match kind {
        "large" => w.unreadable_large,
        "foreign" => w.unreadable_foreign,
        "newer" => w.unreadable_newer,
        _ => w.unreadable_damaged,
    };
    words.replacen("{}", more, 1)
}

/// A reason: what is so and why, and what to do about it ("" where nothing is to be done).
pub fn why(lang: Lang, why: &Why, now: i64) -> (String, String) {
    match lang {
        Lang::En => english::why(why, now),
        Lang::Ko => korean::why(why, now),
    }
}

/// How many nodes share the score of the chosen one, itself included; 0 where no other node fits at all.
fn rivals(chosen: &str, all: &[Verdict]) -> usize {
    let fits = || all.iter().filter(|v| v.refused_by.is_empty());
    let best = fits().find(|v| v.node == chosen).map(|v| v.score);
    match fits().count() {
        0 | 1 => 0,
        _ => fits().filter(|v| Some(v.score) == best).count().max(1),
    }
}

/// Seconds until a moment, as a span.
fn left(until_ms: Option<i64>, now: i64) -> String {
    until_ms.map_or_else(|| "a moment".to_owned(), |t| span(t / 1000 - now))
}

mod english;
mod korean;
