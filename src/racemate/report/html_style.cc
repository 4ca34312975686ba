#include "racemate/report/html_style.h"

namespace racemate::report {

const char* const kStyleSheet = R"css(
:root{color-scheme:light dark;
--paper:#ffffff;--panel:#f5f6f8;--ink:#1b1f24;--soft:#525b66;--grid:#dfe3e8;--rule:#c3cad2;--link:#0b5cad;
--people:#0b5cad;--inputs:#8a4b00;--inputs-soft:#d9a35c;--warn:#9a2d00;--warn-paper:#fff3ea;
--clinical:#0b5f4a;--clinical-paper:#e3f4ee;--street:#6b3a86;--street-paper:#f3eaf8;
--series-0:#0072b2;--series-1:#c44e00;--series-2:#00795a;--series-3:#b0357a;--series-4:#7a5c00;--series-5:#3f4650;
--series-6:#6a51c4;--series-7:#00788c}
@media (prefers-color-scheme:dark){:root{
--paper:#14171b;--panel:#1d2228;--ink:#e9edf1;--soft:#a9b3be;--grid:#2c333b;--rule:#434c56;--link:#7cb8f2;
--people:#7cb8f2;--inputs:#f0b267;--inputs-soft:#a87431;--warn:#ffab80;--warn-paper:#33231a;
--clinical:#7fd8bd;--clinical-paper:#173029;--street:#d5aef0;--street-paper:#2c2035;
--series-0:#5db7f0;--series-1:#ff9a57;--series-2:#4fd1a5;--series-3:#f29ac3;--series-4:#e3c04a;--series-5:#cfd5dc;
--series-6:#b3a3f5;--series-7:#5fd0e0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main,header,footer{max-width:1380px;margin:0 auto;padding:0 20px}
h1{font-size:1.75rem;line-height:1.2;margin:28px 0 6px}
h2{font-size:1.25rem;margin:44px 0 6px}
h3{font-size:1rem;margin:18px 0 4px}
p{margin:6px 0 10px;max-width:78ch}
a{color:var(--link)}
.lead{color:var(--soft)}
.notice{border-left:4px solid var(--warn);background:var(--warn-paper);padding:8px 14px;max-width:none;border-radius:0 6px 6px 0}
nav{font-size:.9rem;margin:12px 0}
nav a{margin-right:14px;white-space:nowrap;display:inline-block;padding:2px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,270px),1fr));gap:12px;list-style:none;padding:0;margin:10px 0}
.cards li{background:var(--panel);border-radius:8px;padding:10px 14px 12px;border-top:4px solid var(--rule)}
.cards h3{margin:0 0 4px}
.cards p{margin:4px 0;font-size:.92rem}
.letter-mark{display:inline-block;min-width:1.5em;text-align:center;border-radius:4px;background:var(--ink);color:var(--paper);font-weight:700;margin-right:6px;padding:0 .3em}
.badge{display:inline-block;font-size:.78rem;font-weight:600;border-radius:10px;padding:1px 9px}
.clinical{color:var(--clinical);background:var(--clinical-paper)}
.non-medical{color:var(--street);background:var(--street-paper)}
.facts{color:var(--soft)}
.guide{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:12px;margin:10px 0}
.guide div{background:var(--panel);border-radius:8px;padding:10px 14px;border-left:4px solid var(--rule)}
.guide p{margin:4px 0;font-size:.95rem}
.guide .people{border-color:var(--people)}.guide .inputs{border-color:var(--inputs)}
.guide .people h3{color:var(--people)}.guide .inputs h3{color:var(--inputs)}
.guide h3{margin:0}
.scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:8px;margin:10px 0}
.scroll:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.9rem;line-height:1.4}
caption span.fixed{position:sticky;left:12px;display:inline-block;max-width:min(90ch,calc(100vw - 64px))}
caption{text-align:left;color:var(--soft);padding:8px 12px;font-size:.9rem;caption-side:top}
th,td{text-align:left;vertical-align:top;padding:8px 12px;border-bottom:1px solid var(--grid);overflow-wrap:break-word}
tbody:last-child tr:last-child>*{border-bottom:0}
thead th{background:var(--panel);border-bottom:2px solid var(--rule);vertical-align:bottom}
.main th[scope=row],.main thead th:first-child{position:sticky;left:0;z-index:1;background:var(--panel);width:190px;min-width:190px;border-right:1px solid var(--rule);font-weight:600}
.main td{min-width:176px}
.marks{font-size:.72em;font-weight:400;white-space:nowrap;margin-left:3px}
.main .group th{background:var(--ink);color:var(--paper);position:static;padding:5px 12px;font-size:.85rem}
.main .group span{position:sticky;left:12px}
.unit{color:var(--soft);font-weight:400}
.value{font-weight:700;font-size:1.02rem}
.interval{font-weight:400;color:var(--people);white-space:nowrap}
.uncertain{color:var(--inputs)}
.ratio{font-weight:600}
.typical{color:var(--soft)}
.none{color:var(--soft);font-style:italic}
.basis,.none{font-size:.84rem}
.basis{color:var(--soft);font-weight:400}
.refused{color:var(--warn);font-size:.88rem}
.assumed{font-size:.75rem;color:var(--inputs);border:1px solid currentColor;border-radius:8px;padding:0 6px;white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{width:120px;height:14px;display:block;margin-left:auto}
.inputs-bar{fill:var(--inputs-soft)}
.used{font-weight:700}
ol.notes li,ul.list li{margin:4px 0;max-width:90ch;overflow-wrap:anywhere}
.who{font-weight:700;color:var(--soft);margin-right:4px}
.defect{color:var(--warn)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:18px;align-items:start}
figure{margin:0;background:var(--panel);border-radius:8px;padding:12px 14px;max-width:720px}
figure svg{display:block;width:100%;height:auto}
figcaption{margin-bottom:4px}
.legend{list-style:none;margin:6px 0 0;padding:0;font-size:.86rem}
.legend li{margin:2px 0}
.legend .swatch{display:inline-block;width:30px;height:8px;vertical-align:middle}
.swatch line{stroke-width:3}
.remark{font-size:.84rem;color:var(--soft);margin:4px 0 0}
svg text{font-family:inherit;fill:var(--ink)}
svg .tick{font-size:11px;fill:var(--soft)}
svg .label{font-size:12px;fill:var(--soft)}
svg .letter{font-size:13px;font-weight:700}
svg .ridge-label{font-size:12px}
svg .level-label{font-size:11px;paint-order:stroke;stroke:var(--panel);stroke-width:3px;stroke-linejoin:round}
svg .grid{stroke:var(--grid);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .level{stroke:var(--warn);stroke-width:1.2;stroke-dasharray:5 3}
svg .band{fill-opacity:.13;stroke:none}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round}
svg .ridge{fill-opacity:.35;stroke-width:1.2}
code{font:.88em ui-monospace,"Liberation Mono",monospace;overflow-wrap:anywhere}
pre{background:var(--panel);padding:10px 14px;border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}
footer{margin-top:44px;padding-bottom:40px;color:var(--soft);font-size:.9rem}
footer p{border-top:1px solid var(--rule);padding-top:12px;max-width:none}
@media (max-width:640px){
body{font-size:15px}main,header,footer{padding:0 12px}h1{font-size:1.4rem}
.main th[scope=row],.main thead th:first-child{width:118px;min-width:118px;padding:8px;font-size:.82rem}
.main td{min-width:150px;padding:8px}
svg .tick{font-size:14px}svg .label{font-size:15px}svg .letter{font-size:16px}svg .ridge-label{font-size:14px}
svg .level-label{font-size:12.5px}}
@media print{
:root{color-scheme:light;--paper:#fff;--panel:#fff;--ink:#000;--soft:#444;--grid:#ddd;--rule:#999;--link:#000;--people:#003e7a;--inputs:#6b3a00;
--inputs-soft:#c98d3e;--warn:#7a2400;--warn-paper:#fff;--clinical:#063;--clinical-paper:#fff;--street:#536;--street-paper:#fff;
--series-0:#0072b2;--series-1:#c44e00;--series-2:#00795a;--series-3:#b0357a;--series-4:#7a5c00;--series-5:#3f4650;--series-6:#6a51c4;--series-7:#00788c}
@page{size:A4 landscape;margin:12mm}
body{font-size:10pt}nav{display:none}main,header,footer{max-width:none;padding:0}
.scroll{overflow:visible;border:0}table{font-size:7.5pt}th,td{padding:3px 5px}
.main td,.main th[scope=row],.main thead th:first-child{min-width:0;width:auto;position:static}
thead{display:table-header-group}tr,figure,.cards li,.guide div{break-inside:avoid}h2{break-after:avoid}
.main .group th{color:#000;background:#eee}}
)css";

}  // namespace racemate::report
