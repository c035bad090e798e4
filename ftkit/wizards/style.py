"""The one style sheet of the wizards: JupyterLab's own colours, so that every theme fits."""

CSS = """
.ftkit-wizard {
  --ftkit-line: var(--jp-border-color2, #e0e0e0);
  --ftkit-soft: var(--jp-layout-color2, #f5f5f5);
  --ftkit-text: var(--jp-ui-font-color1, #222);
  --ftkit-quiet: color-mix(in srgb, var(--jp-ui-font-color1, #222) 72%, var(--jp-layout-color1, #fff));
  --ftkit-accent: var(--jp-brand-color1, #1976d2);
  --ftkit-good: color-mix(in srgb, var(--jp-success-color1, #2e7d32) 78%, var(--jp-ui-font-color1, #222));
  --ftkit-warn: color-mix(in srgb, var(--jp-warn-color1, #b26a00) 78%, var(--jp-ui-font-color1, #222));
  --ftkit-bad: color-mix(in srgb, var(--jp-error-color1, #c62828) 78%, var(--jp-ui-font-color1, #222));
  --ftkit-label: 150px;
  box-sizing: border-box;
  container-type: inline-size;
  width: 100%;
  max-width: 940px;
  margin: 4px 0 8px;
  padding: 0 0 14px;
  border: 1px solid var(--ftkit-line);
  border-radius: 8px;
  background: var(--jp-layout-color1, #fff);
  color: var(--ftkit-text);
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  overflow: hidden;
}
.ftkit-wizard .jupyter-widgets { color: var(--ftkit-text); }
.ftkit-wizard .widget-html, .ftkit-wizard .widget-html-content {
  height: auto; line-height: 1.5; font-size: 13px; white-space: normal; overflow: visible; margin: 0;
}
.ftkit-wizard .widget-html-content { width: 100%; }
.ftkit-wizard .ftkit-empty { display: none; }
.ftkit-wizard p { margin: 0 0 8px; max-width: 780px; }
.ftkit-wizard h2, .ftkit-wizard h3 { margin: 0; font-weight: 600; color: var(--ftkit-text); }
.ftkit-wizard h2 { font-size: 17px; line-height: 1.35; margin-bottom: 4px; }
.ftkit-wizard h3 { font-size: 13px; margin: 14px 0 4px; }
.ftkit-wizard h4 { font-size: 12px; margin: 10px 0 0; font-weight: 600; color: var(--ftkit-quiet); }
.ftkit-wizard code { font-size: 12px; background: var(--ftkit-soft); padding: 1px 4px; border-radius: 3px;
  color: inherit; overflow-wrap: anywhere; }
.ftkit-quiet { color: var(--ftkit-quiet); }
.ftkit-number { font-variant-numeric: tabular-nums; white-space: nowrap; }

.ftkit-wizard .ftkit-head { padding: 12px 20px 8px; }
.ftkit-wizard .ftkit-title { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
.ftkit-wizard .ftkit-title b { font-size: 14px; }
.ftkit-wizard .ftkit-title .ftkit-quiet { margin-left: auto; }

.ftkit-wizard .ftkit-tabs { margin: 0; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar { padding: 0 12px; min-height: 38px; overflow: visible;
  border-bottom: 1px solid var(--ftkit-line); }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar > .lm-TabBar-content { border: 0; align-items: stretch; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab {
  flex: 0 1 auto; min-width: 0; max-width: none; min-height: 38px; line-height: 38px; padding: 0 12px; margin: 0 0 -1px;
  border: 0; border-bottom: 3px solid transparent; background: none; color: var(--ftkit-quiet);
  font-family: inherit; font-size: 13px; transform: none; top: 0;
}
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tabLabel { line-height: inherit; overflow: hidden;
  text-overflow: ellipsis; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab:hover { color: var(--ftkit-text);
  background: var(--ftkit-soft); }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab.lm-mod-current {
  color: var(--ftkit-text); font-weight: 600; border-bottom-color: var(--ftkit-accent); background: none; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab.lm-mod-current::before { display: none; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab:focus-visible {
  outline: 2px solid var(--ftkit-accent); outline-offset: -2px; }
.ftkit-wizard .ftkit-tabs.jupyter-widgets > .widget-tab-contents { border: 0; padding: 0; margin: 0;
  overflow: visible; }

.ftkit-wizard .ftkit-page { padding: 16px 20px 4px; overflow: visible; }
.ftkit-wizard .ftkit-page > * , .ftkit-wizard .ftkit-notices > *, .ftkit-wizard .ftkit-foot > * { max-width: 100%; }

.ftkit-wizard .ftkit-row { margin: 0 0 12px; overflow: visible; display: grid; align-items: start; column-gap: 16px;
  grid-template-columns: 350px minmax(0, 1fr); }
.ftkit-wizard .ftkit-row.ftkit-wide { grid-template-columns: minmax(0, 1fr); row-gap: 2px; }
.ftkit-wizard .ftkit-row .widget-label { width: var(--ftkit-label); min-width: var(--ftkit-label); text-align: left;
  font-size: 13px; font-weight: 600; color: var(--ftkit-text); display: flex; align-items: center; white-space: normal;
  line-height: 15px; height: auto; min-height: 30px; }
.ftkit-wizard .widget-text, .ftkit-wizard .widget-dropdown { width: 100%; max-width: 400px; height: auto; margin: 0; }
.ftkit-wizard .ftkit-wide .widget-text, .ftkit-wizard .ftkit-wide .widget-dropdown { max-width: 780px; }
.ftkit-wizard .widget-text input, .ftkit-wizard .widget-dropdown > select {
  height: 30px; font-size: 13px; border-radius: 4px; border: 1px solid var(--jp-border-color1, #bdbdbd);
  background-color: var(--jp-input-background, var(--jp-layout-color1, #fff)); color: var(--ftkit-text); min-width: 0;
}
.ftkit-wizard .widget-text input:focus-visible, .ftkit-wizard .widget-dropdown > select:focus-visible {
  outline: 2px solid var(--ftkit-accent); outline-offset: 0; border-color: var(--ftkit-accent);
}
.ftkit-wizard .ftkit-invalid input, .ftkit-wizard .ftkit-invalid select { border-color: var(--ftkit-bad); }
.ftkit-wizard .ftkit-said { padding-top: 4px; }
.ftkit-wizard .ftkit-wide .ftkit-said { padding: 0 0 0 calc(var(--ftkit-label) + 8px); }
.ftkit-wizard .ftkit-said .ftkit-help { color: var(--ftkit-quiet); }
.ftkit-wizard .ftkit-chosen { color: var(--ftkit-text); }
.ftkit-wizard .ftkit-chosen b { font-variant-numeric: tabular-nums; }
.ftkit-wizard .ftkit-problem { color: var(--ftkit-bad); font-weight: 600; }
.ftkit-wizard .widget-checkbox { width: auto; margin: 0 0 8px; height: auto; }
.ftkit-wizard .widget-checkbox .widget-label-basic { width: auto; font-size: 13px; line-height: 1.5; white-space: normal;
  align-items: baseline; }
.ftkit-wizard .widget-checkbox input:focus-visible { outline: 2px solid var(--ftkit-accent); outline-offset: 2px; }

.ftkit-wizard table { border-collapse: collapse; margin: 4px 0 8px; font-size: 13px; width: 100%; table-layout: auto; }
.ftkit-wizard th, .ftkit-wizard td { text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border: 0;
  border-bottom: 1px solid var(--ftkit-line); background: none; max-width: none; white-space: normal; line-height: 1.45; }
.ftkit-wizard tr { background: none !important; }
.ftkit-wizard thead th { color: var(--ftkit-quiet); font-weight: 600; font-size: 12px; }
.ftkit-wizard tbody tr:last-child > * { border-bottom: 0; }
.ftkit-wizard tbody th { font-weight: 500; }
.ftkit-wizard td.ftkit-right, .ftkit-wizard th.ftkit-right { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.ftkit-wizard tr.ftkit-selected > :first-child { font-weight: 600; }
.ftkit-wizard tr.ftkit-selected > :first-child { box-shadow: inset 3px 0 0 var(--ftkit-accent); padding-left: 10px; }
.ftkit-wizard .ftkit-scroll { max-height: 300px; overflow: auto; }
.ftkit-wizard .ftkit-across { overflow-x: auto; }
.ftkit-wizard td.ftkit-text { overflow-wrap: anywhere; white-space: pre-wrap; }

.ftkit-wizard details { margin: 6px 0 10px; }
.ftkit-wizard .ftkit-note details { margin: 0; }
.ftkit-wizard .ftkit-note summary { color: inherit; font-weight: 600; }
.ftkit-wizard .ftkit-note details > p { margin-top: 6px; }
.ftkit-wizard summary { cursor: pointer; color: var(--jp-content-link-color, var(--ftkit-accent)); width: fit-content; }
.ftkit-wizard summary:focus-visible { outline: 2px solid var(--ftkit-accent); outline-offset: 2px; border-radius: 2px; }
.ftkit-fits { color: var(--ftkit-good); font-weight: 600; }
.ftkit-toobig { color: var(--ftkit-bad); font-weight: 600; }

.ftkit-wizard .ftkit-note { border-left: 3px solid var(--ftkit-line); background: var(--ftkit-soft);
  padding: 8px 12px; border-radius: 0 4px 4px 0; margin: 0 0 12px; max-width: 820px; box-sizing: border-box; }
.ftkit-wizard .ftkit-note p:last-child, .ftkit-wizard .ftkit-note ul:last-child { margin-bottom: 0; }
.ftkit-wizard .ftkit-note ul { margin: 4px 0 4px; padding-left: 20px; }
.ftkit-wizard .ftkit-note.ftkit-good { border-color: var(--ftkit-good); }
.ftkit-wizard .ftkit-note.ftkit-info { border-color: var(--ftkit-accent); }
.ftkit-wizard .ftkit-note.ftkit-warn { border-color: var(--ftkit-warn); }
.ftkit-wizard .ftkit-note.ftkit-bad { border-color: var(--ftkit-bad); }
.ftkit-wizard .ftkit-note pre { margin: 6px 0 0; white-space: pre-wrap; font-size: 12px; background: none;
  color: inherit; overflow-wrap: anywhere; }
.ftkit-wizard .ftkit-notices { padding: 12px 20px 0; overflow: visible; }
.ftkit-wizard .ftkit-notice { margin-bottom: 10px; overflow: visible; }
.ftkit-wizard .ftkit-notice .ftkit-note { margin-bottom: 6px; }

.ftkit-wizard .ftkit-cell { margin: 8px 0 10px; border: 1px solid var(--ftkit-line); border-radius: 6px; overflow: hidden; }
.ftkit-wizard .ftkit-cell-title { padding: 4px 12px; font-size: 12px; color: var(--ftkit-quiet);
  background: var(--ftkit-soft); border-bottom: 1px solid var(--ftkit-line); }
.ftkit-wizard pre.ftkit-code { margin: 0; padding: 8px 12px; max-height: 340px; overflow: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; word-break: normal;
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); line-height: 1.45;
  background: var(--jp-cell-editor-background, var(--jp-layout-color1, #fff)); color: var(--jp-content-font-color1, inherit); }
.ftkit-wizard .ftkit-code-line { display: block; padding-left: var(--ftkit-in); text-indent: calc(-1 * var(--ftkit-in)); }
.ftkit-wizard pre.ftkit-code:focus-visible { outline: 2px solid var(--ftkit-accent); outline-offset: -2px; }
.ftkit-code .k, .ftkit-code .kn, .ftkit-code .kc, .ftkit-code .ow { color: var(--jp-mirror-editor-keyword-color, #008000); }
.ftkit-code .k, .ftkit-code .kn { font-weight: 600; }
.ftkit-code .s1, .ftkit-code .s2, .ftkit-code .sd, .ftkit-code .se, .ftkit-code .sa, .ftkit-code .si
  { color: var(--jp-mirror-editor-string-color, #ba2121); }
.ftkit-code .mi, .ftkit-code .mf { color: var(--jp-mirror-editor-number-color, #080); }
.ftkit-code .c1 { font-style: italic;
  color: color-mix(in srgb, var(--jp-mirror-editor-comment-color, #408080) 60%, var(--jp-ui-font-color1, #222)); }
.ftkit-code .o { color: var(--jp-mirror-editor-operator-color, #7800c2); }
.ftkit-code .nf { color: var(--jp-mirror-editor-def-color, #00f); }

.ftkit-wizard .ftkit-choices table { table-layout: fixed; margin: 0 0 8px; overflow-wrap: anywhere; }
.ftkit-wizard .ftkit-choices thead { display: none; }
.ftkit-wizard .ftkit-choices th { width: 24%; }
.ftkit-wizard .ftkit-choices td:nth-child(2) { width: 26%; }
.ftkit-wizard .ftkit-verdict-view { overflow: visible; margin-bottom: 8px; }
.ftkit-wizard .ftkit-verdict-view .widget-hbox { gap: 12px; margin: 4px 0; overflow: visible; }
.ftkit-wizard .ftkit-verdict-view .widget-tab { margin-top: 10px; }

.ftkit-wizard .ftkit-foot { padding: 10px 20px 0; margin-top: 6px; border-top: 1px solid var(--ftkit-line);
  flex-flow: row wrap; gap: 8px; align-items: center; overflow: visible; }
.ftkit-wizard .ftkit-actions { flex-flow: row wrap; gap: 8px; overflow: visible; }
.ftkit-wizard .widget-button, .ftkit-wizard .widget-upload { width: auto; height: 32px; line-height: 30px; padding: 0 14px; margin: 0; font-size: 13px;
  border-radius: 4px; border: 1px solid var(--jp-border-color1, #bdbdbd); background: var(--jp-layout-color1, #fff);
  color: var(--ftkit-text); box-shadow: none; }
.ftkit-wizard .widget-button:hover:enabled, .ftkit-wizard .widget-upload:hover:enabled { background: var(--ftkit-soft); box-shadow: none; }
.ftkit-wizard .widget-button:focus-visible, .ftkit-wizard .widget-upload:focus-visible { outline: 2px solid var(--ftkit-accent); outline-offset: 2px; }
.ftkit-wizard .widget-button.mod-primary { background: var(--ftkit-accent); border-color: var(--ftkit-accent);
  color: var(--jp-ui-inverse-font-color1, #fff); font-weight: 600; }
.ftkit-wizard .widget-button.mod-primary:hover:enabled { filter: brightness(1.08); background: var(--ftkit-accent); }
.ftkit-wizard .ftkit-say { padding: 8px 20px 0; }
.ftkit-wizard.ftkit-busy { opacity: 0.55; }

.ftkit-wizard .ftkit-turn { margin: 0 0 6px; }
.ftkit-wizard .ftkit-turn b { font-weight: 600; font-size: 12px; color: var(--ftkit-quiet); display: block; }
.ftkit-wizard .ftkit-example { border: 1px solid var(--ftkit-line); border-radius: 6px; padding: 8px 12px; margin: 0 0 8px;
  max-width: 780px; box-sizing: border-box; }
.ftkit-wizard .ftkit-turn span { white-space: pre-wrap; overflow-wrap: anywhere; }
.ftkit-wizard .ftkit-learned { border-left: 3px solid var(--ftkit-good); padding-left: 8px; }

.ftkit-wizard .ftkit-turn b .ftkit-mark { font-style: normal; font-weight: 400; color: var(--ftkit-good); }
.ftkit-wizard .ftkit-small { font-size: 12px; }
.ftkit-wizard .ftkit-uploading { margin: -4px 0 12px; overflow: visible; }
.ftkit-wizard .ftkit-uploading .ftkit-actions { align-items: center; gap: 12px; }
.ftkit-wizard .ftkit-uploading .ftkit-note { margin: 8px 0 0; }
.ftkit-wizard .ftkit-mapping { overflow: visible; margin-bottom: 8px; }
.ftkit-wizard .ftkit-mapping .ftkit-row { margin-bottom: 8px; }
.ftkit-wizard .ftkit-mapping .ftkit-typed { margin-top: 4px; }
.ftkit-wizard .ftkit-mapping .ftkit-typed .widget-label { white-space: normal; line-height: 15px; height: auto;
  align-self: center; }
.ftkit-wizard .ftkit-live { overflow-wrap: anywhere; white-space: pre-wrap; }
.ftkit-wizard .ftkit-records { overflow-x: auto; }
.ftkit-wizard .ftkit-records td { overflow-wrap: anywhere; min-width: 60px; max-width: 320px; }
.ftkit-wizard .ftkit-records td span { white-space: pre-wrap; }

.ftkit-wizard .ftkit-findings { overflow: visible; margin-bottom: 4px; }
.ftkit-wizard .ftkit-finding { gap: 12px; align-items: flex-start; justify-content: space-between; overflow: visible;
  padding: 6px 0 6px 12px; margin: 0 0 6px; border-left: 3px solid var(--ftkit-line); }
.ftkit-wizard .ftkit-finding > .widget-html { flex: 1 1 auto; min-width: 0; }
.ftkit-wizard .ftkit-finding > .widget-button { flex: 0 0 auto; }
.ftkit-wizard .ftkit-finding p { margin: 0; max-width: none; overflow-wrap: anywhere; }
.ftkit-wizard .ftkit-finding details { margin: 4px 0 0; }
.ftkit-wizard .ftkit-finding details p { margin-top: 4px; }
.ftkit-wizard .ftkit-finding-bad { border-color: var(--ftkit-bad); }
.ftkit-wizard .ftkit-finding-warn { border-color: var(--ftkit-warn); }
.ftkit-wizard .ftkit-finding-good { border-color: var(--ftkit-good); }
.ftkit-wizard .ftkit-severity { font-weight: 600; }
.ftkit-wizard .ftkit-severity.ftkit-bad { color: var(--ftkit-bad); }
.ftkit-wizard .ftkit-severity.ftkit-warn { color: var(--ftkit-warn); }
.ftkit-wizard .ftkit-severity.ftkit-good { color: var(--ftkit-good); }

.ftkit-wizard .ftkit-token-view { margin: 0 0 12px; }
.ftkit-wizard .ftkit-chain { display: flex; flex-wrap: wrap; gap: 8px 26px; list-style: none; margin: 6px 0; padding: 0; }
.ftkit-wizard .ftkit-chain li { position: relative; margin: 0; }
.ftkit-wizard .ftkit-chain li + li::before { content: "→"; position: absolute; left: -20px; top: 8px; }
.ftkit-wizard .ftkit-link { display: flex; flex-direction: column; max-width: 220px; padding: 6px 10px;
  border: 1px solid var(--jp-border-color1); border-radius: 4px; font-size: 12px; overflow-wrap: anywhere; }
.ftkit-wizard .ftkit-next > .jupyter-button { align-self: flex-start; height: auto; min-height: 30px; max-width: 100%;
  white-space: normal; line-height: 1.4; text-align: left; }
.ftkit-wizard .ftkit-next { margin: 2px 0 6px; }
.ftkit-wizard .ftkit-legend { font-size: 12px; margin: 6px 0; }
.ftkit-wizard .ftkit-tokens { border: 1px solid var(--ftkit-line); border-radius: 6px; padding: 6px 10px; max-height: 300px;
  overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.9;
  font-family: var(--jp-code-font-family, monospace); font-size: 12.5px; max-width: 820px; box-sizing: border-box; }
.ftkit-wizard .ftkit-tokens:focus-visible { outline: 2px solid var(--ftkit-accent); outline-offset: -2px; }
.ftkit-wizard .ftkit-tok-name { font-family: var(--jp-ui-font-family, system-ui, sans-serif); font-size: 11px; font-weight: 600;
  color: var(--ftkit-quiet); background: var(--ftkit-soft); border-radius: 3px; padding: 1px 5px; margin-right: 4px; }
.ftkit-wizard .ftkit-tokens .ftkit-tok { box-shadow: inset -1px 0 0 var(--ftkit-line); padding-right: 1px; }
.ftkit-wizard .ftkit-tok-read { color: var(--ftkit-quiet); }
.ftkit-wizard .ftkit-tok-learned { background: color-mix(in srgb, var(--ftkit-good) 16%, transparent);
  text-decoration: underline 2px var(--ftkit-good); text-underline-offset: 4px; }
.ftkit-wizard .ftkit-tok-cut { color: var(--ftkit-bad); text-decoration: line-through; }
.ftkit-wizard .ftkit-lengths { margin: 0 0 8px; max-width: 820px; overflow: hidden; }
.ftkit-wizard .ftkit-lengths .jp-OutputArea-prompt { display: none; }

.ftkit-wizard .ftkit-avoided { border-left: 3px solid var(--ftkit-warn); padding-left: 8px; }
.ftkit-wizard .ftkit-avoided b .ftkit-mark { color: var(--ftkit-warn); }
.ftkit-wizard .ftkit-task p { margin-bottom: 4px; padding-left: calc(var(--ftkit-label) + 8px); }
.ftkit-wizard .ftkit-extremes { color: var(--ftkit-text); margin-top: 2px; font-size: 12px; }
.ftkit-wizard .ftkit-questions { overflow: visible; margin-bottom: 4px; }
.ftkit-wizard .ftkit-questions .ftkit-row { margin-bottom: 6px; }
.ftkit-wizard .ftkit-page .ftkit-long-label { --ftkit-label: 200px; display: block; }
.ftkit-wizard .ftkit-long-label .widget-dropdown { max-width: 640px; }
.ftkit-wizard .ftkit-range { margin: -6px 0 14px; padding-left: calc(var(--ftkit-label) + 8px); overflow: visible; }
.ftkit-wizard .ftkit-range .widget-html { margin-top: 4px; }

.ftkit-wizard .ftkit-bar-row { display: flex; align-items: center; gap: 8px; }
.ftkit-wizard .ftkit-bar { position: relative; flex: 0 0 74px; height: 10px; border-radius: 2px; background: var(--ftkit-soft);
  box-shadow: inset 0 0 0 1px var(--ftkit-line); }
.ftkit-wizard .ftkit-bar-in { position: absolute; inset: 0 auto 0 0; min-width: 2px; border-radius: 2px;
  background: var(--ftkit-accent); }
.ftkit-wizard .ftkit-bar-much .ftkit-bar-in { background: var(--ftkit-bad); }
.ftkit-wizard .ftkit-bar-mark { position: absolute; top: -3px; bottom: -3px; width: 2px; background: var(--ftkit-text); }
.ftkit-wizard .ftkit-bar-words { font-variant-numeric: tabular-nums; white-space: nowrap; }
.ftkit-wizard .ftkit-techniques .ftkit-bar-words .ftkit-quiet { font-size: 12px; }
.ftkit-wizard .ftkit-techniques tbody th, .ftkit-wizard .ftkit-techniques td { vertical-align: middle; white-space: nowrap; }
.ftkit-wizard .ftkit-techniques thead th { vertical-align: bottom; max-width: 150px; }
.ftkit-wizard .ftkit-techniques abbr { cursor: help; }
.ftkit-wizard .ftkit-techniques ul { margin: 2px 0 10px; padding-left: 20px; max-width: 780px; }

.ftkit-wizard .ftkit-schedule { display: block; width: 100%; max-width: 560px; height: auto; margin: 0 0 8px; }
.ftkit-wizard .ftkit-schedule text { font: 11px var(--jp-ui-font-family, system-ui, sans-serif); fill: var(--ftkit-quiet);
  font-variant-numeric: tabular-nums; }
.ftkit-svg-axis { fill: none; stroke: var(--ftkit-line); stroke-width: 1; }
.ftkit-svg-line { fill: none; stroke: var(--ftkit-accent); stroke-width: 2; stroke-linejoin: round; }
.ftkit-svg-soft { fill: color-mix(in srgb, var(--ftkit-accent) 14%, transparent); }

@container (max-width: 760px) {
  .ftkit-wizard .ftkit-page { --ftkit-label: 126px; }
  .ftkit-wizard .ftkit-row { grid-template-columns: minmax(0, 1fr); row-gap: 2px; }
  .ftkit-wizard .ftkit-said { padding: 0 0 0 calc(var(--ftkit-label) + 8px); }
  .ftkit-wizard .ftkit-page, .ftkit-wizard .ftkit-head { padding-left: 14px; padding-right: 14px; }
  .ftkit-wizard .ftkit-foot, .ftkit-wizard .ftkit-notices, .ftkit-wizard .ftkit-say { padding-left: 14px;
    padding-right: 14px; }
  .ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab { padding: 0 8px; }
  .ftkit-wizard .ftkit-techniques tbody th { white-space: normal; }
  .ftkit-wizard .ftkit-techniques th, .ftkit-wizard .ftkit-techniques td { padding-right: 8px; }
  .ftkit-wizard .ftkit-bar { flex-basis: 46px; }
  .ftkit-wizard .ftkit-techniques .ftkit-bar-words { white-space: normal; }
}
@container (max-width: 480px) {
  .ftkit-wizard .ftkit-finding { flex-flow: column; }
  .ftkit-wizard .ftkit-page { --ftkit-label: 96px; }
  .ftkit-wizard .ftkit-said, .ftkit-wizard .ftkit-wide .ftkit-said, .ftkit-wizard .ftkit-task p,
  .ftkit-wizard .ftkit-range { padding-left: 0; }
  .ftkit-wizard .ftkit-page .ftkit-long-label { --ftkit-label: 120px; }
  .ftkit-wizard .ftkit-choices tr { display: grid; grid-template-columns: 40% minmax(0, 1fr); }
  .ftkit-wizard .ftkit-choices tr > *, .ftkit-wizard .ftkit-choices td:nth-child(2) { width: auto; border: 0; }
  .ftkit-wizard .ftkit-choices tr + tr { border-top: 1px solid var(--ftkit-line); }
  .ftkit-wizard .ftkit-choices td:nth-child(3) { grid-column: 2; padding-top: 0; color: var(--ftkit-quiet); }
  .ftkit-wizard .ftkit-choices td:empty { display: none; }
  .ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar { padding: 0 4px; }
  .ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar > .lm-TabBar-content { flex-wrap: wrap; }
  .ftkit-wizard .ftkit-tabs.jupyter-widgets > .lm-TabBar .lm-TabBar-tab { flex: 0 0 auto; padding: 0 6px; font-size: 12px;
    min-height: 30px; line-height: 30px; }
}
"""
