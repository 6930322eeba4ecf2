/// The script of HTML reports: shows all models or one run at a time, and steps through it.
///
/// It adds to the tables and builds every element by hand, so that no text of a scenario is ever read as
/// markup.
enum HTMLScript {
  static let text = #"""
    (() => {
    "use strict";
    const root = document.documentElement;
    const runs = JSON.parse(document.getElementById("data").textContent);
    const sections = [...document.querySelectorAll("section.run")];
    const overview = document.getElementById("all"), kind = document.body.className;
    root.classList.add("js");
    let run = 0, step = 0, timer = 0;

    function el(name, attributes, ...children) {
      const node = document.createElement(name);
      for (const [key, value] of Object.entries(attributes || {})) {
        if (value === true) node.setAttribute(key, "");
        else if (value !== false && value != null) node.setAttribute(key, value);
      }
      node.append(...children.filter(child => child != null));
      return node;
    }
    const lane = number => "l" + number % 8;
    const value = text => text == null ? el("span", { class: "null" }, "NULL") : text === "" ? "''" : text;
    const who = number => number == null ? "start"
      : el("span", { class: "who " + lane(number) }, runs[run].lanes[number].name);

    // ── what a row is at a step ──
    const lives = (version, at) => version.at <= at && !(version.out != null && version.out <= at);
    const isIn = (version, at) => version.in != null && version.in <= at;
    function newest(row, at) {
      let it = null;
      for (const version of row.versions) if (lives(version, at) && isIn(version, at)) it = version;
      return it;
    }
    function seen(row, at, seer, snapshot) {
      let it = null;
      for (const version of row.versions) {
        if (!lives(version, at)) continue;
        if (version.by === seer || isIn(version, snapshot)) it = version;
      }
      return it;
    }

    // ── the panel ──
    function rowsTable(data, table, at) {
      const shape = data.tables[table];
      const all = data.rows.filter(row => row.table === table);
      const still = all.filter(row => row.versions.length === 1 && row.versions[0].at === 0);
      const hidden = still.length > 6 ? new Set(still.slice(4)) : new Set();
      const rows = all.filter(row => !hidden.has(row)).concat([...hidden]);
      const body = el("tbody");
      for (const row of rows) {
        const before = newest(row, at), open = row.versions.filter(v => lives(v, at) && !isIn(v, at)).pop();
        const touched = row.versions.some(v => v.at === at || v.in === at || v.out === at) && at > 0;
        if (!before && !open && !touched) continue;
        const shown = open || before;
        const gone = !shown || !shown.v;
        const past = newest(row, at - 1);
        const line = el("tr", { class: (touched ? "changed" : "") + (gone ? " gone" : "") });
        const cells = shown && shown.v || (past && past.v) || shape.columns.map(() => null);
        cells.forEach((cell, column) => {
          const td = el("td");
          const old = open ? before : past;
          if (!gone && old && old.v && old.v[column] !== cell && (open || touched)) {
            td.append(el("del", {}, value(old.v[column])), " ",
              el("ins", { class: lane(shown.by ?? 0) }, value(cell)));
          } else td.append(value(cell));
          if (open && column === 0 && open.v) td.append("*");
          line.append(td);
        });
        line.append(el("td", {}, shown && shown.by != null ? who(shown.by) : ""));
        body.append(line);
        if (hidden.has(row)) { line.hidden = true; continue; }
        if (row.versions.filter(v => v.at <= at).length > 1) body.append(el("tr", {}, el("td",
          { class: "versions", colspan: shape.columns.length + 1 }, versions(data, row, at))));
      }
      if (hidden.size) {
        const more = button(hidden.size + " rows that no step changes", "show them", () => {
          for (const line of body.querySelectorAll("tr[hidden]")) line.hidden = false;
          more.closest("tr").remove();
        });
        body.append(el("tr", {}, el("td", { colspan: shape.columns.length + 1 }, more)));
      }
      if (!body.children.length) body.append(el("tr", {}, el("td", { class: "null" }, "no rows")));
      return el("table", {}, el("thead", {}, el("tr", {},
        ...shape.columns.map(name => el("th", { scope: "col" }, name)), el("th", { scope: "col" }, "by"))), body);
    }
    function versions(data, row, at) {
      const list = el("span", {}, row.name + ": ");
      const full = row.versions.filter(version => version.v);
      const columns = full.length ? full[0].v.map((_, column) => column).filter(column =>
        full.some(version => version.v[column] !== full[0].v[column])) : [];
      row.versions.forEach((version, index) => {
        if (version.at > at) return;
        const text = !version.v ? "deleted" : columns.length ? columns.map(column =>
          version.v[column] == null ? "NULL" : version.v[column]).join(", ") : index ? "the same" : "there";
        const state = version.out != null && version.out <= at ? " (rolled back)" : isIn(version, at) ? "" : "*";
        if (index) list.append(" → ");
        list.append(text + state + " ", version.by == null ? "at the start" : who(version.by));
      });
      return list;
    }
    function views(data, at) {
      const box = el("div");
      if (!at) return box;
      data.lanes.forEach((it, number) => {
        const snapshot = data.snapshots[at - 1][number];
        if (snapshot == null) return;
        const other = data.rows.filter(row => {
          const view = seen(row, at, number, snapshot), now = newest(row, at);
          return view !== now && !(view == null && now == null);
        });
        box.append(el("p", {}, who(number), " sees what was committed after step " + snapshot +
          (other.length ? ": not the newest " + other.map(row => row.name).join(", ") : "")));
      });
      return box;
    }
    function statements(data, at) {
      const box = el("div"), it = at ? data.steps[at - 1] : null;
      if (!it || it.lane == null) return box;
      const mine = [];
      data.steps.slice(0, at).forEach(step => {
        if (step.lane !== it.lane) return;
        for (const s of step.statements) {
          const last = mine[mine.length - 1];
          if (s.on && last && last.sql === s.sql) { last.step = step.n; last.tag = s.tag; last.error = s.error; }
          else mine.push({ ...s, step: step.n });
        }
      });
      const last = mine.length - 1;
      for (const [index, s] of mine.entries()) {
        if (index < last - 7) continue;
        const node = el("div", { class: "stmt " + lane(it.lane) + (s.step === at || index === last ? " on" : "") });
        if (s.in) node.append(el("span", { class: "dim" }, "in " + s.in + "  "));
        node.append(s.sql);
        if (s.tag && s.tag !== s.sql) node.append(el("span", { class: "dim" }, "  " + s.tag));
        if (s.error) node.append(el("span", { class: "bad" }, "  " + s.error));
        box.append(node);
      }
      return box;
    }
    function instead(data, other) {
      if (other === "+") return "the clock moves on";
      const [letter, choice] = other.split("!");
      const found = data.lanes.find(it => it.letter === letter);
      const name = found ? found.name : letter;
      return choice === "v" ? name + " is chosen to end the deadlock" : choice === "x" ? name + " crashes"
        : choice ? name + " (" + choice + ")" : name + " goes on";
    }
    function fill(panel, data, at) {
      const parts = [];
      const it = at ? data.steps[at - 1] : null;
      parts.push(el("h3", {}, at ? "After step " + at : "Before the first step"));
      data.tables.forEach((table, index) => {
        if (data.rows.some(row => row.table === index)) {
          parts.push(el("h4", {}, table.name, table.world ? el("span", { class: "dim" }, " · world") : null),
            el("div", { class: "scroll" }, rowsTable(data, index, at)));
        }
      });
      const sights = views(data, at);
      if (sights.children.length) parts.push(el("h3", {}, "Snapshots"), sights);
      const texts = statements(data, at);
      if (texts.children.length) parts.push(el("h3", {}, "Statements"), texts);
      if (it && it.others.length) {
        parts.push(el("h3", {}, "Instead"), el("ul", { class: "dim" }, ...it.others.map(other =>
          el("li", {}, instead(data, other)))));
      }
      panel.replaceChildren(...parts);
      panel.hidden = false;
    }

    // ── arrows from the step that wakes to the step that goes on ──
    function arrows(section, data) {
      const steps = section.querySelector(".steps > .scroll"), table = steps.querySelector("table");
      const old = steps.querySelector("svg");
      if (old) old.remove();
      const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
      svg.setAttribute("class", "arrows");
      svg.setAttribute("aria-hidden", "true");
      const frame = table.getBoundingClientRect();
      svg.setAttribute("width", frame.width);
      svg.setAttribute("height", frame.height);
      svg.style.top = table.offsetTop + "px";
      for (const mark of section.querySelectorAll("[data-wakes], [data-waits]")) {
        const waits = mark.dataset.waits != null;
        const number = Number(waits ? mark.dataset.waits : mark.dataset.wakes);
        const from = Number(mark.closest("tr").dataset.step);
        const next = waits ? data.steps.filter(s => s.lane === number).pop()
          : data.steps.find(s => s.n > from && s.lane === number);
        if (!next) continue;
        const row = section.querySelector('tr[data-step="' + next.n + '"]');
        const cell = row && row.querySelector("td.acts");
        if (!cell) continue;
        const a = mark.getBoundingClientRect(), b = cell.getBoundingClientRect();
        if (!a.width || !b.width) continue;
        const right = b.left > a.left;
        const x1 = (right ? a.left + Math.min(a.width, 150) : a.left) - frame.left, y1 = a.top + a.height / 2 - frame.top;
        const x2 = (right ? b.left + 3 : b.right - 3) - frame.left, y2 = b.top + 9 - frame.top;
        const path = document.createElementNS(ns, "path");
        const bend = Math.max(24, Math.abs(x2 - x1) / 2) * (right ? 1 : -1);
        if (waits) path.setAttribute("class", "bad");
        path.setAttribute("d", `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`);
        const head = document.createElementNS(ns, "path"), d = right ? -1 : 1;
        head.setAttribute("class", waits ? "head bad" : "head");
        head.setAttribute("d", `M${x2},${y2} l${7 * d},-4 v8 z`);
        svg.append(path, head);
      }
      steps.append(svg);
    }

    // ── the files: those of the run, with the lines that it runs ──
    const sources = [...document.querySelectorAll(".source")];
    let filed = null;
    function files(data) {
      if (filed === data) return;
      filed = data;
      for (const file of sources) {
        const ran = new Set(data.steps.flatMap(it => it.statements).filter(s => s.path === file.dataset.path)
          .map(s => s.line));
        file.hidden = !ran.size;
        for (const line of file.querySelectorAll("[data-line]")) {
          line.classList.toggle("ran", ran.has(Number(line.dataset.line)));
        }
      }
    }

    // ── all models: search, choice of verdicts ──
    const wanted = new Set();
    let search = null;
    function sift() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let any = false;
      for (const folder of overview.querySelectorAll(".folder")) {
        let inFolder = false;
        for (const body of folder.querySelectorAll("tbody")) {
          let inFile = false;
          for (const row of body.querySelectorAll("tr.model")) {
            const isShown = (!wanted.size || wanted.has(row.dataset.verdict))
              && words.every(word => row.dataset.words.includes(word));
            row.hidden = !isShown;
            inFile = inFile || isShown;
          }
          body.hidden = !inFile;
          inFolder = inFolder || inFile;
        }
        folder.hidden = !inFolder;
        any = any || inFolder;
      }
      overview.querySelector(".none").hidden = any;
    }
    function tools() {
      if (!overview || overview.querySelectorAll("tr.model").length < 8) return;
      const box = overview.querySelector(".tools");
      search = el("input", { type: "search", name: "search", placeholder: "search models and findings",
        "aria-label": "search models and findings" });
      search.addEventListener("input", sift);
      box.append(search);
      box.hidden = false;
      for (const item of overview.querySelectorAll(".totals li")) {
        const verdict = item.className.slice(2);
        const chip = el("button", { type: "button", "aria-pressed": "false" }, ...item.childNodes);
        chip.addEventListener("click", () => {
          if (!wanted.delete(verdict)) wanted.add(verdict);
          chip.setAttribute("aria-pressed", wanted.has(verdict));
          sift();
        });
        item.append(chip);
      }
    }
    function showAll() {
      root.classList.add("all");
      history.replaceState(null, "", "#all");
      scrollTo(0, place);
    }
    let place = 0;
    function leave() { if (root.classList.contains("all")) place = scrollY; }

    // ── showing a step ──
    function show(scrolls) {
      const section = sections[run], data = runs[run];
      sections.forEach((it, index) => it.classList.toggle("shown", index === run));
      root.classList.remove("all");
      files(data);
      step = Math.max(0, Math.min(step, data.steps.length));
      for (const row of section.querySelectorAll("tr[data-step]")) {
        const n = Number(row.dataset.step);
        row.classList.toggle("now", n === step);
        row.classList.toggle("later", n > step);
        if (n === step) row.setAttribute("aria-current", "step"); else row.removeAttribute("aria-current");
        if (n === step && scrolls) row.scrollIntoView({ block: "nearest" });
      }
      for (const cell of section.querySelectorAll(".matrix .now")) cell.classList.remove("now");
      if (step) for (const row of section.querySelectorAll(".matrix tr")) {
        if (row.children[step]) row.children[step].classList.add("now");
      }
      const it = step ? data.steps[step - 1] : null;
      for (const mark of document.querySelectorAll(".source .now")) mark.classList.remove("now");
      if (it) for (const s of it.statements) {
        const file = sources.find(d => d.dataset.path === s.path);
        const line = file && file.querySelector('[data-line="' + s.line + '"]');
        if (line) line.classList.add("now");
      }
      const controls = section.querySelector(".controls");
      controls.querySelector("input").value = step;
      controls.querySelector("output").textContent = "step " + step + " of " + data.steps.length;
      fill(section.querySelector(".panel"), data, step);
      requestAnimationFrame(() => arrows(section, data));
      history.replaceState(null, "", "#f=" + (run + 1) + "&s=" + step);
    }
    function go(to) { step = to; show(true); }
    function turn(to) { run = (to + runs.length) % runs.length; step = runs[run].finding ?? runs[run].steps.length; build(); show(false); }
    function play() {
      if (timer) { clearInterval(timer); timer = 0; return; }
      if (step >= runs[run].steps.length) step = 0;
      timer = setInterval(() => {
        if (step >= runs[run].steps.length) { clearInterval(timer); timer = 0; } else go(step + 1);
      }, 900);
    }

    // ── controls ──
    function button(text, label, action) {
      const node = el("button", { type: "button", "aria-label": label, title: label }, text);
      node.addEventListener("click", action);
      return node;
    }
    function build() {
      const section = sections[run], controls = section.querySelector(".controls");
      if (controls.children.length) return;
      controls.hidden = false;
      if (overview && kind !== "small") controls.append(button("≡ all", "all models", showAll));
      const range = el("input", { type: "range", name: "step", min: 0, max: runs[run].steps.length, "aria-label": "step" });
      range.addEventListener("input", () => go(Number(range.value)));
      if (runs.length > 1) {
        const list = el("select", { name: "finding", "aria-label": "finding" }, ...sections.map((it, index) =>
          el("option", { value: index, selected: index === run }, (index + 1) + "  " +
            it.querySelector("h2").textContent.trim())));
        list.addEventListener("change", () => { const to = Number(list.value); list.value = run; turn(to); });
        controls.append(list);
      }
      controls.append(button("|◀", "first step", () => go(0)), button("◀", "step back", () => go(step - 1)),
        button("▶▮", "play or pause", play), button("▶", "next step", () => go(step + 1)),
        button("▶|", "last step", () => go(runs[run].steps.length)), range, el("output", { "aria-live": "polite" }));
    }
    for (const node of document.querySelectorAll(".copy")) {
      const copy = button("copy", "copy", () => {
        const text = (node.querySelector("code") || node).firstChild.textContent;
        const done = () => { copy.textContent = "copied"; setTimeout(() => { copy.textContent = "copy"; }, 1200); };
        if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => {});
      });
      if (node.tagName === "PRE") node.before(copy); else node.append(copy);
    }
    document.addEventListener("click", event => {
      const row = event.target.closest("section.shown tr[data-step]");
      if (!row || event.target.closest("a")) return;
      if (String(getSelection())) return;
      go(Number(row.dataset.step));
    });
    document.addEventListener("keydown", event => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest("input[type=search]")) return;
      if (event.target.closest("select, input") && !["[", "]"].includes(event.key)) return;
      if (event.key === "a" && overview && kind !== "small" && runs.length) { showAll(); return; }
      if (event.key === "/" && search) { event.preventDefault(); showAll(); search.focus(); return; }
      if (root.classList.contains("all") || !runs.length) return;
      const actions = {
        ArrowRight: () => go(step + 1), ArrowDown: null, ArrowLeft: () => go(step - 1), Home: () => go(0),
        End: () => go(runs[run].steps.length), "]": () => turn(run + 1), "[": () => turn(run - 1), " ": play,
      };
      const action = actions[event.key];
      if (action && !(event.key === " " && event.target.closest("button, summary"))) {
        event.preventDefault();
        action();
      }
    });
    function follow() {
      const isAll = location.hash === "#all" || (kind === "starts" && !location.hash.startsWith("#f="));
      if (!runs.length || (isAll && overview && kind !== "small")) { root.classList.add("all"); return; }
      leave();
      const found = /^#f=(\d+)(?:&s=(\d+))?$/.exec(location.hash);
      const wanted = found ? Number(found[1]) - 1 : 0;
      run = wanted >= 0 && wanted < runs.length ? wanted : 0;
      step = found && found[2] != null ? Number(found[2]) : runs[run].finding ?? runs[run].steps.length;
      build();
      show(Boolean(found && found[2] != null));
      if (found && found[2] == null) sections[run].scrollIntoView();
    }
    tools();
    addEventListener("hashchange", follow);
    let width = 0;
    addEventListener("resize", () => { if (innerWidth !== width && !root.classList.contains("all")) { width = innerWidth; arrows(sections[run], runs[run]); } });
    follow();
    })();
    """#
}
