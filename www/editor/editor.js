// The manifest editor: CodeMirror with YAML. It knows nothing of Kubernetes: completion, hover and
// diagnostics are asked of the cluster through the functions it is given.
//
// Offsets here are UTF-16 positions, as CodeMirror counts.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Compartment } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { height: "100%", maxWidth: "100%", color: "var(--editor-text, CanvasText)", backgroundColor: "var(--editor-background, Canvas)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono, ui-monospace, monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--accent, Highlight)" },
  ".cm-gutters": { color: "var(--editor-dim, GrayText)", backgroundColor: "var(--editor-background, Canvas)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--editor-line, rgb(128 128 128 / 8%))" },
  ".cm-cursor": { borderLeftColor: "var(--accent, Highlight)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--editor-selection, rgb(64 128 255 / 25%))",
  },
  ".cm-tooltip, .cm-panels": {
    color: "var(--editor-text, CanvasText)",
    backgroundColor: "var(--surface, Canvas)",
    border: "1px solid var(--line, GrayText)",
    borderRadius: "6px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono, ui-monospace, monospace)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "var(--accent-text, HighlightText)",
    backgroundColor: "var(--accent, Highlight)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-hover": { maxWidth: "34rem", padding: "6px 10px" },
  ".cm-hover code": { fontFamily: "var(--mono, ui-monospace, monospace)" },
  ".cm-completionDetail": { color: "var(--editor-dim, GrayText)", fontStyle: "normal" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key, LinkText)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string, CanvasText)" },
  { tag: [tags.number, tags.bool, tags.null, tags.literal], color: "var(--code-number, CanvasText)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--code-comment, GrayText)" },
  { tag: [tags.keyword, tags.typeName, tags.labelName, tags.meta], color: "var(--code-keyword, CanvasText)" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--code-punctuation, GrayText)" },
]);

// What CodeMirror itself says, in Korean.
const korean = {
  Find: "찾기",
  Replace: "바꾸기",
  next: "다음",
  previous: "이전",
  all: "모두",
  "match case": "대소문자 구분",
  regexp: "정규식",
  "by word": "단어 단위",
  replace: "바꾸기",
  "replace all": "모두 바꾸기",
  close: "닫기",
  Completions: "자동 완성",
  Diagnostics: "진단",
  "No diagnostics": "문제 없음",
  "Fold line": "접기",
  "Unfold line": "펼치기",
};

// source: {changed(text), complete(text, offset), hover(text, offset), apply(dryRun)}; complete and
// hover return promises.
export function create(parent, text, label, language, source) {
  const phrases = new Compartment();
  const spoken = (tag) => phrases.of(EditorState.phrases.of(/^ko/.test(tag) ? korean : {}));
  // In a shadow tree CodeMirror adopts its style sheets, which the page's policy permits; in the
  // document it would add style elements, which it forbids.
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  // Long lines scroll inside the editor and never widen the page.
  parent.style.overflow = "hidden";
  parent.style.minWidth = "0";
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        spoken(language),
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        drawSelection(),
        indentUnit.of("  "),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        yaml(),
        syntaxHighlighting(colours),
        look,
        autocompletion({ override: [(context) => complete(source, context)], icons: false, aboveCursor: false }),
        hoverTooltip((view, offset) => hover(source, view, offset)),
        keymap.of([
          { key: "Mod-Enter", run: () => (source.apply(false), true) },
          { key: "Shift-Mod-Enter", run: () => (source.apply(true), true) },
          { key: "Alt-Space", run: startCompletion },
          // Tab indents; Escape followed by Tab leaves the editor.
          { key: "Escape", run: (view) => (view.setTabFocusMode(2000), false) },
          indentWithTab,
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) source.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(next) {
      if (next === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, selection: { anchor: 0 } });
    },
    // diagnostics: [{from, to, severity, message}]
    setDiagnostics(diagnostics) {
      const end = view.state.doc.length;
      const within = diagnostics.map((one) => {
        const from = Math.min(one.from, end);
        return { ...one, from, to: Math.min(Math.max(one.to, from), end) };
      });
      view.dispatch(setDiagnostics(view.state, within));
    },
    goTo(offset) {
      const anchor = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

async function complete(source, context) {
  const word = context.matchBefore(/[\w./-]*/);
  if (!context.explicit && (!word || word.from === word.to)) return null;
  const found = await source.complete(context.state.doc.toString(), context.pos);
  if (!found || !found.items.length || context.aborted) return null;
  return {
    from: found.from,
    to: found.to,
    validFor: /^[\w./-]*$/,
    options: found.items.map((item) => ({
      label: item.label,
      detail: item.detail || undefined,
      info: item.info || undefined,
      apply: item.insert ?? undefined,
    })),
  };
}

async function hover(source, view, offset) {
  const found = await source.hover(view.state.doc.toString(), offset);
  if (!found) return null;
  return {
    pos: found.from,
    end: found.to,
    create() {
      const dom = document.createElement("div");
      dom.className = "cm-hover";
      dom.appendChild(document.createElement("code")).textContent = found.title;
      dom.appendChild(document.createElement("div")).textContent = found.text;
      return { dom };
    },
  };
}
