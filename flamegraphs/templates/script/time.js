
// What happened when: strips of one width, read with a pointer.

const STRIPS = [
  { name: 'Hops a second', of: (b) => b.hops / b.seconds, told: amount },
  { name: 'Hops in flight', of: (b) => b.inFlightNs / b.ns, told: amount, known: true },
  { name: 'Busy threads', of: (b) => b.runNs / b.ns, told: amount, known: true },
  { name: 'Jobs queued', of: (b) => b.queuedNs / b.ns, told: amount, known: true },
  // All that an older report tells of the wait.
  { name: 'Mean backlog of a hop', of: (b) => b.hops ? b.backlogNs / b.hops : 0, told: (ns) => ns ? duration(ns, ' ') : '0', known: false },
];

function showTime(data) {
  const holder = byId('time-strips');
  const blocks = stretches(data);
  const begin = blocks[0].begin;
  const last = blocks[blocks.length - 1];
  const end = last.begin + last.ns;
  const shown = STRIPS.filter((strip) => strip.known === undefined || strip.known === data.is_known);
  const strips = shown.map((strip) => {
    const values = blocks.map(strip.of);
    const most = Math.max(...values, 0);
    const now = element('span');
    const block = element('div', { class: 'strip' }, element('h3', {}, `${strip.name} `, now));
    holder.append(block);
    return { ...strip, values, most, now, block };
  });
  holder.className = 'strips';

  function tell(i) {
    for (const strip of strips) {
      strip.now.textContent = i === null ? `at most ${strip.told(strip.most)}` : `${strip.told(strip.values[i])} at ${duration(blocks[i].begin, ' ')}`;
      const cursor = strip.block.querySelector('.cursor');
      cursor.setAttribute('visibility', i === null ? 'hidden' : 'visible');
      const x = i === null ? 0 : (blocks[i].begin + blocks[i].ns / 2 - begin) / (end - begin) * 1000;
      cursor.setAttribute('x1', x);
      cursor.setAttribute('x2', x);
    }
  }

  for (const strip of strips) {
    const svg = shape('svg', { viewBox: '0 0 1000 56', preserveAspectRatio: 'none', height: 56, role: 'img', 'aria-label': `${strip.name} over time, at most ${strip.told(strip.most)}` });
    const y = (value) => strip.most ? 55 - 53 * value / strip.most : 55;
    const steps = strip.values.map((value, i) => `H${((blocks[i].begin - begin) / (end - begin) * 1000).toFixed(1)}V${y(value).toFixed(1)}`).join('');
    const line = `M0,${y(strip.values[0]).toFixed(1)}${steps}H1000`;
    svg.append(
      shape('path', { class: 'area', d: `${line}V55H0Z` }), shape('path', { class: 'stroke', d: line }),
      shape('line', { class: 'axis', x1: 0, x2: 1000, y1: 55.5, y2: 55.5 }), shape('line', { class: 'cursor', y1: 0, y2: 56, visibility: 'hidden' }));
    svg.addEventListener('pointermove', (event) => {
      const box = svg.getBoundingClientRect();
      const at = begin + (event.clientX - box.left) / box.width * (end - begin);
      tell(Math.max(0, blocks.findLastIndex((b) => b.begin <= at)));
    });
    svg.addEventListener('pointerleave', () => tell(null));
    strip.block.append(svg);
  }
  whenWide(holder, (width) => {
    holder.querySelector('.ticks')?.remove();
    const step = rounded((end - begin) / (width / 130));
    const ticks = shape('svg', { class: 'ticks', height: 16, 'aria-hidden': 'true' });
    for (let at = Math.ceil(begin / step) * step; at <= end; at += step) {
      // In shares of the width, which is another one on paper.
      const x = (at - begin) / (end - begin) * 100;
      const [name, unit] = UNITS.find(([, unit]) => at >= unit) || UNITS[3];
      const anchor = x < 2 ? 'start' : x > 98 ? 'end' : 'middle';
      ticks.append(shape('text', { class: 'tick', x: `${x}%`, y: 12, 'text-anchor': anchor }, at ? `${+(at / unit).toFixed(3)} ${name}` : '0'));
    }
    holder.append(ticks);
  });
  tell(null);
  return strips;
}

/** The next of 1, 2, 5, 10, ... */
function rounded(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return unit * [1, 2, 5, 10].find((step) => step * unit >= x);
}

/** Every stretch from the first on, those without hops too. The first and the last one are cut to what was looked at. */
function stretches(data) {
  const by = new Map(data.blocks.map(([index, ...sums]) => [index, sums]));
  const first = Math.floor(data.begin_ns / data.length_ns);
  const last = data.blocks[data.blocks.length - 1][0];
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const index = first + i;
    const [hops, backlogNs, inFlightNs, queuedNs, runNs] = by.get(index) || [0, 0, 0, 0, 0];
    const whole = [index * data.length_ns, (index + 1) * data.length_ns];
    const [from, to] = [Math.max(whole[0], data.begin_ns), data.end_ns === null ? whole[1] : Math.min(whole[1], data.end_ns)];
    // What is not so in any report of ours is drawn all the same.
    const [begin, end] = from < to ? [from, to] : whole;
    const ns = end - begin;
    return { begin, ns, seconds: ns / 1e9, hops, backlogNs, inFlightNs, queuedNs, runNs };
  });
}
