//! Every word of the page, in English and Korean. Kubernetes' own terms stay English in both.

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    En,
    Ko,
}

impl Lang {
    /// From a tag such as `ko-KR`.
    pub fn of_tag(tag: &str) -> Lang {
        match tag.to_ascii_lowercase().starts_with("ko") {
            true => Lang::Ko,
            false => Lang::En,
        }
    }
    /// The tag for the document.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }
    /// The words of this language.
    pub fn words(self) -> &'static Words {
        match self {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }
    /// One of two texts.
    pub fn pick<T>(self, en: T, ko: T) -> T {
        match self {
            Lang::En => en,
            Lang::Ko => ko,
        }
    }
}

macro_rules! words {
    ($($name:ident: $en:literal, $ko:literal;)*) => {
        /// The page's fixed texts.
        #[derive(Debug)]
        pub struct Words {
            $(#[doc = $en] pub $name: &'static str,)*
        }
        static EN: Words = Words { $($name: $en,)* };
        static KO: Words = Words { $($name: $ko,)* };
    };
}

words! {
    // Top bar
    clock: "Clock", "시계";
    pause: "Pause", "일시 정지";
    resume: "Resume", "계속";
    step: "Step", "한 단계";
    speed: "Speed", "속도";
    fastest: "Max", "최대";
    remote_clock: "The program that runs this cluster keeps its time (kubarium up --speed)", "이 클러스터를 실행하는 프로그램이 시간을 정합니다 (kubarium up --speed)";
    behind: "The machine cannot keep up with this speed", "이 속도를 컴퓨터가 따라가지 못합니다";
    reset: "New cluster", "새 클러스터";
    reset_ask: "Throw this cluster away and start a new one?", "이 클러스터를 버리고 새로 시작할까요?";
    reset_why: "Everything in it is lost: objects, files in the terminal, history.", "안에 있는 모든 것(오브젝트, 터미널의 파일, 기록)이 사라집니다.";
    cancel: "Cancel", "취소";
    undo: "Undo", "실행 취소";
    redo: "Redo", "다시 실행";
    back: "Back 10 seconds", "10초 뒤로";
    share: "Share this cluster", "이 클러스터 공유";
    share_about: "Whoever opens the link gets this very cluster: the same seed, everything that was done in it until now and all its objects, Secrets too. The link itself holds it all; it is sent nowhere.", "링크를 여는 사람은 바로 이 클러스터를 보게 됩니다. 같은 시드와 지금까지 한 모든 일, 시크릿을 포함한 모든 오브젝트가 링크 안에 들어 있고, 어디로도 전송되지 않습니다.";
    link: "Link", "링크";
    link_too_long: "Too much was done here for a link. Save it as a file instead.", "한 일이 많아 링크에 담을 수 없습니다. 파일로 저장하세요.";
    copy_link: "Copy link", "링크 복사";
    copied: "Copied.", "복사했습니다.";
    copy_refused: "The browser does not let this page copy. Select the link and copy it yourself.", "브라우저가 복사를 허용하지 않습니다. 링크를 선택해 직접 복사하세요.";
    save_file: "Save as a file", "파일로 저장";
    open_file: "Open a file", "파일 열기";
    more: "More", "더 보기";
    theme: "Theme", "테마";
    theme_auto: "As the system", "시스템 설정";
    theme_light: "Light", "밝게";
    theme_dark: "Dark", "어둡게";
    language: "Language", "언어";
    help: "Help and shortcuts", "도움말과 단축키";
    close: "Close", "닫기";
    seed: "Seed", "시드";
    // Places
    map: "Map", "지도";
    terminal: "Terminal", "터미널";
    editor: "Editor", "편집기";
    activity: "Activity", "활동";
    inspector: "Inspector", "상세 정보";
    places: "Places", "화면";
    resize: "Resize", "크기 조절";
    // Map
    control_plane: "Control plane", "컨트롤 플레인";
    workloads: "Workloads", "워크로드";
    nodes: "Nodes", "노드";
    services: "Services", "서비스";
    queue: "Waiting for a node", "노드를 기다리는 Pod";
    namespace: "Namespace", "네임스페이스";
    all_namespaces: "All namespaces", "모든 네임스페이스";
    filter: "Filter by name", "이름으로 걸러내기";
    zoom_in: "Zoom in", "확대";
    zoom_out: "Zoom out", "축소";
    zoom_fit: "Fit", "맞춤";
    as_map: "As a map", "지도로 보기";
    as_list: "As a list", "목록으로 보기";
    add_node: "Add a node", "노드 추가";
    you: "You", "사용자";
    revision: "revision", "리비전";
    stopped: "Stopped", "멈춤";
    running: "Running", "실행 중";
    cordoned: "cordoned", "스케줄 중지";
    off: "off", "꺼짐";
    cut: "cut off", "연결 끊김";
    not_ready: "not ready", "준비 안 됨";
    silent: "no answer", "응답 없음";
    cpu: "CPU", "CPU";
    memory: "Memory", "메모리";
    pods: "pods", "pods";
    no_workloads: "No workloads yet. A Deployment, a StatefulSet or a Job appears here.", "아직 워크로드가 없습니다. Deployment, StatefulSet, Job이 여기에 나타납니다.";
    no_services: "No services yet. A Service gives pods one address.", "아직 서비스가 없습니다. Service는 여러 Pod에 하나의 주소를 줍니다.";
    no_nodes: "No nodes have joined yet.", "아직 합류한 노드가 없습니다.";
    starting: "Starting the cluster", "클러스터를 시작하는 중";
    ready_of: "ready", "준비됨";
    answered: "answered", "응답";
    refused: "refused", "거부";
    lost: "no answer", "응답 없음";
    try_this: "Try", "해 보기";
    run: "Run", "실행";
    legend: "Legend", "범례";
    // List
    kind: "Kind", "종류";
    name: "Name", "이름";
    state: "State", "상태";
    where_: "Where", "위치";
    restarts: "Restarts", "재시작";
    age: "Age", "나이";
    previous: "Previous", "이전";
    next: "Next", "다음";
    nothing_matches: "Nothing matches the filter.", "조건에 맞는 것이 없습니다.";
    // Inspector
    summary: "Summary", "요약";
    yaml: "YAML", "YAML";
    events: "Events", "이벤트";
    logs: "Logs", "로그";
    relations: "Relations", "관계";
    why: "Why", "이유";
    gone: "This object is gone. What follows is its history.", "이 오브젝트는 사라졌습니다. 아래는 그 기록입니다.";
    loading: "Loading", "불러오는 중";
    containers: "Containers", "컨테이너";
    conditions: "Conditions", "컨디션";
    labels: "Labels", "레이블";
    actions: "Actions", "작업";
    no_events: "No events are kept about this object. Kubernetes forgets them after an hour.", "이 오브젝트에 대한 이벤트가 없습니다. Kubernetes는 한 시간이 지난 이벤트를 지웁니다.";
    no_logs: "Nothing has been printed yet.", "아직 출력된 것이 없습니다.";
    no_relations: "Nothing is tied to this object.", "이 오브젝트와 이어진 것이 없습니다.";
    no_chain: "The writes that led here are not known any more.", "여기에 이르게 한 쓰기 기록이 더 이상 남아 있지 않습니다.";
    chain: "How it came to this", "이렇게 된 과정";
    container: "Container", "컨테이너";
    last_run: "Last run", "지난 실행";
    init: "init", "init";
    ephemeral: "ephemeral", "임시";
    save: "Apply", "적용";
    dry_run: "Dry run", "시험 실행";
    revert: "Revert", "되돌리기";
    changed_below: "The object has changed since you began to edit.", "편집을 시작한 뒤에 오브젝트가 바뀌었습니다.";
    // Terminal
    new_tab: "New tab", "새 탭";
    close_tab: "Close tab", "탭 닫기";
    command: "Command", "명령";
    output: "Output", "출력";
    older_lines: "Older lines were dropped: a terminal keeps the last 5,000. Send output to a file (> file) to keep it all.", "오래된 줄은 지워졌습니다. 터미널은 마지막 5,000줄을 보관합니다. 모두 남기려면 파일로 보내세요(> file).";
    completions: "Completions", "자동 완성";
    terminal_hint: "Type a kubectl command. Tab completes, ↑ recalls.", "kubectl 명령을 입력하세요. Tab은 자동 완성, ↑는 이전 명령입니다.";
    interrupt: "Interrupt", "중단";
    // Activity
    no_activity: "What components and you do appears here.", "컴포넌트와 사용자가 한 일이 여기에 나타납니다.";
    because: "because", "원인:";
    only_warnings: "Warnings only", "경고만";
    // Editor
    examples: "Examples", "예제";
    apply: "Apply", "적용";
    apply_hint: "Ctrl-Enter applies, Ctrl-Shift-Enter tries without changing anything.", "Ctrl-Enter는 적용, Ctrl-Shift-Enter는 바꾸지 않고 시험합니다.";
    nothing_to_apply: "There is no document to apply.", "적용할 문서가 없습니다.";
    line: "line", "줄";
    too_large_to_check: "This text is larger than the API server takes (3 MiB), so it is neither checked nor kept for the next visit.", "API 서버가 받는 크기(3 MiB)보다 큰 텍스트라서 검사하지 않고, 다음 방문을 위해 보관하지도 않습니다.";
    result: "Result", "결과";
    // Help
    shortcuts: "Keyboard", "키보드";
    key_step: "Step the clock", "시계를 한 단계 진행";
    key_pause: "Pause or resume", "일시 정지 또는 계속";
    key_filter: "Filter the map", "지도에서 걸러내기";
    key_help: "This help", "이 도움말";
    key_terminal: "To the terminal", "터미널로";
    key_go_map: "Go to the map", "지도로 가기";
    key_go_terminal: "Go to the terminal", "터미널로 가기";
    key_go_editor: "Go to the editor", "편집기로 가기";
    key_go_activity: "Go to the activity", "활동으로 가기";
    key_list: "Map or list", "지도 또는 목록";
    key_close: "Close what is open", "열린 것 닫기";
    key_arrows: "From pod to pod within a node", "노드 안에서 Pod 사이를 이동";
    about: "A simulated Kubernetes 1.36 cluster that runs in this tab. Nothing leaves your browser.", "이 탭 안에서 실행되는 Kubernetes 1.36 클러스터 시뮬레이션입니다. 아무것도 브라우저 밖으로 나가지 않습니다.";
    limits: "What is simulated, and what is missing", "시뮬레이션되는 것과 없는 것";
    limit_containers: "Containers are simulated: nginx, httpd, busybox, alpine and redis behave like the real ones in what tutorials use; any other image runs as a labelled generic server.", "컨테이너는 시뮬레이션입니다. nginx, httpd, busybox, alpine, redis는 튜토리얼에서 쓰는 만큼 실제처럼 동작하고, 다른 이미지는 표시된 일반 서버로 실행됩니다.";
    limit_time: "Time is simulated: it can be paused, slowed and hurried. Latencies are drawn from a seed, so the same seed gives the same history.", "시간은 시뮬레이션입니다. 멈추거나 늦추거나 빠르게 할 수 있습니다. 지연은 시드에서 나오므로 같은 시드는 같은 기록을 만듭니다.";
    limit_validation: "Other kinds than the most used ones are stored with the checks of their schema only.", "자주 쓰는 종류 외에는 스키마 검사만 거쳐 저장됩니다.";
    limit_answer: "What is not supported answers with an error that says so.", "지원하지 않는 것은 그렇다고 알리는 오류로 답합니다.";
    // Notices
    storage_refused: "The browser refuses to store anything here: this cluster lives as long as the tab.", "브라우저가 저장을 허용하지 않습니다. 이 클러스터는 탭이 열려 있는 동안만 유지됩니다.";
    storage_unreadable: "What was stored could not be read, so a new cluster was started.", "저장된 내용을 읽을 수 없어 새 클러스터를 시작했습니다.";
    other_tab: "Another tab keeps the stored cluster. Changes in this tab are not kept.", "다른 탭이 저장된 클러스터를 쓰고 있습니다. 이 탭의 변경은 저장되지 않습니다.";
    other_tab_gone: "The other tab has closed: this one is stored from here on.", "다른 탭이 닫혔습니다. 이제부터 이 탭이 저장됩니다.";
    profile_unknown: "There is no cluster profile “{}”, so the default one was started. There are: {}.", "“{}”라는 클러스터 프로필이 없어 기본 프로필로 시작했습니다. 쓸 수 있는 프로필: {}.";
    record_full: "More has been done here than the browser keeps (8 MiB). Nothing is stored any more: a reload goes back to {}.", "브라우저에 보관하는 양(8 MiB)보다 많은 일을 했습니다. 더는 저장되지 않으며, 다시 불러오면 {}의 상태로 돌아갑니다.";
    shared: "This cluster came from a link or a file. What you do here is not stored; save it as a file to keep it. Your own cluster is untouched and comes back when the page is opened without the link.", "링크나 파일로 받은 클러스터입니다. 여기서 한 일은 저장되지 않으니, 남기려면 파일로 저장하세요. 내 클러스터는 그대로 있으며, 링크 없이 페이지를 열면 돌아옵니다.";
    share_unreadable: "What was shared could not be read: {}", "공유된 내용을 읽을 수 없습니다: {}";
    unreadable_large: "it is larger than 8 MiB.", "8 MiB보다 큽니다.";
    unreadable_foreign: "it is no cluster that this page or the program kubarium saved.", "이 페이지나 kubarium 프로그램이 저장한 클러스터가 아닙니다.";
    unreadable_newer: "a newer version saved it (format {}). Load the page again to get that version.", "더 새로운 버전이 저장한 것입니다(형식 {}). 페이지를 다시 불러와 새 버전을 받으세요.";
    unreadable_damaged: "it is damaged or cut off ({}).", "손상되었거나 일부가 잘렸습니다({}).";
    kinds_unknown: "Some objects are left out, since nothing defines their kinds: {}", "종류가 정의되어 있지 않아 제외된 오브젝트가 있습니다: {}";
    slept: "The tab slept. Simulated time stood still meanwhile.", "탭이 잠들어 있었습니다. 그동안 시뮬레이션 시간은 멈춰 있었습니다.";
}
