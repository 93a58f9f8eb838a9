/** One rule a line; a line that begins with blanks goes on with the one before. */
const RULES = `
:root{
  color-scheme:light dark;--ink:#1d2329;--soft:#5b6670;--rule:#d5dbe0;--paper:#fcfcfb;--card:#f3f5f6;
  --good:#009E73;--bad:#D55E00;--link:#0072B2;--k0:#0072B2;--k1:#D55E00;--k2:#009E73;--k3:#CC79A7;
  --k4:#E69F00;--k5:#56B4E9;--k6:#7F7F7F;--k7:#8C564B;
  --k8:#8E9A00;--k9:#3D3DA8;--k10:#B3124A;--k11:#4F5B62}
@media screen and (prefers-color-scheme:dark){
  :root{
    --ink:#e6e9ec;--soft:#9aa5af;--rule:#39424b;--paper:#14181c;--card:#1d2329;--good:#2cc79b;--bad:#ff8a4c;
    --link:#56B4E9;--k0:#4BA3E3;--k1:#FF8A4C;--k2:#2CC79B;--k3:#E39AC4;--k4:#F0B440;--k5:#9ED3F5;
    --k6:#A9A9A9;--k7:#C49C94;--k8:#C5D13F;--k9:#9A9BFF;--k10:#FF6B93;--k11:#B4C0C8}}
*{box-sizing:border-box}
body{
  margin:0;background:var(--paper);color:var(--ink);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1240px;margin:0 auto;padding:1rem 1rem 4rem}
h1{
  font-size:clamp(1.6rem,5vw,2.4rem);line-height:1.15;margin:.1em 0 .3em;letter-spacing:-.015em;
  overflow-wrap:anywhere}
.compact{display:flex;flex-wrap:wrap;align-items:baseline;gap:.1rem 1rem}
.compact h1{font-size:1.05rem;line-height:1.3;margin:0;letter-spacing:0}
.compact .meta{margin:0}
h2{font-size:1.2rem;margin:2.4rem 0 .5rem;padding-top:.9rem;border-top:1px solid var(--rule)}
h3{font-size:1rem;margin:1.2rem 0 .4rem;overflow-wrap:anywhere}
a{color:var(--link)}
.eyebrow{margin:0;color:var(--soft);text-transform:uppercase;letter-spacing:.09em;font-size:.75rem}
.lede{font-size:1.1rem;max-width:62ch;margin:.2rem 0 .6rem}
.meta,.hint{color:var(--soft);font-size:.88rem;overflow-wrap:anywhere;max-width:90ch}
.alarm{
  border-left:4px solid var(--bad);padding:.4rem .8rem;background:var(--card);margin:.5rem 0;font-size:.92rem;
  overflow-wrap:anywhere}
.lead{
  font-size:clamp(1.2rem,2.3vw,1.6rem);font-weight:600;line-height:1.28;letter-spacing:-.012em;
  max-width:80ch;margin:.5rem 0;overflow-wrap:anywhere;text-wrap:pretty}
.lead span{font-weight:400;font-size:.78em;letter-spacing:0}
.first{
  display:grid;grid-template:"number reach" auto "facts reach" 1fr/minmax(0,23rem) minmax(0,1fr);
  gap:0 2.5rem}
.first>.number{grid-area:number}
.first>.facts{grid-area:facts;font-size:.92rem}
.first>.reach{grid-area:reach}
.first figure{margin:.5rem 0}
.first figcaption{margin-bottom:.2rem}
.first details{font-size:.82rem}
.first summary{color:var(--soft);font-weight:400}
.first .hint{margin:.3rem 0;font-size:.82rem}
.facts dl{display:grid;grid-template-columns:auto 1fr;gap:.15rem .9rem;margin:.5rem 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;font-variant-numeric:tabular-nums}
.facts dd span{color:var(--soft)}
.facts ul{padding-left:1.1rem;margin:.6rem 0}
.facts li{margin:.25rem 0}
.verdicts{padding-left:1.1rem;max-width:90ch}
.verdicts li{margin:.3rem 0}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;min-width:min(100%,46rem)}
caption{text-align:left;color:var(--soft);padding:.3rem 0}
th,td{
  padding:.45rem .5rem;text-align:right;vertical-align:top;border-bottom:1px solid var(--rule);
  white-space:nowrap}
thead th{color:var(--soft);font-weight:500;vertical-align:bottom;white-space:normal}
th[scope=row],th.name,thead th:first-child,td.name{text-align:left}
th[scope=row]{font-weight:600}
.scroll>table th[scope=row]:first-child{
  position:sticky;left:0;background:var(--paper);white-space:normal;max-width:min(42vw,18rem);
  overflow-wrap:break-word}
tr.start th[scope=row]:first-child{background:var(--card)!important}
thead button{all:unset;cursor:pointer;font:inherit;color:inherit}
thead button:hover,thead [aria-sort] button{color:var(--ink)}
thead button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
[aria-sort=ascending] button::after{content:" ↑"}
[aria-sort=descending] button::after{content:" ↓"}
td b{font-weight:600}
td small,th small{display:block;color:var(--soft);font-weight:400;font-size:.89em}
td.wrap{white-space:normal;text-align:left;min-width:14rem;overflow-wrap:anywhere}
td.none{color:var(--soft)}
td.more b{color:var(--good)}
td.less b{color:var(--bad)}
.dense{font-size:.78rem;min-width:0}
.dense th,.dense td{padding:.3rem .2rem;text-align:center}
.dense td{min-width:1.9rem}
.dense thead th{writing-mode:vertical-rl;text-align:left;max-height:11rem}
.matrix td small{color:inherit;opacity:.85}
tr.start{background:var(--card)}
.figures{
  display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1.6rem 2rem;
  align-items:start;margin:1.2rem 0}
figure{margin:1.2rem 0;min-width:0}
.figures figure{margin:0}
.figures figure:has(.panels){grid-column:1/-1}
figcaption{font-size:.88rem;color:var(--soft);margin-bottom:.6rem;max-width:90ch}
figcaption b{display:block;color:var(--ink);font-size:1rem}
figure svg{width:100%;height:auto;display:block}
figure svg:focus-visible{outline:2px solid var(--link);outline-offset:4px}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.narrow{display:none}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:1.2rem 1.6rem}
.panel{min-width:0}
.paneltitle{margin:0 0 .2rem;font-size:.88rem;font-weight:600;overflow-wrap:anywhere}
.links{margin:.4rem 0 0;font-size:.82rem;color:var(--soft)}
.key{
  display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1.1rem;margin:.6rem 0;padding:0;border:0;
  font-size:.88rem;min-width:0}
.key legend{float:left;padding:0;margin-right:1rem;color:var(--soft)}
.key label{cursor:pointer}
.key label,.key span{display:inline-flex;align-items:center;gap:.4rem;overflow-wrap:anywhere}
.key input{margin:0}
.key i{
  width:.85rem;height:.85rem;border-radius:3px;flex:none;print-color-adjust:exact;
  -webkit-print-color-adjust:exact}
.readout{
  position:fixed;z-index:2;max-width:min(22rem,calc(100vw - 16px));padding:.3rem .6rem;border-radius:6px;
  background:var(--ink);color:var(--paper);font-size:.82rem;pointer-events:none;overflow-wrap:anywhere}
.sample{background:var(--card);border-radius:8px;padding:.8rem 1rem;margin:.8rem 0}
.sample h3{margin-top:0}
.sample dl{
  margin:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:.6rem 1.4rem}
.sample dt{color:var(--soft);font-size:.82rem}
.sample dt span{color:var(--ink);font-variant-numeric:tabular-nums}
.sample dd{margin:0;overflow-wrap:anywhere}
.written{white-space:pre-wrap}
.mark{color:var(--soft)}
summary{cursor:pointer;font-weight:500;overflow-wrap:anywhere}
details{margin:.4rem 0}
.fold{border-top:1px solid var(--rule);margin:0;padding:.5rem 0}
.fold>summary h2{display:inline;border:0;padding:0;margin:0;font-size:1rem}
section+.fold{margin-top:2.4rem}
.params{display:flex;flex-wrap:wrap;gap:.3rem .5rem;margin:.4rem 0}
code{
  font:.84rem ui-monospace,SFMono-Regular,Menlo,monospace;background:var(--card);padding:.1rem .35rem;
  border-radius:4px;overflow-wrap:anywhere}
@media (max-width:719px){
  .wide{display:none}.narrow{display:block}
  main{padding-top:.5rem}
  .compact .eyebrow,.aside{display:none}
  .first{grid-template:"number" "reach" "facts"/minmax(0,1fr)}
  .lead{font-size:1.12rem}
  .alarm{font-size:.82rem;line-height:1.35}}
@media print{
  body{background:#fff}
  .scroll{overflow:visible}
  figure,.sample,tr{break-inside:avoid}
  details::details-content{content-visibility:visible;height:auto}
  .links,.readout{display:none}
  table{font-size:.62rem;min-width:0}
  th,td{padding:.15rem .25rem;white-space:normal}
  th[scope=row]:first-child{position:static!important}}
`;

/** What every page looks like: light and dark, on a screen and printed. */
export const STYLE = RULES.replaceAll(/\n +/g, '');
