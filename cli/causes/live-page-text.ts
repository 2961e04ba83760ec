/** The page of `causes --ui`: each lattice has a row for each number of options, the full set above, the empty one below. */
export const pageText: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>shim-spec causes</title>
<link rel="icon" href="data:,">
<style>
:root{color-scheme:light dark;--bg:#fff;--ink:#1f2328;--soft:#57606a;--s:#0969da;--p:#1a7f37;--u:#9a6700;--o:#d0d7de}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--ink:#e6edf3;--soft:#9198a1;--s:#58a6ff;--p:#3fb950;--u:#d29922;--o:#30363d}}
body{margin:0;padding:16px;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{font-size:20px;margin:0 0 4px}h2{font-size:14px;margin:0 0 6px;overflow-wrap:anywhere}
p{margin:0 0 12px;color:var(--soft)}
ul{list-style:none;padding:0;margin:0 0 16px;display:flex;flex-wrap:wrap;gap:6px 18px}
li::before{content:"";display:inline-block;width:12px;height:12px;margin-right:6px;background:var(--c)}
#parts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:20px}
section{min-width:0}canvas{width:100%;display:block}
</style>
</head>
<body>
<main>
<h1>What does it take?</h1>
<p id="text" role="status">waiting for the first search</p>
<ul aria-label="Legend">
<li style="--c:var(--s)"><span id="n-s">0</span> searched</li>
<li style="--c:var(--p)"><span id="n-p">0</span> pruned: follow from others</li>
<li style="--c:var(--u)"><span id="n-u">0</span> too large: some verdicts unknown</li>
<li style="--c:var(--o)"><span id="n-o">0</span> open</li>
</ul>
<div id="parts"></div>
</main>
<script>
const letters = ['s', 'p', 'u', 'o'];
const count = (n) => n.toLocaleString('en');
const bits = (set) => set.toString(2).replaceAll('0', '').length;
function draw(canvas, part) {
  const style = getComputedStyle(document.documentElement);
  const rows = Array.from({ length: part.options.length + 1 }, () => []);
  for (let set = 0; set < part.cells.length; set++) rows[part.options.length - bits(set)].push(part.cells[set]);
  const perLine = 45;
  const lines = rows.flatMap((row) => Array.from({ length: Math.ceil(row.length / perLine) }, (_, i) => row.slice(i * perLine, (i + 1) * perLine)));
  const size = canvas.clientWidth * devicePixelRatio / perLine;
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = size * lines.length;
  const draw = canvas.getContext('2d');
  lines.forEach((line, y) => line.forEach((letter, i) => {
    draw.fillStyle = style.getPropertyValue('--' + letter);
    draw.fillRect((perLine / 2 - line.length / 2 + i) * size, y * size, size * 0.84, size * 0.84);
  }));
}
function show({ state, parts, isOver }) {
  const names = ['searched', 'pruned', 'unknown', 'open'];
  letters.forEach((letter, i) => { document.getElementById('n-' + letter).textContent = count(state.cells[names[i]]); });
  const left = state.minutesLeft && state.minutesLeft.map((each) => Math.max(1, Math.ceil(each)));
  const estimate = isOver ? 'over' : left === null ? 'no estimate yet' : left[0] === left[1] ? 'about ' + left[0] + ' min left' : left[0] + ' to ' + left[1] + ' min left';
  const rate = state.perMinute === null ? '' : count(Math.round(state.perMinute)) + ' sets a minute, ';
  document.getElementById('text').textContent = count(state.all) + ' sets, ' + state.underWay + ' searches under way, ' + rate + estimate;
  const main = document.getElementById('parts');
  while (main.children.length < parts.length) {
    const section = document.createElement('section');
    section.innerHTML = '<h2></h2><canvas role="img"></canvas>';
    main.append(section);
  }
  parts.forEach((part, i) => {
    const [title, canvas] = main.children[i].children;
    title.textContent = part.name;
    const open = part.cells.split('o').length - 1;
    canvas.setAttribute('aria-label', part.name + ': ' + open + ' of ' + part.cells.length + ' sets are open');
    draw(canvas, part);
  });
}
let last = null;
async function ask() {
  try {
    last = (await (await fetch('state.json')).json()) ?? last;
    if (last) show(last);
    if (last?.isOver) return;
  } catch {
    document.getElementById('text').textContent = 'the sweep has ended';
    return;
  }
  setTimeout(ask, 1000);
}
addEventListener('resize', () => last && show(last));
ask();
</script>
</body>
</html>
`;
