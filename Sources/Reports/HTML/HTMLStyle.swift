/// The style of HTML reports: light and dark, for screen and paper; lanes' colours are told apart by those
/// who do not see all colours (after Okabe and Ito), and red is for what is wrong alone.
enum HTMLStyle {
  static let text = #"""
    :root{color-scheme:light dark;--bg:#fff;--ink:#1b1f24;--dim:#5b636d;--line:#dfe3e8;--panel:#f6f7f9;
    --now:#fff4cc;--bad:#c01528;--badbg:#fdecee;--good:#147a3d;--warn:#8a5a00;--known:#4a6fa5;--text:#7a4b00;
    --l0:#0068a3;--l1:#8a5a00;--l2:#00734f;--l3:#9c3d7e;--l4:#5b4bb0;--l5:#7d5a3c;--l6:#52700b;--l7:#3f6377;
    --mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
    @media (prefers-color-scheme:dark){:root{--bg:#14171b;--ink:#e4e7eb;--dim:#98a1ab;--line:#2c3239;
    --panel:#1b1f25;--now:#3a3214;--bad:#ff7a87;--badbg:#3b1a1f;--good:#5fd08b;--warn:#e6b450;--known:#7ba4dc;--text:#e0b27a;
    --l0:#58b6ee;--l1:#f0b73e;--l2:#3fcfa5;--l3:#e49ac9;--l4:#a99bff;--l5:#c9a27f;--l6:#b0cf5c;--l7:#9fc3d6}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
    "Helvetica Neue",Arial,sans-serif}
    header.top{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap;padding:1rem 1.5rem;
    border-bottom:1px solid var(--line)}
    h1{font-size:1.25rem;margin:0}h1,h2,code{overflow-wrap:anywhere}.run{scroll-margin-top:.5rem}
    header.top p{margin:0;color:var(--dim)}
    main{padding:0 1.5rem 2rem;max-width:112rem;margin:0 auto}
    footer{padding:1rem 1.5rem;color:var(--dim);border-top:1px solid var(--line);font-size:.85rem}
    h2{font-size:1.15rem;margin:1.6rem 0 .2rem}h2 small{font-weight:400;color:var(--dim);margin-left:.5rem}
    h3{font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;color:var(--dim);margin:1.2rem 0 .3rem}
    p{margin:.2rem 0}.dim{color:var(--dim)}.headline{max-width:70rem}a{color:inherit}
    a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible{outline:2px solid var(--l0);
    outline-offset:2px}
    .badge{font-size:.75rem;font-weight:700;letter-spacing:.04em}h2 .badge{padding:.15rem .45rem;
    border:1px solid currentColor;border-radius:.3rem;vertical-align:.12em;margin-right:.3rem}
    .bad{color:var(--bad)}.good{color:var(--good)}.warning{color:var(--warn)}.num{text-align:right}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
    caption{text-align:left;color:var(--dim);font-size:.82rem;padding:.2rem 0}
    th,td{padding:.25rem .6rem;text-align:left;vertical-align:top}
    thead th{border-bottom:1px solid var(--line)}tbody tr+tr>*{border-top:1px solid var(--line)}
    details>summary{cursor:pointer;color:var(--dim)}
    .overview{margin:1.2rem 0;--v:var(--dim)}.overview .bar{display:block;width:100%;height:.5rem;border-radius:.25rem;
    overflow:hidden}.bar rect{fill:var(--v)}.v-failed{--v:var(--bad)}.v-errors{--v:var(--bad)}.v-bound{--v:var(--warn)}
    .v-expected{--v:var(--known)}.v-proved{--v:var(--good)}
    .totals{list-style:none;margin:.6rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.9rem}
    .totals li::before,.totals button::before{content:"";display:inline-block;width:.6rem;height:.6rem;
    border-radius:50%;background:var(--v);margin-right:.4rem}.totals li:has(button)::before{display:none}
    .totals button{background:none;border-radius:1rem;padding:.15rem .7rem}
    .totals button[aria-pressed=true]{background:var(--panel);border-color:var(--v);box-shadow:0 0 0 1px var(--v)}
    .tools:not([hidden]){margin:.8rem 0 0}.tools input{font:inherit;font-size:.9rem;width:min(28rem,100%);padding:.3rem .7rem;
    border:1px solid var(--line);border-radius:.4rem;background:var(--bg);color:var(--ink)}
    .tools input::placeholder{color:var(--dim);opacity:1}
    .folder{margin:1.6rem 0 0;overflow-x:auto}.folder table{width:100%;font-size:.87rem}
    .folder caption{font-size:.8rem;letter-spacing:.04em;font-weight:600;padding:0 0 .4rem}
    .folder tr.file th{padding:.75rem .6rem .2rem 0;font-size:.95rem;border-top:1px solid var(--line)}
    .folder tr.file small{font-weight:400;color:var(--dim);margin-left:.5rem;font-size:.87rem}
    .folder tr.model>*{border:0;padding:.16rem .6rem}.folder tr.model:hover{background:var(--panel)}
    .folder tbody::after{content:"";display:block;height:.55rem}
    .folder td.v{width:6.2rem;font-size:.75rem;white-space:nowrap;color:var(--dim);padding-left:.2rem}
    .folder td.v::before{content:"";display:inline-block;width:.6rem;height:.6rem;border-radius:50%;
    background:var(--v);margin-right:.45rem}.folder td.v-failed,.folder td.v-errors{color:var(--bad);font-weight:700}
    .folder td.name{width:34%;min-width:12rem}.folder td.num{width:8rem;white-space:nowrap;color:var(--dim);
    font-variant-numeric:tabular-nums}
    .hit{display:inline-block;text-decoration:none;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;
    margin:.06rem .3rem .06rem 0;font-size:.82rem;overflow-wrap:anywhere}.hit b{font-weight:600}a.hit:hover{border-color:var(--l0);
    background:var(--panel)}.hit.bad{border-color:var(--bad)}
    .none{color:var(--dim);margin:1.5rem 0}[hidden]{display:none!important}
    .k{font-weight:600}.s{color:var(--text)}
    .files{margin-top:1.4rem}
    .stage{display:flex;gap:1.25rem;align-items:flex-start}.steps{flex:1 1 auto;min-width:0;position:relative}
    .trace{width:100%;font-size:.84rem}.trace th.n{width:1%;text-align:right;color:var(--dim);font-weight:400}
    .trace th.n a{text-decoration:none;display:block}.trace .clock{white-space:nowrap;color:var(--dim);width:1%;
    font-variant-numeric:tabular-nums}
    .trace th.lane{border-bottom:3px solid var(--c);min-width:11rem}.trace th.lane small{display:block;
    font-weight:400;color:var(--dim)}.trace th.lane b{color:var(--c)}.trace td .clock{padding:0}
    .trace td.lane{position:relative;padding-left:.9rem}
    .trace td.lane.open::before{content:"";position:absolute;left:.25rem;top:0;bottom:-1px;width:2px;
    background:var(--c);opacity:.55}
    .trace td.lane.waits{background:repeating-linear-gradient(135deg,transparent 0 5px,
    color-mix(in srgb,var(--c) 22%,transparent) 5px 7px)}
    .trace td p{margin:0 0 .12rem}.trace .sql{font-family:var(--mono);font-size:.79rem;white-space:pre-wrap;
    overflow-wrap:anywhere}.trace .inner{padding-left:.8rem}.trace .wrong,.trace .failed{color:var(--bad)}
    .trace .wakes{color:var(--dim)}.trace td.rows{font-family:var(--mono);font-size:.79rem;min-width:12rem}
    .trace th.lock{font-weight:400;font-size:.75rem;color:var(--dim);width:1.6rem;padding:.25rem .15rem;
    vertical-align:bottom}.trace thead th{vertical-align:bottom}.trace th.lock span{writing-mode:vertical-rl;transform:rotate(180deg);
    max-height:9rem;overflow:hidden;white-space:nowrap}
    .trace td.lock{padding:0 .15rem;position:relative;height:1px}.trace td.lock .bar{display:inline-block;
    width:.55rem;height:100%;min-height:1.6rem;background:var(--c);vertical-align:top;margin-right:2px}
    .trace td.lock{white-space:nowrap}.bar.begins{border-radius:.3rem .3rem 0 0}
    .bar.ends{border-radius:0 0 .3rem .3rem;opacity:.8}.bar.begins.ends{border-radius:.3rem}
    .trace td.lock .bar.wait{background:repeating-linear-gradient(135deg,var(--c) 0 2px,transparent 2px 5px);
    outline:1px solid var(--c);outline-offset:-1px}
    .trace tr.broken>th.n{color:var(--bad);font-weight:700}.trace tr.broken{background:var(--badbg)}
    .trace tr.now{background:var(--now)}.trace tr[data-step]{cursor:pointer}html:not(.js) .trace tr{cursor:auto}
    .trace tr.later>td{opacity:.45}.trace tr.start{color:var(--dim)}
    .trace .start td.wide p{display:inline-block;margin:0 1.2rem 0 0}
    .l0{--c:var(--l0)}.l1{--c:var(--l1)}.l2{--c:var(--l2)}.l3{--c:var(--l3)}.l4{--c:var(--l4)}
    .l5{--c:var(--l5)}.l6{--c:var(--l6)}.l7{--c:var(--l7)}
    .controls{display:flex;gap:.5rem;align-items:center;flex-wrap:wrap;position:sticky;top:0;z-index:2;
    background:var(--bg);padding:.5rem 0;border-bottom:1px solid var(--line);margin-bottom:.5rem}
    .controls[hidden],.panel[hidden]{display:none}.controls input{flex:1 1 12rem;min-width:8rem;
    accent-color:var(--l0)}.controls output{font-variant-numeric:tabular-nums;min-width:7.5rem}
    button,select{font:inherit;font-size:.85rem;color:inherit;background:var(--panel);border:1px solid var(--line);
    border-radius:.35rem;padding:.2rem .55rem;cursor:pointer}select{max-width:min(24rem,100%)}button:hover{border-color:var(--dim)}
    .panel{flex:0 0 26rem;max-width:44%;position:sticky;top:3.2rem;max-height:calc(100vh - 4rem);overflow:auto;
    background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.3rem 1rem 1rem}
    .panel table{font-family:var(--mono);font-size:.78rem;width:100%}.panel h4{margin:.7rem 0 .1rem;font-size:.85rem}
    .panel del{color:var(--dim)}.panel ins{text-decoration:none;font-weight:600;color:var(--c,var(--ink))}
    .panel tr.changed{background:var(--now)}.panel tr.gone td{color:var(--dim);text-decoration:line-through}
    .panel ul{margin:.2rem 0;padding-left:1.2rem}.panel .versions{color:var(--dim);font-size:.76rem;padding-left:1rem}.panel pre{white-space:pre-wrap;
    overflow-wrap:anywhere;margin:.2rem 0}.who{color:var(--c);font-weight:600}.null{color:var(--dim);font-style:italic}
    .panel .stmt{border-left:3px solid var(--c,var(--line));padding-left:.6rem;font-family:var(--mono);
    font-size:.78rem;margin:.3rem 0;padding-right:.3rem;overflow-wrap:anywhere;color:var(--dim)}
    .panel .stmt.on{color:var(--ink);background:var(--now)}
    .evidence{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr));gap:0 2rem}
    .evidence>section,.evidence>details{min-width:0;margin-bottom:.5rem}
    pre{font-family:var(--mono);font-size:.8rem;overflow-x:auto;margin:.3rem 0}
    pre.sql,.evidence pre{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem}
    mark{background:none;color:var(--bad);text-decoration:underline wavy var(--bad);text-underline-offset:3px}
    code{font-family:var(--mono);font-size:.85em;background:var(--panel);padding:.05rem .3rem;border-radius:.25rem}
    dl{margin:0}dt{color:var(--dim);font-size:.82rem}dd{margin:0 0 .4rem}
    .compare{grid-column:1/-1}.compare th{color:var(--dim);font-weight:400}.compare td{width:50%}
    .compare tr.same{opacity:.55}.compare tr.differs{background:var(--now)}
    .copy button{margin-left:.5rem}.matrix th,.matrix td{padding:.1rem .35rem;text-align:center}
    .matrix th[scope=row]{text-align:left;font-weight:400}.matrix .no{color:var(--bad);font-weight:700}
    .matrix .yes{color:var(--dim)}.matrix .now{background:var(--now)}
    .source span{display:block}.source i{display:inline-block;width:3rem;color:var(--dim);font-style:normal;
    user-select:none}.source .ran i{color:var(--ink);font-weight:700}.source .now{background:var(--now)}
    svg.arrows{position:absolute;left:0;top:0;pointer-events:none;overflow:hidden}
    svg.arrows path{fill:none;stroke:var(--dim);stroke-width:1.5;stroke-dasharray:4 3}
    svg.arrows path.head{fill:var(--dim);stroke:none}svg.arrows path.bad{stroke:var(--bad);stroke-dasharray:none}
    svg.arrows path.head.bad{fill:var(--bad);stroke:none}
    .steps>.scroll{position:relative}
    .trace th.strip,.trace th.lock{height:1px}.trace th.strip{width:1.5rem;padding:.25rem .15rem;font-size:.75rem;
    vertical-align:bottom;text-align:center;border-bottom:3px solid var(--c);color:var(--c)}
    .trace td.strip{width:1.5rem;padding:0;position:relative}
    .trace td.strip.open::before{content:"";position:absolute;left:50%;margin-left:-1px;top:0;bottom:-1px;width:2px;
    background:var(--c);opacity:.55}
    .trace td.strip.waits{background:repeating-linear-gradient(135deg,transparent 0 5px,
    color-mix(in srgb,var(--c) 30%,transparent) 5px 7px)}
    .trace td.strip .dot{position:absolute;left:50%;top:.5rem;width:.75rem;height:.75rem;margin-left:-.375rem;
    border-radius:50%;background:var(--c)}.trace td.strip.stuck .dot{background:var(--bg);border:2px dashed var(--c)}
    .trace td.what{min-width:16rem}.trace td.what>.who,.trace td.lane>.who{display:block;font-size:.79rem}
    .trace td.lane>.who{display:none}
    html.js section.run:not(.shown),html.js.all section.run,html.js.all .files{display:none}
    html.js:not(.all) body:not(.small) .overview{display:none}
    @media (min-width:96rem){.steps>.scroll{overflow:visible}.trace thead th{position:sticky;top:3.1rem;z-index:1;
    background:var(--bg)}}
    @media (max-width:70rem){.stage{flex-direction:column;align-items:stretch}.panel{position:static;max-width:none;width:100%;
    flex:none;max-height:none}}
    @media screen and (max-width:48rem){main{padding:0 .8rem 2rem}header.top,footer{padding:.8rem}
    table.lanes,.lanes tbody,.lanes tr,.lanes caption{display:block}.lanes thead{display:none}
    .lanes tr{display:flex;flex-wrap:wrap;align-items:baseline;padding:.2rem 0;border-top:1px solid var(--line)}
    .lanes tbody tr>*{border:0}.lanes td.lane:not(.acts),.lanes td.lock{display:none}.lanes th.n{flex:0 0 2.2rem;width:2.2rem}
    .lanes td.lane.acts,.lanes tr.start td[colspan]{flex:1 1 calc(100% - 3rem);min-width:0}
    .lanes td.lane.acts>.who{display:block}.lanes td.rows{flex:1 1 100%;padding-left:3.1rem;min-width:0}
    .lanes td.rows:empty{display:none}.lanes td.clock{flex:1 1 calc(100% - 3rem);width:auto;padding-bottom:0}
    .lanes~svg.arrows{display:none}
    .strips td.lock,.strips th.lock{display:none}.strips td.what,.strips td.rows{min-width:8.5rem;max-width:60vw;
    overflow-wrap:anywhere}}
    @media (prefers-reduced-motion:no-preference){.trace tr{transition:background .15s}}
    @media screen and (max-width:48rem){.folder table,.folder caption,.folder tbody,.folder tr,.folder th,.folder td{display:block}
    .folder tr.model{padding:.4rem 0}.folder tr.model>*,.folder td.name{padding:0;width:auto;min-width:0}.folder td.num{display:none}}
    @media print{.controls,.panel,footer,svg.arrows{display:none!important}html.js section.run:not(.shown),html.js.all section.run,html.js.all .files{display:block}.tools{display:none}
    html.js:not(.all) body:not(.small) .overview{display:block}
    .trace tr.later>td{opacity:1}.trace tr.now{background:none}body{font-size:11px}.run{break-before:page}}
    """#
}
