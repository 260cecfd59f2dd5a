// Runs before everything else, in the oldest JavaScript there is: says what is wrong instead of
// leaving a blank page, and what the user can do about it.
(function () {
  "use strict";
  document.documentElement.setAttribute("data-js", "");
  var korean = /^ko/i.test(navigator.language || "");
  var words = korean
    ? {
        oldTitle: "이 브라우저에서는 실행할 수 없습니다",
        oldText:
          "Kubarium은 WebAssembly와 모듈 워커가 필요합니다. 최신 Chrome, Edge, Firefox 또는 Safari로 이 페이지를 열어 주세요.",
        loadTitle: "페이지를 불러오지 못했습니다",
        loadText: "파일 하나를 받지 못했습니다. 연결을 확인하고 다시 시도해 주세요.",
        panicTitle: "클러스터가 멈췄습니다",
        panicText:
          "Kubarium에 결함이 있습니다. 다시 불러오면 마지막으로 저장된 상태에서 계속합니다. 같은 일이 반복되면 새 클러스터로 시작해 주세요.",
        seed: "시드",
        commands: "마지막 명령",
        reload: "다시 불러오기",
        fresh: "새 클러스터로 시작",
      }
    : {
        oldTitle: "This browser cannot run Kubarium",
        oldText:
          "Kubarium needs WebAssembly and module workers. Open this page in a current Chrome, Edge, Firefox or Safari.",
        loadTitle: "The page could not be loaded",
        loadText: "One of its files did not arrive. Check the connection and try again.",
        panicTitle: "The cluster has stopped",
        panicText:
          "This is a fault in Kubarium. Reload to continue from what was last stored. If it happens again, start with a new cluster.",
        seed: "Seed",
        commands: "Last commands",
        reload: "Reload",
        fresh: "Start a new cluster",
      };
  var shown = false;

  function element(name, text, parent) {
    var made = document.createElement(name);
    if (text) made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  // kind: "old", "load" or "panic"; report: {message, seed, commands}, each optional.
  window.kubariumTrouble = function (kind, report) {
    if (shown || !document.body) return;
    shown = true;
    report = report || {};
    var splash = document.getElementById("splash");
    if (splash) splash.parentNode.removeChild(splash);
    var main = element("main", "", document.body);
    main.id = "trouble";
    main.setAttribute("role", "alert");
    element("h1", words[kind + "Title"], main);
    element("p", words[kind + "Text"], main);
    if (report.seed) element("p", words.seed + ": " + report.seed, main);
    if (report.commands && report.commands.length) {
      element("p", words.commands + ":", main);
      element("pre", report.commands.join("\n"), main);
    }
    if (report.message) element("pre", report.message, main);
    if (kind !== "old") {
      element("button", words.reload, main).onclick = function () {
        location.reload();
      };
    }
    if (kind === "panic") {
      element("button", words.fresh, main).onclick = function () {
        var url = location.href.split("#")[0].split("?")[0];
        location.replace(url + "?fresh");
      };
    }
    var app = document.getElementById("app");
    if (app) app.setAttribute("hidden", "");
    var buttons = main.getElementsByTagName("button");
    // Not at once: the key that led here would press it.
    if (buttons.length) {
      setTimeout(function () {
        buttons[0].focus();
      }, 300);
    }
  };

  function whenParsed(act) {
    if (document.body) act();
    else document.addEventListener("DOMContentLoaded", act);
  }

  var modern =
    typeof WebAssembly === "object" &&
    typeof Worker === "function" &&
    "noModule" in document.createElement("script");
  if (!modern) {
    whenParsed(function () {
      window.kubariumTrouble("old");
    });
    return;
  }
  window.addEventListener(
    "error",
    function (event) {
      var target = event.target;
      if (target && target !== window && target.tagName === "SCRIPT") {
        whenParsed(function () {
          window.kubariumTrouble("load", { message: target.src });
        });
      }
    },
    true
  );
})();
