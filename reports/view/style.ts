/** What the live page has beyond the report's style. */
export const VIEW_STYLE = `
:root{--more:0,114,178;--fewer:213,94,0}
@media (prefers-color-scheme:dark){:root{--more:0,114,178;--fewer:190,80,0}}
[hidden]{display:none!important}
.bar{display:flex;height:10px;border-radius:5px;overflow:hidden;background:var(--rule)}
.bar span{display:block;background:var(--soft)}
.bar .completed{background:var(--good)}
.bar .running{background:var(--link)}
.bar .failed{background:var(--bad)}
.tabs{display:flex;flex-wrap:wrap;gap:.3rem;border-bottom:1px solid var(--rule);margin:1.2rem 0 1rem}
button{font:inherit;color:inherit;background:none;border:1px solid transparent;border-radius:6px;
  cursor:pointer;padding:.35rem .7rem}
button:hover{background:var(--card)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.tabs [aria-selected=true]{border-color:var(--rule);border-bottom-color:var(--paper);
  border-radius:6px 6px 0 0;margin-bottom:-1px;font-weight:600;background:var(--paper)}
.controls button{padding:.1rem .5rem;border-color:var(--rule);font-size:.9rem}
.controls,.keys{display:flex;flex-wrap:wrap;gap:.4rem .9rem;align-items:center;margin:0 0 .7rem}
.keys{max-height:9rem;overflow:auto}
.keys button{font-size:.88rem;padding:.15rem .5rem;border-color:var(--rule);
  overflow-wrap:anywhere;text-align:left}
.keys button[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.keys svg{width:1.6em;height:.8em;vertical-align:middle;margin-right:.3em}
select,input{font:inherit;font-size:.9rem;color:inherit;background:var(--card);
  border:1px solid var(--rule);border-radius:6px;padding:.25rem .4rem;max-width:100%}
#chart svg{width:100%;max-width:860px;height:auto}
#chart text{fill:var(--ink);font-size:13px}
#chart .grid{stroke:var(--rule)}
#runs .scroll{max-height:55vh;overflow-y:auto}
#runs thead th{position:sticky;top:0;z-index:1;background:var(--paper)}
#rows button{padding:0;color:var(--link);text-decoration:underline;text-align:left;font-weight:600}
#rows tr.current{background:var(--card)}
.state-failed,.state-diverged,.state-timed-out{color:var(--bad);font-weight:600}
.state-running{color:var(--link)}.state-completed,.state-budget-spent{color:var(--good)}
#open{margin-top:2rem;border-top:1px solid var(--rule);padding-top:.6rem}
main{overflow-wrap:anywhere}
#open h2{border:0;margin:.4rem 0;padding:0}
.sample p{margin:.2rem 0;overflow-wrap:anywhere}
.tokens{line-height:2;white-space:pre-wrap}
.tokens span{border-radius:3px;padding:.1rem .2rem;white-space:pre-wrap}
`;
