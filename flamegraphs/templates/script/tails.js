
// One site's distributions, phase by phase on one logarithmic scale.

function showTails(data, sites) {
  const holder = byId('tails-drawing');
  const select = byId('tails-site');
  select.append(...sites.map((site, i) => element('option', { value: i }, site.label)));

  function draw() {
    byId('tails-paper').textContent = sites.length > 1 ? `${sites[select.value].label}, one of ${count(sites.length)} sites; the page shows any.` : '';
    const parts = data.sites[select.value].map((lengths, i) => [data.parts[i], lengths]).filter(([, lengths]) => lengths);
    const high = Math.max(...parts.map(([, [quantiles]]) => quantiles[4]));
    const last = Math.max(2, Math.ceil(Math.log10(high)));
    // Nought has no place on the scale: what is shorter than its beginning stands before it.
    const [first, before] = [Math.log10(bucketBegin(1)), 24];
    const x = (ns) => ns < bucketBegin(1) ? 0 : before + (Math.log10(ns) - first) / (last - first) * (1000 - before);
    const rows = [element('span', { class: 'head name' }, ''), element('span', { class: 'head curve' }, ''),
      element('span', { class: 'head figures' }, ...['p50', 'p90', 'p99', 'p99.9', 'most'].map((head) => element('span', {}, head)))];
    for (const [name, [quantiles, begin, counts]] of parts) {
      const told = quantiles.map((ns) => ns ? duration(ns) : '0');
      rows.push(element('span', { class: 'name' }, name),
        element('span', { class: 'curve' }, curve(name, quantiles, begin, counts, x, told)),
        element('span', { class: 'figures' }, ...told.map((text) => element('span', {}, text))));
    }
    rows.push(element('span', { class: 'name' }, ''), element('span', { class: 'curve' }, scale(last, x, holder.clientWidth)), element('span', { class: 'figures' }, ''));
    holder.replaceChildren(element('div', { class: 'ridge' }, ...rows));
  }

  select.addEventListener('change', draw);
  select.form.addEventListener('submit', (event) => event.preventDefault());
  draw();
  return {
    show(site) {
      select.value = site;
      draw();
      byId('tails').scrollIntoView();
    },
  };
}

/** Where a coarse bucket begins, in ns; the page's data say how they are numbered. */
function bucketBegin(bucket) {
  return bucket < 8 ? 4 * bucket : (8 + bucket % 8) * 2 ** (Math.floor(bucket / 8) + 1);
}

function curve(name, quantiles, first, counts, x, told) {
  const label = `${name}: p50 ${told[0]}, p90 ${told[1]}, p99 ${told[2]}, p99.9 ${told[3]}, at most ${told[4]}`;
  const svg = shape('svg', { viewBox: '0 0 1000 36', preserveAspectRatio: 'none', height: 36, role: 'img', 'aria-label': label });
  // By width on the scale, so that an area is a share of the hops.
  const bars = [];
  let bucket = first;
  for (const n of counts) {
    const [from, to] = [x(bucketBegin(bucket)), x(bucketBegin(bucket + 1))];
    if (n > 0) bars.push({ from, to: Math.max(to, from + 2), height: n / Math.max(to - from, 2) });
    bucket += n > 0 ? 1 : -n;
  }
  const most = Math.max(...bars.map((bar) => bar.height));
  const path = bars.map(({ from, to, height }) => {
    const y = Math.max(height / most * 34, 0.7);
    return `M${from.toFixed(1)},35v${(-y).toFixed(1)}H${to.toFixed(1)}v${y.toFixed(1)}Z`;
  }).join('');
  svg.append(shape('path', { class: `bars p-${name}`, d: path }), shape('line', { class: 'axis', x1: 0, x2: 1000, y1: 35.5, y2: 35.5 }));
  quantiles.slice(0, 4).forEach((ns, i) => {
    const title = shape('title', {}, `${['p50', 'p90', 'p99', 'p99.9'][i]} ${told[i]}`);
    svg.append(shape('line', { class: 'quantile', x1: x(ns), x2: x(ns), y1: 26 - 4 * i, y2: 35, 'vector-effect': 'non-scaling-stroke' }, title));
  });
  return svg;
}

/** The decades below, as many as there is room for. */
function scale(last, x, width) {
  const svg = shape('svg', { height: 16, 'aria-hidden': 'true' }, shape('text', { class: 'tick', x: 0, y: 12 }, '0'));
  const step = width < 600 ? 2 : 1;
  for (let decade = last; decade >= 1; decade -= step) {
    const ns = 10 ** decade;
    const [name, unit] = UNITS.find(([, unit]) => ns >= unit);
    svg.append(shape('text', { class: 'tick', x: `${x(ns) / 10}%`, y: 12, 'text-anchor': decade === last ? 'end' : 'middle' }, `${ns / unit} ${name}`));
  }
  return svg;
}
